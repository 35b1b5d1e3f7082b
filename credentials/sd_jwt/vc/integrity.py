"""Integrity metadata: the digests that pin a document to a reference.

Text: W3C Subresource Integrity, sections 3.2 to 3.3.5, as SD-JWT VC draft 18 (Document Integrity) uses it.
Invariants:
- of several digests those of the strongest algorithm count, and one of them must match.
- the digest is over the bytes as they came, never over parsed JSON.
- a reference that has integrity metadata in another form is refused: it would pin nothing.

Not here: fetching.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError
from did.encoding import decode_base64
from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonValue

_CLAUSE: Final = "SD-JWT VC draft 18, Document Integrity; W3C SRI"
_STRENGTH: Final = ("sha256", "sha384", "sha512")
_ITEM: Final = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/]{43,86}={0,2})(?:\?[!-~]*)?")
_SIZE: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
MAX_CHARS: Final = 1024


def check_form(metadata: JsonValue) -> list[tuple[str, bytes]]:
    """Read integrity metadata: the digests of its strongest algorithm (`sd-jwt-vc.integrity-form`)."""
    items = metadata.split() if isinstance(metadata, str) and len(metadata) <= MAX_CHARS else []
    read = [_read(item) for item in items]
    digests = [item for item in read if item is not None]
    # [SVC-07]
    if not digests or len(digests) != len(read):
        raise CredentialError(
            "sd-jwt-vc.integrity-form",
            "integrity metadata is no list of sha256-, sha384- or sha512- digests in base64",
            clause=_CLAUSE,
        )
    strongest = max((name for name, _ in digests), key=_STRENGTH.index)
    return [item for item in digests if item[0] == strongest]


def check_integrity(document: bytes, metadata: JsonValue) -> None:
    """Check a document against integrity metadata (`sd-jwt-vc.integrity`)."""
    digests = check_form(metadata)
    matches = [
        hmac.compare_digest(hashlib.new(name, document, usedforsecurity=False).digest(), expected)
        for name, expected in digests
    ]
    # [SVC-08]
    if not any(matches):
        raise CredentialError(
            "sd-jwt-vc.integrity",
            "the document is not the one that was referred to: its digest differs",
            remedy="fetch it again, or ask who refers to it for the right digest",
            clause=_CLAUSE,
        )


def _read(item: str) -> tuple[str, bytes] | None:
    match = _ITEM.fullmatch(item)
    if match is None:
        return None
    try:
        digest = decode_base64(match[2])
    except DidError:
        return None
    return (match[1], digest) if len(digest) == _SIZE[match[1]] else None
