"""Signed notes as they are stored: one for each signed size, with the cosignatures that came in for it.

Invariants:
- A cosignature is added to the note as it stands in the database, within one command; none gets lost.
- A stored note whose log key is no longer in use is given out under the keys of today, if its body stands in
  the register; the body never changes (registry-protocol 3.6, 5.5).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.errors import ApiError
from api.store.tables import SERVICE_TENANT
from api.store.tables import Checkpoint as CheckpointRow
from did.registry.checkpoint import Checkpoint
from did.registry.note import SignedNote, parse_note
from did.registry.signing import sign_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.store.reader import Reader
    from api.store.writer import Unit
    from did.registry.note import NoteSigner, SignatureLine
    from did.registry.register import Register

KEPT: Final = 8
"""Notes kept in memory: bundles are made at two or three sizes at a time."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed checkpoint."""

    size: int
    root: bytes
    map_root: bytes
    note: str
    time: int


class Notes:
    """Stores notes, adds lines to them, gives them out."""

    def __init__(self, reader: Reader, register: Register, signers: Sequence[NoteSigner]) -> None:
        self._reader = reader
        self._register = register
        self.signers: Final = tuple(signers)
        self._kept: dict[int, str] = {}
        self._lock = threading.Lock()

    def note(self, size: int) -> str:
        """The note of a signed size, under the keys that sign today. Code `log.note-missing`."""
        with self._lock:
            kept = self._kept.get(size)
        if kept is not None:
            return kept
        row = self._reader.first(select(col(CheckpointRow.note)).where(col(CheckpointRow.size) == size))
        note = self._signed_before(size) if row is None else self._renewed(row.note)
        with self._lock:
            # Where a line was added since the row was read, what is kept by now is newer.
            return self._kept.get(size) or self._put(size, note)

    def newest(self, limit: int) -> list[tuple[int, str]]:
        """The newest notes as they are stored, newest first."""
        newest_first = select(col(CheckpointRow.size), col(CheckpointRow.note)).order_by(
            col(CheckpointRow.size).desc()
        )
        return [(row.size, row.note) for row in self._reader.all(newest_first.limit(limit))]

    def store(self, unit: Unit, signed: Signed) -> str:
        """Store a note that was signed just now; gives it with the cosignatures that were there already."""
        stored = self._stored(unit, signed.size)
        note = signed.note
        if stored is not None:
            fresh = parse_note(note)
            origin = self.signers[0].key.name
            others = (line for line in parse_note(stored).lines if line.name != origin)
            note = fresh.with_lines(*others).text
        values = {
            "size": signed.size,
            "tenant": SERVICE_TENANT,
            "root": signed.root,
            "map_root": signed.map_root,
            "note": note,
            "time": signed.time,
        }
        statement = insert(CheckpointRow).values(**values)
        unit.connection.execute(statement.on_conflict_do_update(index_elements=["size"], set_={"note": note}))
        self._keep(unit, signed.size, note)
        return note

    def add(self, unit: Unit, size: int, line: SignatureLine) -> str:
        """Add a cosignature that was verified to a stored note; gives the whole."""
        stored = self._stored(unit, size)
        if stored is None:
            raise ApiError("log.note-missing", "the note of a signed size is not stored")
        note = parse_note(stored).with_lines(line).text
        unit.connection.execute(
            update(CheckpointRow).where(col(CheckpointRow.size) == size).values(note=note)
        )
        self._keep(unit, size, self._renewed(note))
        return note

    def _keep(self, unit: Unit, size: int, note: str) -> None:
        def put() -> None:
            with self._lock:
                self._put(size, note)

        unit.after_commit(put)

    def _put(self, size: int, note: str) -> str:
        self._kept[size] = note
        if len(self._kept) > KEPT:
            del self._kept[min(self._kept)]
        return note

    def _stored(self, unit: Unit, size: int) -> str | None:
        row = unit.connection.execute(
            select(col(CheckpointRow.note)).where(col(CheckpointRow.size) == size)
        ).first()
        return None if row is None else str(row.note)

    def _signed_before(self, size: int) -> str:
        """The note of a size that stands in the register: after a recovery the newest one alone is stored."""
        line = self._register.find(size)
        if line is None:
            raise ApiError("log.note-missing", "no checkpoint of that size was signed")
        body = Checkpoint(self.signers[0].key.name, size, line.root).body
        return sign_again(SignedNote(body, ()), register=self._register, signers=self.signers).text

    def _renewed(self, text: str) -> str:
        note = parse_note(text)
        origin = self.signers[0].key.name
        by_log = {(line.name, line.key_id) for line in note.lines if line.name == origin}
        if by_log == {(signer.key.name, signer.key.key_id) for signer in self.signers}:
            return text
        return sign_again(note, register=self._register, signers=self.signers).text
