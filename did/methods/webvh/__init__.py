"""The DID method did:webvh, version 1.0: identifiers, verification of histories, and writing them."""

from did.methods.webvh.create import (
    Changes,
    create,
    deactivate,
    hash_key,
    update,
    witness_file,
    witness_proof,
)
from did.methods.webvh.history import History, Version, verify_history, verify_next
from did.methods.webvh.location import PLACEHOLDER, WebvhDid, placeholder_did, with_implicit_services
from did.methods.webvh.log import MAX_ENTRIES, MAX_HISTORY_BYTES
from did.methods.webvh.parameters import NO_WITNESSES, Parameters, WitnessRule

__all__ = [
    "MAX_ENTRIES",
    "MAX_HISTORY_BYTES",
    "NO_WITNESSES",
    "PLACEHOLDER",
    "Changes",
    "History",
    "Parameters",
    "Version",
    "WebvhDid",
    "WitnessRule",
    "create",
    "deactivate",
    "hash_key",
    "placeholder_did",
    "update",
    "verify_history",
    "verify_next",
    "with_implicit_services",
    "witness_file",
    "witness_proof",
]
