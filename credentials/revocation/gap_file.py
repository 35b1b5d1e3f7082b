r"""Gap files: the signed gaps of an epoch, or those around one page of its identifiers, in octets.

Text: `bbs-predicates-2026` version 1, section 4.7; the format is ours.

    magic       "avow-gaps/1\n"
    list id     32 octets            epoch   u64           width   u8
    page bits   u8, b                page    u32, p        first   w/8 octets, the first end
    entries     u32, n               then n times: an end (w/8 octets), and the signature (80 octets) of the
                                     gap between the end before and this one, if anything is between them

Invariants:
- the ends ascend strictly: revoked identifiers and the sentinels 0 and 2^w - 1. Neighbours without anything
  between them have no signature, so a file has one reading and its gaps leave nothing out.
- page p of 2^b has every gap that reaches into the identifiers p·2^(w-b) … (p+1)·2^(w-b) - 1, and no other;
  the whole file is page 0 of one.
- what is read was not verified: a holder checks the one gap that it uses (`checking`).

Not here: how many pages an epoch has, and its digest (`pages`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from credentials.revocation.faults import epoch_fault, file_fault
from zk.predicates.octets import u8, u64
from zk.predicates.published.gaps import Gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.predicates.header import RevocationScope

MAGIC: Final = b"avow-gaps/1\n"
MAX_ENTRIES: Final = 1 << 20
"""A million revoked credentials: 84 MB. Whoever has more starts another list."""
MAX_PAGE_BITS: Final = 10
SIGNATURE_LENGTH: Final = 80
_LIST_ID: Final = 32
_COUNT: Final = 4


@dataclass(frozen=True, slots=True)
class Page:
    """Page `number` of 2^bits, by the leading bits of the identifiers."""

    bits: int
    number: int

    def __post_init__(self) -> None:
        if not 0 <= self.bits <= MAX_PAGE_BITS or not 0 <= self.number < 1 << self.bits:
            raise file_fault(f"no page {self.number} of 2^{self.bits}")

    def span(self, width: int) -> tuple[int, int]:
        """Give the lowest and the highest identifier of the page (`revocation.file`)."""
        if self.bits >= width:
            raise file_fault(f"no pages by {self.bits} of {width} bits")
        low = self.number << (width - self.bits)
        return low, low + (1 << (width - self.bits)) - 1


WHOLE: Final = Page(0, 0)


@dataclass(frozen=True, slots=True)
class GapFile:
    """The gaps of a page in their order, with the ends at which it begins and stops."""

    scope: RevocationScope
    epoch: int
    page: Page
    first: int
    last: int
    gaps: tuple[Gap, ...]

    def revoked(self) -> int:
        """Count the ends that are no sentinels: what is revoked, in the whole file."""
        between = sum(gap.right - gap.left - 1 for gap in self.gaps)
        return self.last - self.first - 1 - between

    def cut(self, page: Page) -> GapFile:
        """Give a page of the whole file."""
        low, high = page.span(self.scope.width)
        # An identifier that no gap holds is an end itself.
        start = bisect_right(self.gaps, low, key=attrgetter("right"))
        stop = bisect_left(self.gaps, high, key=attrgetter("left"))
        gaps = self.gaps[start:stop]
        first = min(low, gaps[0].left) if gaps else low
        last = max(high, gaps[-1].right) if gaps else high
        return GapFile(self.scope, self.epoch, page, first, last, gaps)

    def encode(self) -> bytes:
        """Write as octets; `revocation.file` for more entries than a file has."""
        size = self.scope.width // 8
        body, end, count = bytearray(), self.first, 0
        for gap in self.gaps:
            for each in range(end + 1, gap.left + 1):  # neighbours
                body += each.to_bytes(size, "big")
            body += gap.right.to_bytes(size, "big") + gap.signature
            count += gap.left - end + 1
            end = gap.right
        for each in range(end + 1, self.last + 1):
            body += each.to_bytes(size, "big")
        count += self.last - end
        if count > MAX_ENTRIES:
            raise file_fault(f"{count} entries, at most {MAX_ENTRIES}")
        return b"".join((self._head(), self.first.to_bytes(size, "big"), count.to_bytes(_COUNT, "big"), body))

    def _head(self) -> bytes:
        return b"".join(
            (
                MAGIC,
                self.scope.list_id,
                u64(self.epoch),
                u8(self.scope.width),
                u8(self.page.bits),
                self.page.number.to_bytes(_COUNT, "big"),
            )
        )


def whole_file(gaps: Sequence[Gap], *, scope: RevocationScope, epoch: int) -> GapFile:
    """Put all gaps of an epoch, as `sign_gaps` gives them, into a file."""
    return GapFile(scope, epoch, WHOLE, 0, (1 << scope.width) - 1, tuple(gaps))


def max_bytes(width: int) -> int:
    """Give the size of the largest file."""
    return 1024 + MAX_ENTRIES * (SIGNATURE_LENGTH + width // 8)


def decode(
    octets: bytes, *, expected_scope: RevocationScope, expected_epoch: int, expected_page: Page
) -> GapFile:
    """Read a gap file; the steps are those of the format.

    1. magic, then list, width and page as expected (`revocation.file`), epoch as expected
       (`revocation.epoch`)
    2. as many entries as it says, and not one octet more; no more than `MAX_ENTRIES`
    3. ends ascend and fit the width; a signature stands where something is between two of them
    4. the ends reach from before the page to behind it, and no further than one gap
    """
    head = GapFile(expected_scope, expected_epoch, expected_page, 0, 0, ())._head()  # noqa: SLF001
    found = octets[: len(head)]
    if found != head:  # 1
        epoch_at = len(MAGIC) + _LIST_ID
        if found[:epoch_at] == head[:epoch_at] and found[epoch_at + 8 :] == head[epoch_at + 8 :]:
            raise epoch_fault(f"the gap file is of another epoch than {expected_epoch}")
        raise file_fault("it is none, or of another list, width or page")
    size = expected_scope.width // 8
    first = int.from_bytes(octets[len(head) : len(head) + size], "big")
    start = len(head) + size + _COUNT
    count = int.from_bytes(octets[len(head) + size : start], "big")
    if len(octets) < start or count > MAX_ENTRIES:  # 2
        raise file_fault(f"it stops before its entries, or has more than {MAX_ENTRIES}")
    gaps, last = _entries(octets, start, first, count, size)
    _check_reach(expected_page, expected_scope.width, first, last, gaps)  # 4
    return GapFile(expected_scope, expected_epoch, expected_page, first, last, gaps)


def _entries(octets: bytes, at: int, first: int, count: int, size: int) -> tuple[tuple[Gap, ...], int]:
    """Steps 2 and 3: the gaps, and the last end."""
    gaps, end = [], first
    for _ in range(count):
        left, end = end, int.from_bytes(octets[at : at + size], "big")
        at += size
        if end <= left:
            raise file_fault("its ends do not ascend, or it stops before its last entry")
        if end - left > 1:
            gaps.append(Gap(left, end, octets[at : at + SIGNATURE_LENGTH]))
            at += SIGNATURE_LENGTH
    if at != len(octets):
        raise file_fault(f"{len(octets)} octets, its entries have {at}")
    return tuple(gaps), end


def _check_reach(page: Page, width: int, first: int, last: int, gaps: Sequence[Gap]) -> None:
    """Step 4: just the gaps that reach into the page."""
    low, high = page.span(width)
    begins = first == low or (bool(gaps) and gaps[0].left == first < low < gaps[0].right)
    stops = last == high or (bool(gaps) and gaps[-1].left < high < last == gaps[-1].right)
    if not begins or not stops:
        raise file_fault("it does not hold just the gaps of its page")
