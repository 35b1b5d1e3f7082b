"""The presentation header: what ties a derived proof to one verifier, one challenge and one holder key.

Text: our own, docs/specs/presentation-binding.md. The header enters the BBS proof as `ph` (draft of the CFRG,
section 3.6.3) and stands in the derived proof of bbs-2023 (VC DI BBS 1.0, section 3.3.6).

Bytes: ``header = SHA-256( field(LABEL) || field(domain) || field(challenge) || field(holder key) )`` where
``field(x)`` is the length of x in bytes as 8 bytes, most significant first, then x. LABEL, domain and
challenge are UTF-8; the holder key is the text of its Multikey (``z6Mk…``), as it stands in its did:key.

Invariants:
- different triples give different hash inputs: lengths stand before contents, the label stands first.
- a verifier computes the header from what it expects and never takes it from the presentation.

What is not here: the proof itself (`credentials.suites`), freshness of challenges (`api`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from credentials.errors import CredentialError

if TYPE_CHECKING:
    from did.keys import PublicKey

LABEL: Final = b"avow-presentation-binding/1"
_LENGTH_BYTES: Final = 8
_MAX_TEXT: Final = 2048  # characters of a domain or challenge; a URL's length


def presentation_header(*, domain: str, challenge: str, holder_key: PublicKey) -> bytes:
    """Compute the 32-byte presentation header.

    `domain` and `challenge` are taken as they are, without normalisation, and must not be empty.
    Codes: binding.domain, binding.challenge.
    """
    fields = (
        LABEL,
        _text(domain, "binding.domain"),
        _text(challenge, "binding.challenge"),
        holder_key.multikey().encode("ascii"),
    )
    digest = hashlib.sha256()
    for content in fields:
        digest.update(len(content).to_bytes(_LENGTH_BYTES, "big"))
        digest.update(content)
    return digest.digest()


def _text(value: str, code: str) -> bytes:
    if not 0 < len(value) <= _MAX_TEXT:
        raise CredentialError(code, f"expected 1 to {_MAX_TEXT} characters, found {len(value)}")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise CredentialError(code, "the text holds a lone surrogate") from None
