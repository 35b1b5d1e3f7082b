"""Data Integrity proofs that must be rejected."""

from __future__ import annotations

import pytest

from did.eddsa_jcs import EddsaJcs2022
from did.encoding import encode_multibase
from did.keys import Ed25519Signer
from tests.rejects.catalogue import Reject, needed, number, refused

SIGNER = Ed25519Signer(bytes(32))


def signature_of_63_bytes():
    proof = {"cryptosuite": "eddsa-jcs-2022", "proofValue": encode_multibase(bytes(63))}
    EddsaJcs2022().verify_proof({"a": 1}, proof, SIGNER.public_key)


CASES = [
    Reject(
        "DI-01", "a signature of 63 bytes", "VC-DI EdDSA 1.0, 3.3.2", "proof.malformed", signature_of_63_bytes
    )
]


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
