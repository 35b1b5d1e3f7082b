"""Making again what follows from the log's entries: states, tiles, and the pages of the map.

The entries are the truth. They are read in order, batch by batch; each must have an effect, and each seal
must say what its batch yields, else nothing is written (codes ``entry.*``, ``seal.*``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from api.registry.stored_log import StoredLog, forget_pages, state_row, write_batch
from api.store.tables import LogEntry, LogState, LogTile, MapPage, MapReplaced
from did.errors import DidError
from did.registry.entries import DidOperation, Seal, decode
from did.registry.log import Log
from did.registry.replay import effect
from did.registry.statemap import DidState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ: Final = 4096
"""Entries read at once."""
_TABLES: Final = (LogState, LogTile, MapPage, MapReplaced)


def derive(
    entries: Iterator[tuple[bytes, str]],
    target: Connection,
    origin: str,
    *,
    needed_from: int,
    progress: Callable[[int], None],
    start: int = 0,
) -> int:
    """Write what follows from `entries` (each with its tenant) into the tables of `target`; gives their end.

    The tables hold what follows from the entries before `start`, a sealed size, and nothing else. Of the map,
    the versions from the sealed size `needed_from` on are kept. `progress` is told how many were read.
    """
    stored = StoredLog.over(target)
    log = Log(origin, stored, sealed_size=start)
    batch, changed, rows, index = list[bytes](), dict[bytes, DidState](), list[dict[str, object]](), start - 1
    for index, (raw, tenant) in enumerate(entries, start):
        entry = _decoded(raw, index)
        if isinstance(entry, Seal):
            sealed = log.seal(batch)
            if sealed.entry != raw:
                raise _false_seal(index, entry, sealed.index)
            _write_states(target, rows)
            write_batch(target, sealed)
            forget_pages(target, min(sealed.size, needed_from))
            log.commit(sealed)
            batch.clear()
            changed.clear()
            progress(index + 1)
            continue
        batch.append(raw)
        if isinstance(entry, DidOperation):
            before = changed.get(entry.scid34) or stored.state(entry.scid34, index)
            state = _effect(before, entry, index)
            changed[entry.scid34] = state
            rows.append(state_row(entry.scid34, state, tenant))
    _write_states(target, rows)
    return index + 1


def _write_states(target: Connection, rows: list[dict[str, object]]) -> None:
    if rows:
        target.execute(insert(LogState), rows)
        rows.clear()


def derive_again(
    connection: Connection, origin: str, *, needed_from: int, progress: Callable[[int], None]
) -> None:
    """Replace what the database derived from its entries, within the open transaction."""
    for table in _TABLES:
        connection.execute(delete(table))
    derive(stored_entries(connection), connection, origin, needed_from=needed_from, progress=progress)


def stored_entries(connection: Connection, start: int = 0) -> Iterator[tuple[bytes, str]]:
    """Every entry from `start` on with its tenant, in order; ``log.missing`` where one is not there."""
    position = col(LogEntry.position)
    while rows := connection.execute(
        select(position, col(LogEntry.entry), col(LogEntry.tenant))
        .where(position >= start, position < start + READ)
        .order_by(position)
    ).all():
        for index, row in enumerate(rows, start):
            if row.position != index:
                raise DidError("log.missing", f"entry {index} is not stored")
            yield row.entry, row.tenant
        start += len(rows)


def is_derived(connection: Connection) -> bool:
    """Whether the tables hold anything; a database of an earlier release does not."""
    return any(connection.execute(select(table).limit(1)).first() is not None for table in _TABLES)


def _decoded(raw: bytes, index: int) -> object:
    try:
        return decode(raw)
    except DidError as error:
        raise _at(index, error) from None


def _effect(before: DidState | None, operation: DidOperation, index: int) -> DidState:
    try:
        return effect(before, operation, index)
    except DidError as error:
        raise _at(index, error) from None


def _at(index: int, error: DidError) -> DidError:
    return DidError(error.code, f"stored entry {index}: {error.detail}", clause=error.clause)


def _false_seal(index: int, found: Seal, expected: int) -> DidError:
    what = "index" if found.index != expected else "map-root"
    return DidError(
        f"seal.{what}",
        f"the seal stored as entry {index} does not say what its entries yield",
        clause="registry 3.4",
    )
