"""Taking a vouched log over into a database: its entries, and what follows from them.

Checklist, all in one transaction of the caller's:
1. what the database holds is the beginning of the log (`recover.differs`)
2. missing entries are read from the source, each compared with its leaf (``log.rewritten``, ``log.missing``,
   ``log.bundle``), and stored; what follows is derived (``entry.*``, ``seal.*``) and ends in a seal
   (``log.unsealed``)
3. the map has the root of every line of the register (`register.forked`)

Not here: whether the source is to be believed (`vouching`), records (`records`), keys and checkpoints
(`recovering`).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from api.client.failures import RejectedError
from api.recovery.checks.entries import steps
from api.registry.derived import derive, is_derived, stored_entries
from api.registry.sequencer import count_entries, sealed_size
from api.registry.stored_log import StoredLog
from api.store.tables import FIRST_TENANT, SERVICE_TENANT, DidRow, LogEntry, LogState
from did.encoding import decode_multihash34
from did.errors import DidError
from did.registry.copies import read_entries
from did.registry.entries import DidOperation, Seal, decode
from did.registry.log import Log
from did.registry.register import check_agrees
from did.registry.tiles import WIDTH
from did.registry.tree import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.recovery.findings import Watch
    from api.recovery.sources import Source
    from api.settings import Settings
    from did.registry.register import Register
    from did.registry.tiletree import TileTree

PORTION: Final = 512
"""Rows written together."""


class Filling:
    """One transaction that completes one database."""

    def __init__(self, connection: Connection, settings: Settings, source: Source, watch: Watch) -> None:
        self._connection = connection
        self._settings = settings
        self._source = source
        self._watch = watch
        self._stored = StoredLog.over(connection)

    def entries(self, tree: TileTree, register: Register, *, needed_from: int) -> int:
        """Steps 1 to 3; gives how many entries were missing."""
        size = count_entries(self._connection)
        self._compare(tree, min(size, tree.size))  # 1
        if tree.size > size:  # 2
            sealed = sealed_size(self._stored, size)
            self._copy(tree, size)
            self._derive(tree.size, sealed, needed_from)
        elif size and not is_derived(self._connection):  # the backup of an earlier release
            self._derive(size, 0, needed_from)
        end = count_entries(self._connection)
        log = Log(self._settings.origin, self._stored, sealed_size=sealed_size(self._stored, end))
        if tree.size > size and log.sealed_size != tree.size:
            raise DidError("log.unsealed", f"size {tree.size} does not end in a seal", clause="registry 3.4")
        for line in register.lines():  # 3
            check_agrees(line, log)
        return max(tree.size - size, 0)

    def _compare(self, tree: TileTree, size: int) -> None:
        """Step 1."""
        for at in range(0, size, WIDTH):
            entries = self._stored.entries(at, min(at + WIDTH, size))
            for index, (raw, leaf) in enumerate(zip(entries, tree.leaves(at // WIDTH), strict=False), at):
                if leaf_hash(raw) != leaf:
                    raise RejectedError(
                        "recover.differs",
                        f"entry {index} of the database is another than that of {self._source.name}",
                        remedy="check the database with `avow fsck`; to take the copy's log, set it aside",
                    )

    def _copy(self, tree: TileTree, size: int) -> None:
        """Step 2: store the entries that are missing."""
        rows = self._rows(tree, size)
        with self._watch("entries", tree.size - size) as advance:
            while some := list(islice(rows, PORTION)):
                self._connection.execute(insert(LogEntry), some)
                advance(len(some))

    def _rows(self, tree: TileTree, size: int) -> Iterator[dict[str, object]]:
        tenants = self._tenants()
        for index, raw in enumerate(read_entries(tree, self._source.tile, start=size), size):
            match decode(raw):
                case Seal():
                    tenant = SERVICE_TENANT
                case DidOperation(scid34=scid34):
                    tenant = tenants.get(scid34, FIRST_TENANT)
                case _:
                    tenant = FIRST_TENANT
            yield {"position": index, "tenant": tenant, "entry": raw}

    def _tenants(self) -> dict[bytes, str]:
        """Whose DIDs the database knows, where that is not the first tenant."""
        rows = self._connection.execute(
            select(col(DidRow.scid), col(DidRow.tenant)).where(col(DidRow.tenant) != FIRST_TENANT)
        )
        return {decode_multihash34(row.scid): row.tenant for row in rows}

    def _derive(self, size: int, sealed: int, needed_from: int) -> None:
        """Step 2: what follows, from the newest seal that the database had."""
        start = sealed if is_derived(self._connection) else 0
        self._connection.execute(delete(LogState).where(col(LogState.position) >= start))
        with self._watch("log", size - start) as advance:
            derive(
                stored_entries(self._connection, start),
                self._connection,
                self._settings.origin,
                needed_from=needed_from,
                progress=steps(advance, start),
                start=start,
            )
