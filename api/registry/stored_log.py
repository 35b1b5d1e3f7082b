"""What the log reads back from the database, and how what follows from a batch is written there.

Tiles, pages and states follow from `log_entries`; each is written in the transaction of what it follows from.
A page that no map in use needs any more is deleted some batches later, never while it is the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlmodel import col

from api.store.tables import SERVICE_TENANT, LogEntry, LogState, LogTile, MapPage, MapReplaced
from did.registry.log import LogStore
from did.registry.mappages import prefix_of
from did.registry.statemap import DidState
from did.registry.tiletree import pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from sqlalchemy import Executable

    from did.registry.log import SealedBatch

    class Rows(Protocol):
        """Runs one reading statement: the service's reader, or an open connection."""

        def __call__(self, statement: Executable, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
            """Every row, its columns in order."""
            ...


FORGOTTEN: Final = 4096
"""Pages deleted with one batch, at most: a few milliseconds."""

_ENTRIES: Final = (
    select(col(LogEntry.entry))
    .where(col(LogEntry.position) >= bindparam("start"), col(LogEntry.position) < bindparam("end"))
    .order_by(col(LogEntry.position))
)
_TILE: Final = select(col(LogTile.hashes)).where(
    col(LogTile.level) == bindparam("level"), col(LogTile.number) == bindparam("number")
)
_PAGE: Final = select(col(MapPage.page)).where(
    col(MapPage.prefix) == bindparam("prefix"), col(MapPage.version) == bindparam("version")
)
_MAP_VERSION: Final = select(func.max(col(MapPage.version))).where(
    col(MapPage.prefix) == prefix_of(b"", 0), col(MapPage.version) <= bindparam("size")
)
_STATE: Final = (
    select(col(LogState.version), col(LogState.hash34), col(LogState.position), col(LogState.deactivated))
    .where(col(LogState.scid34) == bindparam("scid34"), col(LogState.position) < bindparam("size"))
    .order_by(col(LogState.version).desc())
    .limit(1)
)


class StoredLog(LogStore):
    """Reads what the log needs, each in one statement."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @classmethod
    def over(cls, connection: Connection) -> StoredLog:
        """Read through an open connection, with what its transaction has written so far."""
        return cls(lambda statement, values: connection.execute(statement, values).all())

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        """The entries at these indices."""
        return [row[0] for row in self._rows(_ENTRIES, {"start": start, "end": end})]

    def tile(self, level: int, index: int) -> bytes | None:
        """A full hash tile with its inner nodes."""
        rows = self._rows(_TILE, {"level": level, "number": index})
        return rows[0][0] if rows else None

    def page(self, prefix: bytes, version: int) -> bytes | None:
        """A page of the map."""
        rows = self._rows(_PAGE, {"prefix": prefix, "version": version})
        return rows[0][0] if rows else None

    def map_version(self, size: int) -> int:
        """The newest version of the map's top page up to a size."""
        return int(self._rows(_MAP_VERSION, {"size": size})[0][0] or 0)

    def state(self, scid34: bytes, size: int) -> DidState | None:
        """The state of a DID after the first `size` entries."""
        rows = self._rows(_STATE, {"scid34": scid34, "size": size})
        if not rows:
            return None
        version, hash34, position, deactivated = rows[0]
        return DidState(version, hash34, position, bool(deactivated))


def write_batch(connection: Connection, batch: SealedBatch) -> None:
    """Write what follows from the entries of a batch: tiles and pages."""
    tiles = [
        {"level": path.level, "number": path.index, "tenant": SERVICE_TENANT, "hashes": pack(rows)}
        for path, rows in batch.tiles
    ]
    pages = [
        {"prefix": prefix, "version": batch.size, "tenant": SERVICE_TENANT, "page": page.encode()}
        for prefix, page in batch.pages.items()
    ]
    replaced = [
        {"by_version": batch.size, "prefix": prefix, "version": version, "tenant": SERVICE_TENANT}
        for prefix, version in batch.replaced
    ]
    for table, rows in ((LogTile, tiles), (MapPage, pages), (MapReplaced, replaced)):
        if rows:
            connection.execute(insert(table), rows)


def forget_pages(connection: Connection, needed_from: int) -> None:
    """Delete pages that no map of `needed_from` or of a later sealed size uses."""
    gone = connection.execute(
        select(col(MapReplaced.by_version), col(MapReplaced.prefix), col(MapReplaced.version))
        .where(col(MapReplaced.by_version) <= needed_from)
        .order_by(col(MapReplaced.by_version))
        .limit(FORGOTTEN)
    ).all()
    if not gone:
        return
    named = [{"at": row.by_version, "name": row.prefix, "old": row.version} for row in gone]
    connection.execute(
        delete(MapPage).where(
            col(MapPage.prefix) == bindparam("name"), col(MapPage.version) == bindparam("old")
        ),
        named,
    )
    connection.execute(
        delete(MapReplaced).where(
            col(MapReplaced.by_version) == bindparam("at"), col(MapReplaced.prefix) == bindparam("name")
        ),
        named,
    )


def state_row(scid34: bytes, state: DidState, tenant: str) -> dict[str, object]:
    """The row of a state."""
    return {
        "scid34": scid34,
        "version": state.version,
        "tenant": tenant,
        "hash34": state.hash34,
        "position": state.index,
        "deactivated": state.deactivated,
    }
