"""Digests of published files, as `digestSRI` writes them.

Text: W3C Subresource Integrity, 3.3 and 3.5; VC Data Model 2.0, 5.3.

Invariants:
- of several hashes those of the strongest algorithm count, and one of them must be met;
- an algorithm that nobody names in the text (md5, sha1) is never strong enough: it is no digest.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from schemas.errors import SchemasError

_STRENGTH: Final = ("sha256", "sha384", "sha512")
_HASH: Final = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(\?[\x21-\x7e]*)?")
_MAX_TEXT: Final = 1_000
_CLAUSE: Final = "Subresource Integrity, 3.3; VCDM 2.0, 5.3"


def digest_sri(content: bytes) -> str:
    """Write the SHA-256 digest of these bytes as a `digestSRI`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def check_sri(expected: object, content: bytes, what: str) -> None:
    """Check that `expected`, a `digestSRI`, is met by these bytes; `what` names them in the message.

    Raises `SchemasError` ``schema.digest``.
    """
    hashes = _hashes(expected)
    strongest = max((name for name, _ in hashes), key=_STRENGTH.index)
    wanted = {text for name, text in hashes if name == strongest}
    found = base64.b64encode(hashlib.new(strongest, content).digest()).decode()
    # [SCH-01] the digest is met
    if found not in wanted:
        raise SchemasError(
            "schema.digest",
            f"{what} has the {strongest} digest {found}, which is not the one that was signed",
            remedy="ask whoever publishes it whether it was changed; a changed schema needs a new address",
            clause=_CLAUSE,
        )


def _hashes(expected: object) -> list[tuple[str, str]]:
    words = expected.split() if isinstance(expected, str) and len(expected) <= _MAX_TEXT else []
    found = [match.group(1, 2) for word in words if (match := _HASH.fullmatch(word))]
    if not found or len(found) != len(words):
        raise SchemasError(
            "schema.digest",
            "a digestSRI must be sha256-, sha384- or sha512- with the digest in base64",
            clause=_CLAUSE,
        )
    return [(name, text) for name, text in found]
