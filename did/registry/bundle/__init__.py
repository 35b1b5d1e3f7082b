"""The proof bundle: what a verifier needs to know the latest state of a DID without asking its host."""

from did.registry.bundle.form import build_bundle, cut_history, parse_bundle
from did.registry.bundle.stateproof import StateProof
from did.registry.bundle.trust import (
    AnchorClaim,
    ChainView,
    Level,
    ObservedHead,
    Requirement,
    TrustedBlock,
    TrustedChain,
    TrustedRoot,
)
from did.registry.bundle.verify import Expectations, VerifiedState, default_origin, lies_under, verify_bundle

__all__ = [
    "AnchorClaim",
    "ChainView",
    "Expectations",
    "Level",
    "ObservedHead",
    "Requirement",
    "StateProof",
    "TrustedBlock",
    "TrustedChain",
    "TrustedRoot",
    "VerifiedState",
    "build_bundle",
    "cut_history",
    "default_origin",
    "lies_under",
    "parse_bundle",
    "verify_bundle",
]
