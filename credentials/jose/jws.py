"""Signed texts: the compact serialization of JWS (RFC 7515, with RFC 8037, 8812, 9864 and 8725).

Reading says nothing about who signed; `verify` takes the key that the caller chose and what the text must be.

Invariants:
- three parts of canonical base64url; header and claims come from the one strict JSON decoder.
- the algorithm follows from the type of the key; `none` and HMAC are the algorithm of no key.
- `typ` is compared with an expectation that the caller states; there is no default.
- extensions are refused: nothing is understood by `crit`, and no payload is taken unencoded (RFC 7797).
- `jwk`, `jku`, `x5c` and `x5u` stay what they are, words of the sender: no key is ever taken from them here.

Not here: JSON serializations and detached payloads, encryption, the meaning of claims, the choice of a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson

from credentials.errors import CredentialError
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.jsontext import parse_object
from did.keys import KeyType, verify_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from did.keys import PublicKey, Signer
    from did.types import JsonObject

MAX_HEADER_BYTES: Final = 16 * 1024  # a certificate chain of five fits; everything else needs some 300 bytes

# What is written comes first; the rest is accepted beside it.
ALGORITHMS: Final[Mapping[KeyType, tuple[str, ...]]] = MappingProxyType(
    {
        KeyType.ED25519: ("EdDSA", "Ed25519"),
        KeyType.P256: ("ES256",),
        KeyType.P384: ("ES384",),
        KeyType.SECP256K1: ("ES256K",),
    }
)
SIGNATURE_BYTES: Final[Mapping[KeyType, int]] = MappingProxyType(
    {KeyType.ED25519: 64, KeyType.P256: 64, KeyType.P384: 96, KeyType.SECP256K1: 64}
)
_SIGNING: Final = frozenset({KeyType.ED25519, KeyType.P256, KeyType.P384})
_TEXTS: Final = ("typ", "cty", "kid")


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS of good form; nothing about it is verified."""

    header: JsonObject
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def typ(self) -> str | None:
        """The media type of the whole, as written."""
        return _text(self.header, "typ")

    @property
    def kid(self) -> str | None:
        """The name of the key, as written."""
        return _text(self.header, "kid")


def read(text: str, *, max_bytes: int) -> Jws:
    """Read the form of a compact JWS of at most `max_bytes` characters.

    Codes: jws.too-large, jws.form, jws.encoding, jws.header, jws.crit, jws.b64, json.* for the header.
    """
    # [JWS-01]
    if len(text) > max_bytes:
        raise CredentialError("jws.too-large", f"{len(text)} characters, at most {max_bytes} are accepted")
    parts = text.split(".")
    # [JWS-02]
    if len(parts) != 3:
        raise CredentialError(
            "jws.form",
            f"a compact JWS has three parts, found {len(parts)}",
            remedy="send it in compact serialization, signed and not encrypted",
            clause="RFC 7515 section 7.1",
        )
    encoded, payload, signature = parts
    header = _parse("the header", _decode("the header", encoded, MAX_HEADER_BYTES), MAX_HEADER_BYTES)
    _check_header(header)
    return Jws(
        header=header,
        payload=_decode("the payload", payload, max_bytes),
        signing_input=text[: len(encoded) + 1 + len(payload)].encode("ascii"),
        signature=_decode("the signature", signature, max_bytes),
    )


def claims(jws: Jws) -> JsonObject:
    """Give the payload as a JSON object (json.*)."""
    return _parse("the payload", jws.payload, len(jws.payload))


def verify(jws: Jws, key: PublicKey, *, expected_typ: str | None) -> None:
    """Check the signature by this key, over a text of this type; None expects a header without `typ`.

    Codes: jws.typ, jws.key-type, jws.alg, jws.signature.
    """
    # [JWS-03]
    if not same_type(jws.typ, expected_typ):
        raise CredentialError(
            "jws.typ",
            f"typ is {_shown(jws.typ)}, expected {_shown(expected_typ)}",
            clause="RFC 7515 section 4.1.9, RFC 8725 section 3.11",
        )
    accepted = ALGORITHMS.get(key.type)
    if accepted is None:
        raise CredentialError("jws.key-type", f"{key.type} keys sign no JWS")
    # [JWS-04] also refuses none and HMAC
    if jws.header.get("alg") not in accepted:
        raise CredentialError(
            "jws.alg",
            f"alg is {_shown(_text(jws.header, 'alg'))}, a key of type {key.type} signs as {accepted[0]}",
            clause="RFC 8725 sections 3.1 and 3.2",
        )
    expected = SIGNATURE_BYTES[key.type]
    # [JWS-05]
    if len(jws.signature) != expected:
        raise CredentialError(
            "jws.signature-length",
            f"the signature has {len(jws.signature)} bytes, {accepted[0]} makes {expected}",
            clause="RFC 7518 section 3.4, RFC 8037 section 3.1",
        )
    # [JWS-06]
    _check_signature(jws, key)


def sign(payload: bytes, *, header: JsonObject, signer: Signer) -> str:
    """Sign and write as a compact JWS; `alg` comes from the signer's key and stands first.

    Codes: jws.signer, and those of `read` for a header that could not be read again.
    """
    key_type = signer.public_key.type
    if key_type not in _SIGNING:
        raise CredentialError("jws.signer", f"{key_type} keys sign no JWS here")
    algorithm = ALGORITHMS[key_type][0]
    if header.get("alg", algorithm) != algorithm:
        raise CredentialError("jws.signer", f"the header names another alg than {algorithm}")
    full: JsonObject = {"alg": algorithm, **header}
    _check_header(full)
    encoded = encode_base64url(orjson.dumps(full))
    signing_input = f"{encoded}.{encode_base64url(payload)}"
    signature = signer.sign(signing_input.encode("ascii"))
    if len(signature) != SIGNATURE_BYTES[key_type]:
        raise CredentialError(
            "jws.signer",
            f"the signer gave {len(signature)} bytes, {algorithm} has {SIGNATURE_BYTES[key_type]}",
        )
    return f"{signing_input}.{encode_base64url(signature)}"


def same_type(found: str | None, expected: str | None) -> bool:
    """Compare two media types as `typ` and `cty` write them: with or without `application/`, in any case."""
    if found is None or expected is None:
        return found is expected
    return _media_type(found) == _media_type(expected)


def _media_type(text: str) -> str:
    lower = text.lower()
    return lower if "/" in lower else f"application/{lower}"


def _check_header(header: JsonObject) -> None:
    # [JWS-07]
    if not isinstance(header.get("alg"), str):
        raise CredentialError("jws.header", "alg is missing or no string", clause="RFC 7515 section 4.1.1")
    # [JWS-08]
    if any(not isinstance(header.get(name, ""), str) for name in _TEXTS):
        raise CredentialError(
            "jws.header-text", "typ, cty or kid is no string", clause="RFC 7515 sections 4.1.4, 4.1.9, 4.1.10"
        )
    # [JWS-09]
    if "crit" in header:
        raise CredentialError(
            "jws.crit",
            "crit names extensions that must be understood, and none is",
            clause="RFC 7515 section 4.1.11",
        )
    # [JWS-10] no unencoded payload
    if header.get("b64", True) is not True:
        raise CredentialError(
            "jws.b64",
            "the payload is said to be unencoded",
            clause="RFC 7797 section 3, RFC 7515 section 4.1.11",
        )


def _check_signature(jws: Jws, key: PublicKey) -> None:
    try:
        verify_signature(key, jws.signing_input, jws.signature)
    except DidError as error:
        if error.code != "key.signature":
            raise CredentialError(error.code, error.detail) from None
        raise CredentialError(
            "jws.signature",
            "the signature does not hold: the text was changed, or another key signed",
            clause="RFC 7515 section 5.2",
        ) from None


def _decode(name: str, text: str, max_bytes: int) -> bytes:
    try:
        return decode_base64url(text, max_bytes=max_bytes)
    except DidError as error:
        raise CredentialError(
            "jws.encoding", f"{name}: {error.detail}", clause="RFC 7515 section 2"
        ) from None


def _parse(name: str, data: bytes, max_bytes: int) -> JsonObject:
    try:
        return parse_object(data, max_bytes=max_bytes)
    except DidError as error:
        raise CredentialError(
            error.code, f"{name}: {error.detail}", remedy=error.remedy, clause="RFC 7515 section 4"
        ) from None


def _text(header: JsonObject, name: str) -> str | None:
    value = header.get(name)
    return value if isinstance(value, str) else None


def _shown(value: str | None) -> str:
    return "missing" if value is None else repr(value[:64])
