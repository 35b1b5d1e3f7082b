"""Revocation that holders prove: what an epoch costs its issuer, and what it costs a holder to follow it.

    python benchmarks/gaps.py [--full] [--json]

For 100, 1,000, 10,000 and 100,000 revoked: CPU time for signing every gap of an epoch and packing the file
with its pages; octets of the whole file and of a page; the holder's reading of either with the check of its
own gap. `--full` signs 100,000 gaps; otherwise their time is ten times that of 10,000, while sizes and the
holder's side are measured with signatures that only have the right length around the holder's gap.

The bar: a holder's check stays below one pairing check's cost times 6, whatever is revoked, when it fetches
a page; and the file has 84 octets for each revoked identifier.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from credentials.revocation import WHOLE, ListMetadata, check_gap, summarize, whole_file
from zk import bbs
from zk.predicates import system
from zk.predicates.published.gaps import Gap, find_gap, gap_ends, sign_gaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from credentials.revocation import EpochSummary, GapFile

COUNTS = (100, 1_000, 10_000, 100_000)
SHORT = 10_000
"""The most gaps that a short run signs."""
HOLDERS = 7
WIDTH, EPOCH = 32, 8_760
SYSTEM = system(bbs.suite(bbs.SHA256))
SECRET = bbs.key_generate(SYSTEM.suite, bytes(range(32)))
METADATA = ListMetadata(
    url="https://issuer.example/revocation/AAAAAAAAAAAAAAAAAAAAAA",
    issuer="did:web:issuer.example",
    width=WIDTH,
    epoch_zero=datetime(2026, 1, 1, tzinfo=UTC),
    epoch_seconds=3600,
    gap_key=SECRET.public_key(SYSTEM.suite),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Figures for one number of revoked identifiers; times are milliseconds of CPU."""

    revoked: int
    signed: bool
    issuer: float
    packed: float
    file: int
    pages: int
    page: int
    holder: float
    holder_page: float


def timed(work: Callable[[], object]) -> float:
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


def gaps_of(revoked: list[int], identifier: int, *, full: bool) -> tuple[list[Gap], float]:
    """All gaps, and the time it took to sign them; of a short run only the holder's is good."""
    scope = METADATA.scope
    if full:
        made: list[Gap] = []
        took = timed(lambda: made.extend(sign_gaps(SYSTEM, SECRET, revoked, scope=scope, epoch=EPOCH)))
        return made, took
    shaped = [Gap(*ends, bytes(80)) for ends in gap_ends(revoked, WIDTH)]
    own = find_gap(shaped, identifier)
    ends = [end for end in (own.left, own.right) if 0 < end < (1 << WIDTH) - 1]
    signed = sign_gaps(SYSTEM, SECRET, ends, scope=scope, epoch=EPOCH)
    good = next(gap for gap in signed if gap.left == own.left)
    return [good if gap == own else gap for gap in shaped], 0.0


def measured(count: int, *, full: bool, before: Row | None) -> Row:
    drawn = random.Random(count).sample(range(1, (1 << WIDTH) - 1), count + 1)
    identifier, revoked = drawn[0], drawn[1:]
    gaps, issuer = gaps_of(revoked, identifier, full=full)
    file = whole_file(gaps, scope=METADATA.scope, epoch=EPOCH)
    results: list[tuple[bytes, EpochSummary, tuple[bytes, ...]]] = []

    def pack() -> None:
        octets = file.encode()
        results.append((octets, *summarize(file, octets)))

    packed = timed(pack)
    octets, summary, pages = results[0]
    page = summary.page_of(identifier)

    def hold(read: Callable[[], GapFile]) -> float:
        def work() -> None:
            check_gap(SYSTEM, read(), identifier, metadata=METADATA)

        work()
        return statistics.median(timed(work) for _ in range(HOLDERS))

    return Row(
        revoked=count,
        signed=full,
        issuer=issuer if full or before is None else before.issuer * count / before.revoked,
        packed=packed,
        file=len(octets),
        pages=len(pages),
        page=len(pages[page.number]),
        holder=hold(lambda: summary.read(octets, WHOLE)),
        holder_page=hold(lambda: summary.read(pages[page.number], page)),
    )


def main() -> int:
    """Print the table; 1 if a bar was missed."""
    rows: list[Row] = []
    for count in COUNTS:
        full = count <= SHORT or "--full" in sys.argv[1:]
        rows.append(measured(count, full=full, before=rows[-1] if rows else None))
    W = SYSTEM.suite.decode_public_key(METADATA.gap_key)
    base, suite = SYSTEM.G_dig.point, SYSTEM.suite
    pairing = statistics.median(
        timed(lambda: suite.backend.pairing_check([(base, W), (base, suite.BP2)])) for _ in range(31)
    )
    compact = all(row.file <= 84 * (row.revoked + 1) + 128 for row in rows)
    quick = all(row.holder_page <= 6 * pairing for row in rows)
    if "--json" in sys.argv[1:]:
        values = [{name: getattr(row, name) for name in Row.__slots__} for row in rows]
        print(json.dumps({"title": "Gaps", "pairing": pairing, "rows": values}))
        return int(not (compact and quick))
    print("Gaps: an epoch of a list, milliseconds of CPU and octets")
    print(f"  {'revoked':>8} {'sign':>10} {'pack':>7} {'file':>10} {'pages':>5} {'page':>8} "
          f"{'holder, file':>12} {'holder, page':>12}")  # fmt: skip
    for row in rows:
        sign = f"{row.issuer:,.0f}" if row.signed else f"~{row.issuer:,.0f}"
        print(f"  {row.revoked:>8,} {sign:>10} {row.packed:>7,.1f} {row.file:>10,} {row.pages:>5} "
              f"{row.page:>8,} {row.holder:>12,.2f} {row.holder_page:>12,.2f}")  # fmt: skip
    print(f"  one pairing check: {pairing:.2f}")
    print(f"  84 octets for each revoked: {'ok' if compact else 'MISSED'}")
    print(f"  holder's check of a page, at most 6 pairing checks: {'ok' if quick else 'MISSED'}")
    return int(not (compact and quick))


if __name__ == "__main__":
    sys.exit(main())
