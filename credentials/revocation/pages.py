"""What an epoch published: its gap file, the pages of it, and the one digest that stands for all of them.

Text: `bbs-predicates-2026` version 1, section 4.7 ("fetching"); pages and digest are ours.

    digest      SHA-256 of the frame `gap-epoch` over list id ‖ u64(epoch) ‖ u8(width) ‖ u8(page bits)
                ‖ SHA-256 of the whole file ‖ SHA-256 of page 0 ‖ SHA-256 of page 1 …

Invariants:
- the pages are those that the whole file gives, and how many follows from it: whoever has the file makes the
  summary itself.
- every page has at least `LEAST` gaps; where an epoch has fewer than twice as many, its one page is all of
  it. Whoever asks for a page tells the leading bits of an identifier, and hides among a thousand gaps.
- the digest is what the issuer logs, so whoever holds a page or the file holds what everybody else was shown.

Not here: the log (`did.registry`), storage.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from credentials.revocation.faults import digest_fault, file_fault
from credentials.revocation.gap_file import MAX_PAGE_BITS, WHOLE, GapFile, Page, decode
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from zk.predicates.octets import frame, u8, u64

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue
    from zk.predicates.header import RevocationScope

LEAST: Final = 1024
"""Gaps of a page."""
_DIGEST: Final = hashlib.sha256().digest_size
_MEMBERS: Final = frozenset({"epoch", "revoked", "gaps", "file", "pages", "digest"})


@dataclass(frozen=True, slots=True)
class EpochSummary:
    """What was published for an epoch: counts, and digests of the whole file and of each page."""

    scope: RevocationScope
    epoch: int
    revoked: int
    gaps: int
    file: bytes
    pages: tuple[bytes, ...]

    @property
    def page_bits(self) -> int:
        """How many leading bits of an identifier choose its page."""
        return (len(self.pages) - 1).bit_length()

    @property
    def digest(self) -> bytes:
        """The digest that stands for the epoch."""
        head = (self.scope.list_id, u64(self.epoch), u8(self.scope.width), u8(self.page_bits))
        return hashlib.sha256(frame(b"gap-epoch", *head, self.file, *self.pages)).digest()

    def page_of(self, identifier: int) -> Page:
        """Give the page around an identifier."""
        return Page(self.page_bits, identifier >> (self.scope.width - self.page_bits))

    def read(self, octets: bytes, page: Page = WHOLE) -> GapFile:
        """Read the whole file or a page of this epoch; codes `revocation.digest`, `revocation.file`."""
        if page not in (WHOLE, Page(self.page_bits, page.number)):
            raise file_fault(f"the epoch has 2^{self.page_bits} pages")
        wanted = self.file if page == WHOLE else self.pages[page.number]
        if hashlib.sha256(octets).digest() != wanted:
            raise digest_fault("the gap file")
        return decode(octets, expected_scope=self.scope, expected_epoch=self.epoch, expected_page=page)

    def to_json(self) -> JsonObject:
        """Write with digests in base64url."""
        return {
            "epoch": self.epoch,
            "revoked": self.revoked,
            "gaps": self.gaps,
            "file": encode_base64url(self.file),
            "pages": [encode_base64url(page) for page in self.pages],
            "digest": encode_base64url(self.digest),
        }

    @classmethod
    def from_json(
        cls, source: JsonObject, *, expected_scope: RevocationScope, expected_epoch: int
    ) -> EpochSummary:
        """Read strictly; codes `revocation.file`, `revocation.digest`. Other members are not for here."""
        if not source.keys() >= _MEMBERS or source["epoch"] != expected_epoch:
            raise file_fault("its summary is of another epoch, or not complete")
        pages = source["pages"]
        if not isinstance(pages, list) or len(pages) not in {1 << bits for bits in range(MAX_PAGE_BITS + 1)}:
            raise file_fault("its summary does not list its pages")
        read = cls(
            scope=expected_scope,
            epoch=expected_epoch,
            revoked=_count(source["revoked"]),
            gaps=_count(source["gaps"]),
            file=_digest(source["file"]),
            pages=tuple(map(_digest, pages)),
        )
        if read.digest != _digest(source["digest"]):
            raise digest_fault("the summary of the epoch")
        return read


def summarize(whole: GapFile, octets: bytes) -> tuple[EpochSummary, tuple[bytes, ...]]:
    """Give the summary of a whole file, and the octets of its pages, from the file and its octets."""
    bits = _page_bits(whole)
    pages: tuple[bytes, ...] = (octets,)
    if bits:
        pages = tuple(whole.cut(Page(bits, number)).encode() for number in range(1 << bits))
    summary = EpochSummary(
        scope=whole.scope,
        epoch=whole.epoch,
        revoked=whole.revoked(),
        gaps=len(whole.gaps),
        file=hashlib.sha256(octets).digest(),
        pages=tuple(hashlib.sha256(page).digest() for page in pages),
    )
    return summary, pages


def _page_bits(whole: GapFile) -> int:
    """The most pages of which each has `LEAST` gaps."""
    most = min(MAX_PAGE_BITS, (len(whole.gaps) // LEAST).bit_length())
    return next((bits for bits in range(most, 0, -1) if _least(whole, bits) >= LEAST), 0)


def _least(whole: GapFile, bits: int) -> int:
    spans = (Page(bits, number).span(whole.scope.width) for number in range(1 << bits))
    return min(
        bisect_left(whole.gaps, high, key=attrgetter("left"))
        - bisect_right(whole.gaps, low, key=attrgetter("right"))
        for low, high in spans
    )


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise file_fault("a count in its summary is none")
    return value


def _digest(value: JsonValue) -> bytes:
    try:
        digest = decode_base64url(value if isinstance(value, str) else "", max_bytes=_DIGEST)
    except DidError as error:
        raise file_fault(f"a digest in its summary: {error.detail}") from None
    if len(digest) != _DIGEST:
        raise file_fault(f"a digest in its summary has no {_DIGEST} octets")
    return digest
