"""Forgetting: batches whose time is over are erased, the rows of erased ones deleted piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, or_, update
from sqlmodel import col

from api.bulk import rows
from api.store.tables import Batch, BatchRow

if TYPE_CHECKING:
    from api.store.writer import Unit

PIECE: Final = 1_000
"""Rows deleted at once: what is deleted is overwritten, and others wait for the writer meanwhile."""


def expire(unit: Unit, *, now: int, keep: int) -> None:
    """Erase what nobody fetched in time, and forget what was erased `keep` seconds ago.

    A batch with rows that wait does not expire: its client was told that they will be settled.
    """
    settled = col(Batch.issued) + col(Batch.refused) == col(Batch.rows)
    ended = col(Batch.state).in_((*rows.ENDED,))
    unit.connection.execute(
        update(Batch)
        .where(
            col(Batch.expires) <= now,
            or_(ended, (col(Batch.state) == rows.OPEN) & settled),
        )
        .values(state=rows.ERASED, nonce=None, wrapped=None, expires=now + keep)
    )
    unit.connection.execute(
        delete(Batch).where(col(Batch.expires) <= now, col(Batch.state) == rows.ERASED, col(Batch.rows) == 0)
    )


def sweep(unit: Unit, *, batch_id: str) -> None:
    """Delete the last rows of an erased batch; `rows` says how many are left."""
    found = unit.connection.execute(rows.FIND, {"id": batch_id}).first()
    if found is None or found.state != rows.ERASED:
        return
    left = max(0, found.rows - PIECE)
    unit.connection.execute(
        delete(BatchRow).where(col(BatchRow.batch_id) == batch_id, col(BatchRow.number) > left)
    )
    unit.connection.execute(
        update(Batch).where(col(Batch.batch_id) == batch_id).values(rows=left, issued=0, refused=0)
    )
