"""Check 2: the log's entries follow each other, each has an effect, each seal is true, none was changed.

Checklist:
1. positions begin at 0 and have no gap (``log.missing``)
2. everything that follows is derived anew from them (``entry.*``, ``seal.*``)
3. where that fails, or does not lead to the newest root that was signed: the leaf hashes of the tiles that do
   lead to that root, stored or published, say which entries are others than were logged (``log.rewritten``)

Not here: comparing what was derived with what is kept (`derivation`), and the other signed roots (`signed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.recovery.scratch import stream
from api.registry.derived import derive, stored_entries
from api.registry.sequencer import count_entries, sealed_size
from api.registry.stored_log import StoredLog
from did.errors import DidError
from did.registry.log import Log
from did.registry.tiles import HEIGHT, WIDTH, TilePath
from did.registry.tiletree import TileTree, expand
from did.registry.tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from api.recovery.findings import Findings, Watch
    from did.registry.tiles import Fetch

REWRITTEN: Final = (
    "Entries are never mended in place: restore a backup in which they are whole and complete it with "
    "`avow recover`, or set the database aside and bring it back from a copy of the log (docs/recovery.md)."
)


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A size and root that were signed."""

    size: int
    root: bytes


def check_entries(
    found: Findings,
    connection: Connection,
    *,
    origin: str,
    newest: Sequence[SignedRoot],
    signed_here: int,
    needed_from: int,
    public: Path,
    watch: Watch,
) -> Log | None:
    """Give the log as it was derived into the scratch tables, or None where the entries do not hold.

    `newest` are the newest roots that register and database say were signed; `signed_here` is the newest size
    that this database itself says was.
    """
    size = count_entries(connection)
    if _gaps(found, connection, size, signed_here):  # 1
        return None
    fault: DidError | None = None
    log: Log | None = None
    try:  # 2
        with watch("entries", size) as advance:
            derive(
                stored_entries(connection),
                connection,
                origin,
                needed_from=needed_from,
                progress=steps(advance),
            )
        stored = StoredLog.over(connection)
        log = Log(origin, stored, sealed_size=sealed_size(stored, size))
    except DidError as error:
        fault = error
    agreeing = [at for at in newest if log and at.size <= log.sealed_size and log.root(at.size) == at.root]
    if log is not None and (agreeing or not newest):
        return log
    for signed in newest:  # 3
        if _locate(found, connection, signed, public):
            return None
    if fault is not None:
        found.add(fault.code, "log_entries", fault.detail, remedy=REWRITTEN)
        return None
    return log


def steps(advance: Callable[[int], None], start: int = 0) -> Callable[[int], None]:
    """Turn how many entries were read, from `start` on, into how many more."""
    done = start

    def progress(size: int) -> None:
        nonlocal done
        advance(size - done)
        done = size

    return progress


def _gaps(found: Findings, connection: Connection, size: int, signed_here: int) -> bool:
    """Step 1: gaps, and an end that is missing although the database knows its checkpoint."""
    after_gap = (
        "SELECT position, (SELECT max(position) FROM log_entries b WHERE b.position < e.position) AS before "
        "FROM log_entries e WHERE position <> 0 "
        "AND NOT EXISTS (SELECT 1 FROM log_entries b WHERE b.position = e.position - 1)"
    )
    gaps = [
        (0 if row.before is None else row.before + 1, row.position) for row in stream(connection, after_gap)
    ]
    if signed_here > size:
        gaps.append((size, signed_here))
    for start, end in gaps:
        what = f"entry {start}" if start == end - 1 else f"entries {start} to {end - 1}"
        found.add("log.missing", what, "the database does not hold what it once held", remedy=REWRITTEN)
    return bool(gaps)


def _locate(found: Findings, connection: Connection, signed: SignedRoot, public: Path) -> bool:
    """Step 3: compare each entry with the leaf that stands under a signed root."""
    trees = list(_trees(connection, signed, public))
    if not trees:
        return False
    stored = StoredLog.over(connection)
    for at in range(0, signed.size, WIDTH):
        leaves = _leaves(trees, at // WIDTH)
        entries = stored.entries(at, min(at + WIDTH, signed.size))
        for index, (raw, leaf) in enumerate(zip(entries, leaves, strict=False), at):
            if leaf_hash(raw) != leaf:
                found.add(
                    "log.rewritten",
                    f"entry {index}",
                    "it has other bytes than stand under the root that was signed",
                    remedy=REWRITTEN,
                )
    return bool(found.counts)


def _trees(connection: Connection, signed: SignedRoot, public: Path) -> Iterator[TileTree]:
    stored = _kept_tiles(connection)
    files = published_tiles(public)
    for first, second in ((stored, files), (files, stored), (stored, _edge_of_entries(connection, stored))):
        try:
            yield TileTree.read(signed.size, signed.root, _either(first, second))
        except DidError:
            continue


def _leaves(trees: Sequence[TileTree], index: int) -> Sequence[bytes]:
    """The leaf hashes of a tile, from the first tree that can show them; none where no tree can."""
    for tree in trees:
        try:
            return tree.leaves(index)
        except DidError:
            continue
    return ()


def published_tiles(public: Path) -> Fetch:
    """Tiles and bundles as files."""

    def fetch(path: TilePath) -> bytes | None:
        try:
            return (public / path.text).read_bytes()
        except OSError:
            return None

    return fetch


def _kept_tiles(connection: Connection) -> Fetch:
    def fetch(path: TilePath) -> bytes | None:
        if path.level is None or path.partial:
            return None
        rows = stream(
            connection,
            "SELECT hashes FROM kept.log_tiles WHERE level = :level AND number = :number",
            level=path.level,
            number=path.index,
        )
        return next((bytes(row.hashes) for row in rows), None)

    return fetch


def _edge_of_entries(connection: Connection, tiles: Fetch) -> Fetch:
    """Unfinished tiles from what is below them, where nobody published them."""
    stored = StoredLog.over(connection)

    def fetch(path: TilePath) -> bytes | None:
        if path.level == 0 and path.partial:
            return b"".join(map(leaf_hash, stored.entries(path.first, path.first + path.width)))
        if path.level and path.partial:
            below = [
                tiles(TilePath(path.level - 1, index)) for index in range(path.first, path.first + path.width)
            ]
            return None if None in below else b"".join(expand(row)[HEIGHT] for row in below if row)
        return None

    return fetch


def _either(first: Fetch, second: Fetch) -> Fetch:
    def fetch(path: TilePath) -> bytes | None:
        content = first(path)
        return second(path) if content is None else content

    return fetch
