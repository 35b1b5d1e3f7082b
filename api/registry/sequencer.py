"""The log's one writer: entries are appended within commands, and sealed batch by batch.

Invariants:
- An entry's index is the number of rows before it; row, state and record are written by one command, and only
  if the entry has an effect.
- A seal is written with the tiles and pages that follow from its batch. The log takes the batch over in the
  writer's `after_commit`, before any result is released.
- Readers ask the log without a lock: it changes by taking over whole batches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, insert, select
from sqlmodel import col

from api.errors import ApiError
from api.registry.stored_log import StoredLog, forget_pages, state_row, write_batch
from api.store.tables import SERVICE_TENANT, LogEntry, LogState
from did.errors import DidError
from did.registry.entries import DidOperation, Entry, Seal, decode, encode
from did.registry.log import Log, SealedBatch
from did.registry.replay import effect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.store.reader import Reader
    from api.store.writer import Unit
    from did.registry.statemap import DidState

CHANGED: Final = (
    "The log was changed: `avow fsck` says where. Restore a backup and complete it with `avow recover` "
    "(docs/recovery.md)."
)
REPAIR: Final = (
    "What follows from the log is damaged, perhaps the log too: `avow fsck --repair` says which, and makes "
    "again what follows (docs/recovery.md)."
)


KEPT_STATES: Final = 4096
"""States kept by DID and size: each verification and resolution asks for one or two."""


class Sequencer:
    """Appends to the log within a command, and seals it."""

    def __init__(self, log: Log, size: int, appended: Callable[[], None]) -> None:
        self.log = log
        self.size = size
        """How many entries are durable."""
        self.needed_from: Callable[[], int] = lambda: 0
        """Tells the smallest sealed size whose map may still be asked for; set by whoever shows proofs."""
        self._appended = appended
        # What the log says up to a size never changes, so what is kept can be old but never wrong.
        self._state = lru_cache(KEPT_STATES)(log.state)

    @classmethod
    def load(
        cls, connection: Connection, reader: Reader, origin: str, *, appended: Callable[[], None]
    ) -> Sequencer:
        """Open the stored log; codes of `Log`, ``log.missing`` where an entry is not there."""
        size = count_entries(connection)
        sealed = sealed_size(StoredLog.over(connection), size)
        try:
            log = Log(origin, StoredLog(reader.keyed), sealed_size=sealed)
        except DidError as error:
            raise _unreadable(error, REPAIR) from None
        return cls(log, size, appended)

    def state(self, scid34: bytes) -> DidState | None:
        """The newest logged state of a DID."""
        return self._state(scid34, self.size)

    def append(self, unit: Unit, entry: Entry, *, tenant: str) -> int:
        """Append an entry in the command's transaction and give its index; codes ``entry.*``."""
        return self.append_all(unit, (entry,), tenant=tenant)

    def append_all(self, unit: Unit, entries: Sequence[Entry], *, tenant: str) -> int:
        """Append entries one after the other, as `append` does; gives the index of the first."""
        first = append_entries(unit.connection, entries, tenant=tenant)
        size = first + len(entries)

        def remember() -> None:
            self.size = size
            self._appended()

        unit.after_commit(remember)
        return first

    def seal(self, unit: Unit) -> SealedBatch:
        """End the batch; run alone, so that everything before the seal is durable."""
        start, end = self.log.sealed_size, count_entries(unit.connection)
        batch = self.log.seal(StoredLog.over(unit.connection).entries(start, end))
        if batch.index != end:
            raise _missing(start, end)
        seal = {"position": batch.index, "tenant": SERVICE_TENANT, "entry": batch.entry}
        unit.connection.execute(insert(LogEntry), seal)
        write_batch(unit.connection, batch)
        forget_pages(unit.connection, self.needed_from())

        def take_over() -> None:
            self.size = batch.size
            self.log.commit(batch)

        unit.after_commit(take_over)
        return batch


def append_entries(connection: Connection, entries: Sequence[Entry], *, tenant: str) -> int:
    """Write entries and the states that follow; gives the index of the first. Codes ``entry.*``."""
    first = count_entries(connection)
    stored, rows, states = StoredLog.over(connection), [], []
    known: dict[bytes, DidState | None] = {}
    for index, entry in enumerate(entries, first):
        if isinstance(entry, Seal):
            raise DidError("entry.kind", "seals are made by the log itself", clause="registry 3.3")
        rows.append({"position": index, "tenant": tenant, "entry": encode(entry)})
        if isinstance(entry, DidOperation):
            scid34 = entry.scid34
            before = known[scid34] if scid34 in known else stored.state(scid34, first)
            known[scid34] = state = effect(before, entry, index)
            states.append(state_row(scid34, state, tenant))
    connection.execute(insert(LogEntry), rows)
    if states:
        connection.execute(insert(LogState), states)
    return first


def count_entries(connection: Connection) -> int:
    """The number of entries, durable or of this transaction."""
    last = connection.execute(select(func.max(col(LogEntry.position)))).scalar()
    return 0 if last is None else int(last) + 1


def sealed_size(stored: StoredLog, size: int) -> int:
    """The newest sealed size of a log of `size` entries: its last entries are looked at, more and more."""
    end, step = size, 64
    while end:
        start = max(end - step, 0)
        entries = stored.entries(start, end)
        if len(entries) != end - start:
            raise _missing(start, end)
        for index in range(end - 1, start - 1, -1):
            try:
                if isinstance(decode(entries[index - start]), Seal):
                    return index + 1
            except DidError as error:
                raise _unreadable(error, CHANGED) from None
        end, step = start, step * 4
    return 0


def _missing(start: int, end: int) -> ApiError:
    return ApiError(
        "log.missing",
        f"the database does not hold every log entry between {start} and {end}",
        remedy=CHANGED,
    )


def _unreadable(error: DidError, remedy: str) -> ApiError:
    return ApiError(error.code, error.detail, clause=error.clause, remedy=remedy)
