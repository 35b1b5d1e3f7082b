"""SD-JWTs made by hand, piece by piece, so that one piece can be wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from credentials import sd_jwt
from credentials.jose import jws
from credentials.sd_jwt.disclosures import digest
from did.encoding import encode_base64url
from did.keys import Ed25519Signer, P256Signer

TYP = "example+sd-jwt"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ISSUER = Ed25519Signer(bytes(range(32)))
HOLDER = P256Signer(bytes(range(1, 33)))
NONCE = "n-0S6_WzA2Mj"
VERIFIER = "https://verifier.example"
BOUND = {"cnf": {"jwk": HOLDER.public_key.jwk()}}


class Randomness:
    """Bytes that differ from call to call, and are the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return hashlib.shake_128(self.count.to_bytes(8, "big")).digest(size)


def disclosure(*content: Any) -> str:
    """The text of a disclosure with any content."""
    return encode_base64url(orjson.dumps(list(content)))


def digest_of(text: str) -> str:
    """Its SHA-256 digest."""
    return digest(text, "sha-256")


def signed(payload: Any, *, typ: str = TYP, signer: Any = ISSUER, **header: Any) -> str:
    """A JWT over any payload."""
    return jws.sign(orjson.dumps(payload), header={"typ": typ, **header}, signer=signer)


def text(payload: Any, *disclosures: str, binding: str = "") -> str:
    """The compact text of a payload with disclosures."""
    return "~".join((signed(payload), *disclosures, binding))


def verify(whole: str, **options: Any) -> sd_jwt.VerifiedSdJwt:
    """Read and verify as the issuer's, now."""
    expected = {"expected_typ": TYP, "now": NOW, **options}
    return sd_jwt.verify(sd_jwt.read(whole), ISSUER.public_key, **expected)


def binding(presentation: str, *, signer: Any = HOLDER, typ: str = "kb+jwt", **claims: Any) -> str:
    """A key binding JWT for a presentation; a claim given as None is left out."""
    stated = {
        "iat": int(NOW.timestamp()),
        "aud": VERIFIER,
        "nonce": NONCE,
        "sd_hash": digest_of(presentation),
        **claims,
    }
    payload = {name: value for name, value in stated.items() if value is not None}
    return signed(payload, typ=typ, signer=signer)


def verify_binding(whole: str) -> Any:
    """Verify a bound presentation, and give the holder's key."""
    return sd_jwt.verify_key_binding(
        verify(whole),
        expected_nonce=NONCE,
        expected_audience=VERIFIER,
        now=NOW,
        max_age=5 * MINUTE,
        skew=MINUTE,
    )


def bound(payload: Any = BOUND, **options: Any) -> Any:
    """Verify a presentation of `payload` with a binding that `options` may break."""
    presentation = text(payload)
    return verify_binding(presentation + binding(presentation, **options))
