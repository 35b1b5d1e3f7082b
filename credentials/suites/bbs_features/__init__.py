"""The optional features of `bbs-2023`: holder binding, pseudonyms, and both."""

from credentials.suites.bbs_features.features import (
    BbsFeatures,
    draw_signer_nym_entropy,
    verified_pseudonym,
)
from credentials.suites.bbs_features.holding import Feature, HolderSecrets
from credentials.suites.bbs_features.proof_values import ProvenPseudonym

__all__ = [
    "BbsFeatures",
    "Feature",
    "HolderSecrets",
    "ProvenPseudonym",
    "draw_signer_nym_entropy",
    "verified_pseudonym",
]
