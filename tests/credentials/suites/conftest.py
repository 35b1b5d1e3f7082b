from __future__ import annotations

import hashlib

import pytest

from credentials.rdf import PyldCanonicalizer
from credentials.suites import Bbs2023
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from schemas import examples
from zk import bbs

V2 = "https://www.w3.org/ns/credentials/v2"


class Randomness:
    """Reproducible bytes that never repeat."""

    def __init__(self, seed=b"seed"):
        self.seed, self.calls = seed, 0

    def __call__(self, size):
        self.calls += 1
        return hashlib.shake_256(self.seed + self.calls.to_bytes(8, "big")).digest(size)


@pytest.fixture(scope="session")
def bbs_suite():
    return bbs.suite(bbs.SHA256)


@pytest.fixture(scope="session")
def canonicalizer():
    with PyldCanonicalizer() as found:
        yield found


@pytest.fixture(scope="session")
def suite(canonicalizer, bbs_suite):
    return Bbs2023(canonicalizer, bbs_suite)


def key_pair(bbs_suite, material):
    secret = bbs.key_generate(bbs_suite, material)
    return secret, PublicKey(KeyType.BLS12381_G2, bbs.public_key(bbs_suite, secret))


@pytest.fixture(scope="session")
def issuer(bbs_suite):
    return key_pair(bbs_suite, b"an issuer's key material, for tests")


@pytest.fixture(scope="session")
def other_issuer(bbs_suite):
    return key_pair(bbs_suite, b"another issuer's key material, for tests")


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


MANDATORY = ("/issuer", "/validFrom")
HEADER = b"presentation header of a verifier"


@pytest.fixture(scope="session")
def secured(suite, issuer):
    return suite.create_base(
        credential(), options(), *issuer, mandatory_pointers=MANDATORY, random_bytes=Randomness()
    )


@pytest.fixture(scope="session")
def derived(suite, secured):
    return suite.derive(
        secured,
        selective_pointers=["/credentialSubject/birthDate", "/credentialSubject/address/addressCountry"],
        presentation_header=HEADER,
        random_bytes=Randomness(b"derive"),
    )
