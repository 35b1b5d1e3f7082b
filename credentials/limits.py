"""The sizes within which this package works, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes beyond which a document is refused unread."""

    max_bytes: int = 1 << 20  # a request's body; four times the largest honest presentation seen
    max_depth: int = 64  # the strict decoder's own bound, repeated for values that did not come through it
    max_credentials: int = 20  # in one presentation; each costs a proof of about 10 ms with bbs-2023
    max_presented_proofs: int = 30  # in all credentials of one presentation: with bbs-2023 half a second
    max_proofs: int = 10  # in one proof set; each costs a signature check
    max_contexts: int = 16  # every context is a table that canonicalization must merge
    max_types: int = 16  # real credentials have two or three
    max_entries: int = 20  # subjects, statuses, schemas, evidence… of one credential
    max_url: int = 2048  # what browsers and proxies carry
    max_status_bytes: int = 1 << 20  # a status list, inflated: eight million entries of one bit
    max_challenge: int = 256  # 128 bits need 22 characters; room for other people's encodings


LIMITS: Final = Limits()
