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
)
from did.registry.bundle.verify import Expectations, VerifiedState, default_origin, verify_bundle

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
    "VerifiedState",
    "build_bundle",
    "cut_history",
    "default_origin",
    "parse_bundle",
    "verify_bundle",
]
