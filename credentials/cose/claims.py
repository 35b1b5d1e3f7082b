"""What the protected header says beside the document: CWT claims (RFC 9597) and the name of the key.

Text: W3C Securing Verifiable Credentials using JOSE and COSE (Recommendation, 15 May 2025), sections 3.3.3
and 4.1; RFC 8392 for the labels; RFC 9711 section 4.1 for the nonce.

Claims get the names they have in JOSE, so that one set of rules (`credentials.jose.agreement`) serves both.
What is not named here is ignored, as both texts demand; but not `cnf`, whose keys are of another form: a
binding that is not understood is refused.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from credentials.cose.sign1 import CONTENT_TYPE, CWT_CLAIMS, Sign1
from credentials.errors import CredentialError
from did.errors import DidError
from did.jsontext import parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from credentials.cose.cbor import Cbor
    from did.types import JsonObject

ISSUER, AUDIENCE, ISSUED, CONFIRMATION, NONCE, STATUS = 1, 3, 6, 8, 10, 65535
_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {ISSUER: "iss", 2: "sub", AUDIENCE: "aud", 4: "exp", 5: "nbf", ISSUED: "iat", NONCE: "nonce"}
)


def named(signed: Sign1) -> JsonObject:
    """Give the CWT claims by name (cose.claims, secured.confirmation); a nonce in bytes becomes its text."""
    claims = _claims(signed)
    # [COS-28] a binding that is not understood must not be taken for none
    if CONFIRMATION in claims:
        raise CredentialError(
            "secured.confirmation",
            "the CWT claims name a holder's key (cnf), which is not read in this form",
            remedy="secure the credential as vc+jwt, or name the holder as its subject",
            clause="RFC 8747, 3.1",
        )
    found: JsonObject = {}
    for label, value in claims.items():
        name = _NAMES.get(label) if isinstance(label, int) else None
        if name is None:
            continue
        plain = _utf8(value) if name == "nonce" and isinstance(value, bytes) else value
        if not isinstance(plain, str | int | float):
            raise CredentialError(
                "cose.claims", f"{name} is neither a text nor a number", clause="RFC 8392, 3"
            )
        found[name] = plain
    return found


def status(signed: Sign1) -> JsonObject | None:
    """Give the status of the token (IETF Token Status List, 6.3) as JOSE has it; None where it has none."""
    claims = _claims(signed)
    if STATUS not in claims:
        return None
    stated = claims[STATUS]
    listed = stated.get("status_list") if isinstance(stated, dict) else None
    if not isinstance(listed, dict):
        return {}
    place = ((name, listed.get(name)) for name in ("idx", "uri"))
    return {"status_list": {name: value for name, value in place if isinstance(value, int | str)}}


def _claims(signed: Sign1) -> dict[int | str, Cbor]:
    claims = signed.protected.get(CWT_CLAIMS, {})
    if not isinstance(claims, dict):
        raise CredentialError("cose.claims", "the CWT claims are no map", clause="RFC 9597, 2")
    return claims


def key_id(signed: Sign1) -> str | None:
    """Give the name of the key as text (cose.claims)."""
    return None if signed.kid is None else _utf8(signed.kid)


def document(signed: Sign1, *, expected_content: str) -> JsonObject:
    """Read the payload as JSON, of this content type where one is stated (cose.content-type, json.*)."""
    # [COS-19] another content than this
    if CONTENT_TYPE in signed.protected and (signed.content_type or "").lower() != expected_content:
        raise CredentialError(
            "cose.content-type",
            f"the content type is another than {expected_content!r}",
            clause="VC-JOSE-COSE 1.0, 3.3",
        )
    try:
        return parse_object(signed.payload, max_bytes=len(signed.payload))
    except DidError as error:
        raise CredentialError(error.code, f"the payload: {error.detail}", remedy=error.remedy) from None


def _utf8(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialError("cose.claims", "a name or nonce is no UTF-8") from None
