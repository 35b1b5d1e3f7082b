"""Related resources: what a credential refers to, with the digests by which the content is known again.

Texts: VC Data Model 2.0, 5.3; W3C Subresource Integrity, 3.5 (`hash-expression`); Controlled Identifiers 1.0,
2.4 (multihash); VC Data Integrity 1.0, 2.6 (`digestMultibase`).

Invariants:
- every entry has an id, different from those of the others, and a digest, or several.
- the form of SRI is that of its grammar, which does not tie a digest to the length of its algorithm.
- `digestMultibase` is a multihash. The examples of 5.3 and the working group's tests leave its header out:
  32, 48 or 64 bytes are a SHA-2 digest of that length. No multihash of an algorithm known here has those.
- content must agree with every digest whose algorithm is known here, and with one at least: whoever
  can choose which digest counts can choose the content.

What is not here: fetching. Nothing is; the content comes from the caller.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from credentials.model import identifiers
from credentials.model.typed import read_objects
from credentials.model.vocabulary import RELATED_RESOURCE
from did.encoding import decode_multibase
from did.errors import DidError

if TYPE_CHECKING:
    from credentials.limits import Limits
    from did.types import JsonObject, JsonValue

_CODE: Final = RELATED_RESOURCE.code
_CLAUSE: Final = "VCDM 2.0, 5.3"
_SRI: Final = re.compile(r"(sha(?:256|384|512))-([A-Za-z0-9+/_-]+)={0,2}", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[^\s;\"]+|\"[^\"]*\"))*", re.ASCII
)
_MULTIHASH: Final = {
    0x12: "sha256", 0x13: "sha512", 0x14: "sha3_512", 0x15: "sha3_384", 0x16: "sha3_256", 0x20: "sha384",
}  # fmt: skip
_BARE: Final = {32: "sha256", 48: "sha384", 64: "sha512"}
_KNOWN: Final = frozenset(_MULTIHASH.values())
_MAX_DIGEST: Final = 512  # bytes; the longest digest in use has 64
_VARINT: Final = 9  # bytes, the longest unsigned varint of multiformats


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest: its algorithm (as hashlib names it, or a multihash code in hexadecimal) and its bytes."""

    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class RelatedResource:
    """A resource that a credential names together with its digests."""

    id: str
    media_type: str | None
    digests: tuple[Digest, ...]
    document: JsonObject


def read_related(document: JsonObject, limits: Limits) -> tuple[RelatedResource, ...]:
    """Read `relatedResource`; absent gives none. Codes: model.related-resource."""
    if RELATED_RESOURCE.name not in document:
        return ()
    found: dict[str, RelatedResource] = {}
    value = document[RELATED_RESOURCE.name]
    for where, entry in read_objects(value, _CODE, f"/{RELATED_RESOURCE.name}", limits):
        identifiers.check_names(entry, where)
        identifier = identifiers.url(entry.get("id"), _CODE, f"{where}/id", limits)
        # [MDL-25] one id, one content
        if identifier in found:
            raise _fault(where, "another resource has the same id")
        digests = (
            *(_sri(item, where) for item in _listed(entry, "digestSRI", where, limits)),
            *(_multihash(item, where) for item in _listed(entry, "digestMultibase", where, limits)),
        )
        # [MDL-26] nothing to know it by
        if not digests:
            raise _fault(where, "has neither digestSRI nor digestMultibase")
        found[identifier] = RelatedResource(identifier, _media_type(entry, where), digests, entry)
    return tuple(found.values())


def check_content(resource: RelatedResource, content: bytes) -> None:
    """Check that bytes are the content of a related resource.

    Codes: resource.digest (they are not), resource.algorithm (no digest can be computed here).
    """
    known = [digest for digest in resource.digests if digest.algorithm in _KNOWN]
    # [MDL-27] what nobody compared is not shown to be the same
    if not known:
        raise CredentialError(
            "resource.algorithm",
            f"no digest of {resource.id} is by an algorithm that is known here",
            clause=_CLAUSE,
            remedy="ask the issuer for a SHA-256 or SHA-384 digest",
        )
    # [MDL-28] the issuer saw something else
    if any(hashlib.new(digest.algorithm, content).digest() != digest.value for digest in known):
        raise CredentialError(
            "resource.digest",
            f"the content of {resource.id} has another digest than its credential says",
            clause=_CLAUSE,
            remedy="get the resource as the issuer saw it",
        )


def _listed(entry: JsonObject, member: str, where: str, limits: Limits) -> list[str]:
    if member not in entry:
        return []
    value = entry[member]
    listed = value if isinstance(value, list) else [value]
    texts = [item for item in listed if isinstance(item, str)]
    # [MDL-29] one digest or several
    if not listed or len(texts) != len(listed) or len(listed) > limits.max_entries:
        raise _fault(f"{where}/{member}", f"must be a digest or up to {limits.max_entries} of them")
    return texts


def _sri(text: str, where: str) -> Digest:
    match = _SRI.fullmatch(text)
    # [MDL-30] hash-expression of SRI
    if match is None or len(match[2]) % 4 == 1:
        raise _fault(f"{where}/digestSRI", "must be sha256-, sha384- or sha512- and a digest in base64")
    algorithm, digits = match.groups()
    digits = digits.replace("-", "+").replace("_", "/")
    return Digest(algorithm.lower(), base64.b64decode(digits + "=" * (-len(digits) % 4)))


def _multihash(text: str, where: str) -> Digest:
    where = f"{where}/digestMultibase"
    try:
        raw = decode_multibase(text, max_bytes=_MAX_DIGEST)
    except DidError as error:
        raise _fault(where, error.detail) from error
    if len(raw) in _BARE:
        return Digest(_BARE[len(raw)], raw)
    code, rest = _varint(raw, where)
    size, value = _varint(rest, where)
    algorithm = _MULTIHASH.get(code, hex(code))
    expected = hashlib.new(algorithm).digest_size if algorithm in _KNOWN else size
    # [MDL-31] the header tells algorithm and length
    if not len(value) == size == expected:
        raise _fault(where, f"has {len(value)} bytes, its header says {size}, {algorithm} has {expected}")
    return Digest(algorithm, value)


def _varint(raw: bytes, where: str) -> tuple[int, bytes]:
    number = 0
    for index, byte in enumerate(raw[:_VARINT]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            # [MDL-32] one number, one form
            if index and not byte:
                raise _fault(where, "a number of the multihash header is not in its shortest form")
            return number, raw[index + 1 :]
    raise _fault(where, "is no multihash")


def _media_type(entry: JsonObject, where: str) -> str | None:
    if "mediaType" not in entry:
        return None
    value: JsonValue = entry["mediaType"]
    if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value):
        return value
    raise _fault(f"{where}/mediaType", "must be a media type")


def _fault(where: str, detail: str) -> CredentialError:
    return CredentialError(_CODE, f"{where}: {detail}", clause=_CLAUSE)
