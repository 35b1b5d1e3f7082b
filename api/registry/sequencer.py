"""The log: its rows and its image in memory, kept the same by appending to memory only what was committed.

Invariants:
- An entry's index is the number of rows before it; row and record are written by one command.
- Memory follows in the writer's `after_commit`, before any result is released; a seal, whose bytes memory
  computes first, is taken back if its transaction is.
- Two threads look at memory (the writer's and the event loop's), under one lock.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from api.store.tables import SERVICE_TENANT, LogEntry
from did.errors import DidError
from did.registry.entries import Entry, encode
from did.registry.log import Log, SealedBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.store.writer import Unit
    from did.registry.statemap import DidState


class Sequencer:
    """Appends to the log within a command, and seals it."""

    def __init__(self, log: Log, appended: Callable[[], None]) -> None:
        self._log = log
        self._lock = threading.RLock()
        self._appended = appended

    @classmethod
    def load(
        cls, connection: Connection, origin: str, *, verified_size: int, appended: Callable[[], None]
    ) -> Sequencer:
        """Rebuild the log from its rows."""
        rows = connection.execution_options(yield_per=4096).execute(
            select(col(LogEntry.entry)).order_by(col(LogEntry.position))
        )
        try:
            log = Log.from_entries(origin, (row.entry for row in rows), verified_size=verified_size)
        except DidError as error:
            raise DidError(
                error.code,
                error.detail,
                clause=error.clause,
                remedy="the log was changed: restore a copy that is not older than the register",
            ) from None
        return cls(log, appended)

    @contextmanager
    def reading(self) -> Iterator[Log]:
        """The log, for reading, while nobody changes it."""
        with self._lock:
            yield self._log

    @property
    def size(self) -> int:
        """How many entries are durable."""
        with self._lock:
            return self._log.durable_size

    def state(self, scid34: bytes) -> DidState | None:
        """The newest logged state of a DID."""
        with self._lock:
            return self._log.state(scid34)

    def append(self, unit: Unit, entry: Entry, *, tenant: str) -> int:
        """Append an entry in the command's transaction; the caller has checked that it has an effect."""
        return self.append_all(unit, (entry,), tenant=tenant)

    def append_all(self, unit: Unit, entries: Sequence[Entry], *, tenant: str) -> int:
        """Append entries one after the other, as `append` does; gives the index of the first."""
        first = _rows(unit.connection)
        rows = [
            {"position": index, "tenant": tenant, "entry": encode(entry)}
            for index, entry in enumerate(entries, first)
        ]
        unit.connection.execute(insert(LogEntry), rows)

        def remember() -> None:
            with self._lock:
                for index, entry in enumerate(entries, first):
                    if self._log.append(entry) != index:
                        raise RuntimeError("the log in memory has another size than the database")
                self._log.commit()
            self._appended()

        unit.after_commit(remember)
        return first

    def seal(self, unit: Unit) -> SealedBatch:
        """End the batch; run alone, so that memory holds everything before the seal."""
        with self._lock:
            batch = self._log.seal()
        unit.after_rollback(self._take_back)
        if batch.index != _rows(unit.connection):
            raise RuntimeError("the log in memory has another size than the database")
        self._insert(unit, batch.index, batch.entry, SERVICE_TENANT)
        unit.after_commit(self._keep)
        return batch

    def _keep(self) -> None:
        with self._lock:
            self._log.commit()

    def _take_back(self) -> None:
        with self._lock:
            self._log.rollback()

    @staticmethod
    def _insert(unit: Unit, index: int, entry: bytes, tenant: str) -> None:
        unit.connection.execute(insert(LogEntry).values(position=index, tenant=tenant, entry=entry))


def _rows(connection: Connection) -> int:
    last = connection.execute(select(func.max(col(LogEntry.position)))).scalar()
    return 0 if last is None else int(last) + 1
