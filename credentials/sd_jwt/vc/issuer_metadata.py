"""Keys that an issuer publishes at its own web address.

Texts: SD-JWT VC draft 18, JWT VC Issuer Metadata; RFC 7517 (JWK Set).
Invariants:
- the address is made from `iss` alone, by inserting the well-known path before the path of `iss`.
- metadata counts only if its `issuer` is `iss`, character by character.
- `jwks` or `jwks_uri`, never both; keys of another use than signatures are passed over, a private one refuses
  them all.

Not here: fetching, and whether an address may be asked (the egress client); both stand behind
`IssuerMetadataSource`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from credentials.errors import CredentialError
from did.errors import DidError
from did.jsontext import parse_object
from did.keys import PublicKey

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

WELL_KNOWN: Final = "/.well-known/jwt-vc-issuer"
MAX_BYTES: Final = 1 << 16
MAX_KEYS: Final = 100
_CLAUSE: Final = "SD-JWT VC draft 18, JWT VC Issuer Metadata"
_MAX_URL: Final = 2048
_HTTPS: Final = re.compile(
    r"(https://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)"
    r"((?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)"
)


class IssuerMetadataSource(Protocol):
    """Whatever fetches: the egress client, a cache, a fixed table."""

    def load(self, url: str) -> bytes:
        """Give the body of a successful JSON answer, or raise `CredentialError` issuer.unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key of a JWK Set; `kid` is None where it has none."""

    kid: str | None
    key: PublicKey


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """Checked metadata: either the keys, or where they are."""

    issuer: str
    keys: tuple[NamedKey, ...] | None
    jwks_uri: str | None


def metadata_url(issuer: str) -> str:
    """Give the address of an issuer's metadata (`issuer.url`)."""
    match = _HTTPS.fullmatch(issuer) if len(issuer) <= _MAX_URL else None
    # [SVC-09]
    if match is None:
        raise CredentialError(
            "issuer.url",
            "iss is no https address without user, query and fragment",
            clause=_CLAUSE,
        )
    host, path = match.groups()
    return f"{host}{WELL_KNOWN}{path.rstrip('/')}"


def read_metadata(body: bytes, *, expected_issuer: str) -> IssuerMetadata:
    """Check the metadata of an issuer (`issuer.metadata`, `issuer.mismatch`)."""
    document = _object(body)
    # [SVC-10] issuer, character by character
    if document.get("issuer") != expected_issuer:
        raise CredentialError("issuer.mismatch", "the metadata is another issuer's than iss", clause=_CLAUSE)
    # [SVC-11] either, not both
    if ("jwks" in document) == ("jwks_uri" in document):
        raise _malformed("metadata has either jwks or jwks_uri")
    if "jwks" in document:
        return IssuerMetadata(expected_issuer, read_keys(document["jwks"]), None)
    address = document["jwks_uri"]
    # [SVC-12] where keys are
    if not isinstance(address, str) or not _is_https(address):
        raise _malformed("jwks_uri is no https address")
    return IssuerMetadata(expected_issuer, None, address)


def read_keys(jwks: JsonValue) -> tuple[NamedKey, ...]:
    """Read the signing keys of a JWK Set that are of a type known here (`issuer.metadata`)."""
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_KEYS:
        raise _malformed(f"a JWK Set has 1 to {MAX_KEYS} keys")
    found: list[NamedKey] = []
    for jwk in listed:
        if not isinstance(jwk, dict) or not isinstance(jwk.get("kid", ""), str):
            raise _malformed("a key is no object, or its kid no string")
        if jwk.get("use", "sig") == "sig":
            found += _key(jwk)
    return tuple(found)


def choose(keys: tuple[NamedKey, ...], kid: str | None) -> PublicKey:
    """Give the key that `kid` names; without one the only key there is (`issuer.no-key`)."""
    fitting = [item.key for item in keys if kid is None or item.kid == kid]
    # [SVC-13] exactly one key
    if len(fitting) != 1:
        raise CredentialError(
            "issuer.no-key",
            f"{len(fitting)} keys of the issuer fit, exactly one must",
            remedy="the issuer must publish the key, and name it by kid",
            clause=_CLAUSE,
        )
    return fitting[0]


def find_key(issuer: str, kid: str | None, source: IssuerMetadataSource) -> PublicKey:
    """Find the key of an https issuer. Codes: issuer.url, issuer.unreachable, and those above."""
    metadata = read_metadata(source.load(metadata_url(issuer)), expected_issuer=issuer)
    keys = metadata.keys
    if keys is None:
        keys = read_keys(_object(source.load(metadata.jwks_uri or "")))
    return choose(keys, kid)


def _key(jwk: JsonObject) -> list[NamedKey]:
    kid = jwk.get("kid")
    try:
        return [NamedKey(kid if isinstance(kid, str) else None, PublicKey.from_jwk(jwk))]
    except DidError as error:
        if error.code == "key.unsupported":
            return []
        raise _malformed(f"a key of the issuer: {error.code}, {error.detail}") from None


def _is_https(address: str) -> bool:
    base = address.partition("?")[0]
    return len(address) <= _MAX_URL and _HTTPS.fullmatch(base) is not None and "#" not in address


def _object(body: bytes) -> JsonObject:
    try:
        return parse_object(body, max_bytes=MAX_BYTES)
    except DidError as error:
        raise _malformed(f"{error.code}, {error.detail}") from None


def _malformed(detail: str) -> CredentialError:
    return CredentialError("issuer.metadata", detail, clause=_CLAUSE)
