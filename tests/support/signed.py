"""Signed credentials and presentations for tests: one issuer, one holder, fixed keys, and what they sign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from did.keys import Ed25519Signer, P256Signer, P384Signer
from did.methods import key as did_key

CONTEXT_V1 = "https://www.w3.org/2018/credentials/v1"
CONTEXT_V2 = "https://www.w3.org/ns/credentials/v2"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())

SIGNERS = {
    "EdDSA": Ed25519Signer(b"\x01" * 32),
    "ES256": P256Signer(b"\x02" * 32),
    "ES384": P384Signer(b"\x03" * 48),
}
ISSUER = SIGNERS["EdDSA"]
HOLDER = Ed25519Signer(b"\x04" * 32)
OTHER = Ed25519Signer(b"\x05" * 32)
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "decentralized_identifier:did:web:verifier.example"


def did_of(signer: Any) -> str:
    return did_key.create(signer.public_key).text


def method_of(signer: Any) -> str:
    return did_key.verification_method_id(signer.public_key)


def credential(by: Any = ISSUER, **more: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT_V2],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": did_of(by),
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": did_of(HOLDER), "name": "Zoë"},
        **more,
    }


def presentation(*urls: str, by: Any = HOLDER, **more: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT_V2],
        "type": ["VerifiablePresentation"],
        "holder": did_of(by),
        "verifiableCredential": [
            {"@context": CONTEXT_V2, "type": "EnvelopedVerifiableCredential", "id": url} for url in urls
        ],
        **more,
    }


def older(**more: Any) -> dict[str, Any]:
    """The claims of a JWT of data model 1.1."""
    return {
        "iss": did_of(ISSUER),
        "sub": did_of(HOLDER),
        "jti": "urn:uuid:1",
        "nbf": SECONDS - 3600,
        "exp": SECONDS + 3600,
        "vc": {
            "@context": [CONTEXT_V1],
            "type": ["VerifiableCredential"],
            "credentialSubject": {"name": "Zoë"},
        },
        **more,
    }
