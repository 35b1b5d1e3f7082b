"""A credential, keys, and proofs of every suite on it, for tests of Data Integrity."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from credentials.rdf import CompiledCanonicalizer
from credentials.suites.ecdsa_jcs import EcdsaJcs2019
from did.eddsa_jcs import EddsaJcs2022, hash_data
from did.encoding import encode_multibase
from did.integrity import ProofOptions, add_proof, verify_proofs
from did.keys import Ed25519Signer, P256Signer
from schemas import examples

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
METHOD = "did:example:issuer#key"
ED25519 = Ed25519Signer(bytes(32))
P256 = P256Signer(bytes(31) + b"\x07")
SUITE = EddsaJcs2022()
CREDENTIAL = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://avow.example/contexts/national-identity/v1",
    ],
    "type": ["VerifiableCredential", "NationalIdentityCredential"],
    "issuer": "did:example:issuer",
    "validFrom": "2026-11-20T00:00:00Z",
    "validUntil": "2027-11-20T00:00:00Z",
    "credentialSubject": examples.load("national-identity"),
}
BOOLEAN_AS_TEXT = {
    **examples.load("national-identity"),
    "resident": {"@type": "http://www.w3.org/2001/XMLSchema#boolean", "@value": "true"},
}
"""The subject of the credential, with the same statements from other JSON."""


@cache
def canonicalizer() -> Any:
    """The product's engine, one for all tests of a run."""
    return CompiledCanonicalizer()


def options(suite: Any, **stated: Any) -> ProofOptions:
    """What a proof of this suite states."""
    return ProofOptions(
        **{
            "cryptosuite": suite.name,
            "verification_method": METHOD,
            "proof_purpose": "assertionMethod",
            "created": NOW,
            **stated,
        }
    )


def signed(suite: Any = SUITE, signer: Any = ED25519, document: Any = CREDENTIAL, **stated: Any) -> Any:
    """The credential, or another document, with a proof."""
    return add_proof(document, suite=suite, options=options(suite, **stated), signer=signer)


def by_p256() -> Any:
    """The credential with a proof of ecdsa-jcs-2019."""
    return signed(suite=EcdsaJcs2019(), signer=P256)


def signed_as(changes: Any, document: Any = CREDENTIAL) -> Any:
    """A proof of eddsa-jcs-2022 that states anything: a JCS suite signs whatever JSON it is given."""
    proof = {**options(SUITE).to_json(), "@context": CREDENTIAL["@context"], **changes}
    value = encode_multibase(ED25519.sign(hash_data(document, proof)))
    return {**CREDENTIAL, "proof": {**proof, "proofValue": value}}


def checked(secured: Any, **expectations: Any) -> Any:
    """Verify all proofs, with one key for all."""
    key = expectations.pop("key", ED25519.public_key)
    return verify_proofs(
        secured,
        **{
            "suites": {SUITE.name: SUITE},
            "keys": lambda _method, _purpose: key,
            "expected_purpose": "assertionMethod",
            "expected_domain": None,
            "expected_challenge": None,
            "now": NOW,
            **expectations,
        },
    )
