"""Data Integrity proofs: what a proof states, how one is checked, how many on one document hang together."""

from did.integrity.checking import check_proof, split_proof, split_proofs, suite_name, verify_proof
from did.integrity.proof import (
    PROOF_TYPE,
    UNSAFE_ANY,
    Cryptosuite,
    Expected,
    ProofOptions,
    UnsafeAny,
    VerifiedProof,
)
from did.integrity.sets import MAX_PROOFS, Link, add_proof, links, verify_proofs

__all__ = [
    "MAX_PROOFS",
    "PROOF_TYPE",
    "UNSAFE_ANY",
    "Cryptosuite",
    "Expected",
    "Link",
    "ProofOptions",
    "UnsafeAny",
    "VerifiedProof",
    "add_proof",
    "check_proof",
    "links",
    "split_proof",
    "split_proofs",
    "suite_name",
    "verify_proof",
    "verify_proofs",
]
