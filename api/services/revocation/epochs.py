"""Letting go of epochs: first their gap files, then that they were published here.

Invariants:
- a gap file goes once its epoch is neither the present one nor the one before, so none goes that is served.
- its row, with digest and counts, goes `ROWS_KEPT_SECONDS` after it was made. The evidence of the digest
  stays in the log for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update
from sqlmodel import col

from api.store.tables import RevocationEpoch, RevocationList

if TYPE_CHECKING:
    from api.store.writer import Unit

ROWS_KEPT_SECONDS: Final = 90 * 86_400
"""Longer than any epoch, three times: no epoch is made twice, and what a dispute is about is still known."""


def clean(unit: Unit, *, now: int) -> None:
    """Drop what has had its time at `now`."""
    rows = unit.connection.execute(
        select(col(RevocationList.list_id), col(RevocationList.epoch_zero), col(RevocationList.epoch_seconds))
    ).all()
    for row in rows:
        current = (now - row.epoch_zero) // row.epoch_seconds
        unit.connection.execute(
            update(RevocationEpoch)
            .where(
                col(RevocationEpoch.list_id) == row.list_id,
                col(RevocationEpoch.epoch) < current - 1,
                col(RevocationEpoch.content).is_not(None),
            )
            .values(content=None)
        )
    unit.connection.execute(
        delete(RevocationEpoch).where(col(RevocationEpoch.made) <= now - ROWS_KEPT_SECONDS)
    )
