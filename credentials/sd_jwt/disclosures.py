"""Disclosures: the salted texts that reveal one claim or one element, and their digests.

Text: RFC 9901 (SD-JWT), sections 4.2 and 4.1.1 (`_sd_alg`).
Invariants:
- a disclosure is canonical base64url of a JSON array: salt, name, value of a member, or salt, value of an
  element; its salt and its name are strings.
- the digest is taken over the ASCII characters of the text as it was received, never over what it decodes to.
- salts have 128 bits of the randomness that is handed down.

Not here: where a digest stands (see `packing` and `processing`).
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import orjson

from credentials.errors import CredentialError
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.jsontext import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from did.types import JsonObject, JsonValue, RandomBytes

HashName = Literal["sha-256", "sha-384", "sha-512"]
DIGESTS: Final = "_sd"
ELEMENT: Final = "..."
ALGORITHM: Final = "_sd_alg"
RESERVED: Final = frozenset({DIGESTS, ELEMENT})
DEFAULT_HASH: Final[HashName] = "sha-256"
SALT_BYTES: Final = 16
_HASHES: Final[Mapping[str, Callable[[bytes], hashlib._Hash]]] = MappingProxyType(
    {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
)
_HASH_NAMES: Final[Mapping[str, HashName]] = MappingProxyType(
    {"sha-256": "sha-256", "sha-384": "sha-384", "sha-512": "sha-512"}
)
HASH_BYTES: Final[Mapping[str, int]] = MappingProxyType({"sha-256": 32, "sha-384": 48, "sha-512": 64})
_ENCODING: Final = orjson.OPT_STRICT_INTEGER


@dataclass(frozen=True, slots=True, repr=False)
class Disclosure:
    """One decoded disclosure; `name` is None for an element of an array."""

    text: str
    name: str | None
    value: JsonValue


def hash_name(payload: JsonObject) -> HashName:
    """Give the hash algorithm that a payload names (`sd-jwt.hash`)."""
    named = payload.get(ALGORITHM, DEFAULT_HASH)
    found = _HASH_NAMES.get(named) if isinstance(named, str) else None
    if found is None:
        raise CredentialError(
            "sd-jwt.hash",
            "_sd_alg names no hash algorithm that is known here",
            remedy="issue with sha-256, sha-384 or sha-512",
            clause="RFC 9901 section 7.1, step 2",
        )
    return found


def digest(text: str, name: HashName) -> str:
    """Hash the ASCII characters of `text`: base64url without padding."""
    raw = _HASHES[name](text.encode("ascii")).digest()
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> Disclosure:
    """Read a disclosure (`sd-jwt.disclosure`)."""
    try:
        value = parse(decode_base64url(text, max_bytes=len(text)), max_bytes=len(text))
    except DidError as error:
        raise _malformed(f"a disclosure is not JSON in base64url: {error.code}, {error.detail}") from None
    if not isinstance(value, list):
        raise _malformed("a disclosure is no array")
    name: JsonValue = None
    # [SDJ-02]
    if len(value) not in (2, 3):
        raise _malformed(f"a disclosure has 2 or 3 elements, found {len(value)}")
    if len(value) == 3:
        name = value[1]
        # [SDJ-03]
        if not isinstance(name, str):
            raise _malformed("the name of a disclosed claim is no string")
    # [SDJ-04]
    if not isinstance(value[0], str):
        raise _malformed("the salt of a disclosure is no string")
    return Disclosure(text, name if isinstance(name, str) else None, value[-1])


def encode(content: list[JsonValue]) -> str:
    """Write the content of a disclosure, salt first (`sd-jwt.claims`)."""
    return encode_base64url(dump(content))


def dump(value: JsonValue) -> bytes:
    """Write JSON compactly (`sd-jwt.claims` for what JSON has no form for)."""
    try:
        return orjson.dumps(value, option=_ENCODING)
    except orjson.JSONEncodeError:
        raise CredentialError(
            "sd-jwt.claims",
            "a claim is no JSON value that can be signed",
            remedy="write integers beyond 2^53 - 1 as strings, and leave out lone surrogates",
        ) from None


def salt(random_bytes: RandomBytes) -> str:
    """Draw a fresh salt of 128 bits."""
    return encode_base64url(random_bytes(SALT_BYTES))


def decoy(random_bytes: RandomBytes, name: HashName) -> str:
    """Draw a digest that stands for nothing."""
    return digest(salt(random_bytes), name)


def _malformed(detail: str) -> CredentialError:
    return CredentialError("sd-jwt.disclosure", detail, clause="RFC 9901 section 4.2")
