"""A national identity credential, its issuer's keys and reproducible randomness, for tests of bbs-2023."""

from __future__ import annotations

import hashlib

from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from schemas import examples
from zk import bbs

V2 = "https://www.w3.org/ns/credentials/v2"
MANDATORY = ("/issuer", "/validFrom")
HEADER = b"presentation header of a verifier"


class Randomness:
    """Reproducible bytes that never repeat."""

    def __init__(self, seed=b"seed"):
        self.seed, self.calls = seed, 0

    def __call__(self, size):
        self.calls += 1
        return hashlib.shake_256(self.seed + self.calls.to_bytes(8, "big")).digest(size)


def key_pair(bbs_suite, material):
    secret = bbs.key_generate(bbs_suite, material)
    return secret, PublicKey(KeyType.BLS12381_G2, bbs.public_key(bbs_suite, secret))


def options(**changes):
    return ProofOptions(
        **{
            "cryptosuite": "bbs-2023",
            "verification_method": "did:example:issuer#bbs",
            "proof_purpose": "assertionMethod",
            **changes,
        }
    )


def credential(**changes):
    return {
        "@context": [V2, "https://avow.example/contexts/national-identity/v1"],
        "type": ["VerifiableCredential", "NationalIdentityCredential"],
        "issuer": "did:example:issuer",
        "validFrom": "2026-11-20T00:00:00Z",
        "credentialSubject": examples.load("national-identity"),
        **changes,
    }
