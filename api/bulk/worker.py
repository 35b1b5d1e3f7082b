"""The background work of batches: a slice of one, then a slice of the next, for as long as anything waits.

Invariants:
- Everything that must not be forgotten stands in the database: a start finds what a crash left.
- One slice at a time is in memory: at most `SLICE` rows, about `SLICE_SECONDS` of signing in one thread of
  the pool, one command of the writer (two where rows get a status). Others get their turn between slices.
- Tenants take turns, and so do the batches of one: a large batch makes no other wait for its end.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select
from sqlmodel import col

from api import problems
from api.bulk import retention, rows, settling
from api.bulk.rows import Found
from api.bulk.settling import OurError, Waiting
from api.errors import ApiError
from api.logs import logger
from api.services import issuers
from api.services.core import Caller
from api.store.tables import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.core import Core

SLICE: Final = 256
"""Rows that share a commit: its fsync then costs little beside their signatures."""
SLICE_SECONDS: Final = 0.1
"""Slow forms are committed more often, so that progress shows and a crash repeats little."""
LOOK_SECONDS: Final = 60.0
"""Also without being woken: what expired is deleted."""
PAUSE_SECONDS: Final = 0.25
"""After something that will pass: a full queue, a disk that does not write."""

_PENDING: Final = (
    select(col(Batch.tenant), col(Batch.batch_id))
    .where(
        or_(
            col(Batch.state).in_((rows.OPEN, rows.CLOSED, rows.CANCELLING))
            & (col(Batch.issued) + col(Batch.refused) < col(Batch.rows)),
            (col(Batch.state) == rows.ERASED) & (col(Batch.rows) > 0),
        )
    )
    .order_by(col(Batch.tenant), col(Batch.batch_id))
)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is."""

    tenant: str
    batch_id: str


class BulkIssuing:
    """Settles the rows of all batches, one slice after the other."""

    def __init__(self) -> None:
        self._work = asyncio.Event()
        self.streams = 0
        """Event streams that are open."""

    def wake(self) -> None:
        """Say that there is something to do."""
        self._work.set()

    async def run(self, core: Core) -> None:
        """Work for ever."""
        last: dict[str, Turn] = {}
        while True:
            self._work.clear()
            try:
                if not await _one_slice(core, last):
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._work.wait(), LOOK_SECONDS)
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                reason = getattr(error, "code", type(error).__name__)
                logger.warning("batch.paused", reason=reason, task="bulk")
                await asyncio.sleep(PAUSE_SECONDS)


async def _one_slice(core: Core, last: dict[str, Turn]) -> bool:
    """Work for whoever's turn it is; tells whether anything waited."""
    waiting = [Turn(row.tenant, row.batch_id) for row in core.reader.all(_PENDING)]
    if waiting:
        await work_on(core, next_turn(waiting, last).batch_id)
    return bool(waiting)


def next_turn(waiting: Sequence[Turn], last: dict[str, Turn]) -> Turn:
    """Choose the tenant after the one that was last, and of its batches the one after its last.

    `last` remembers: under a tenant its last turn, under "" the last of all. `waiting` is sorted.
    """
    before = last.get("", Turn("", "")).tenant
    tenant = next((turn.tenant for turn in waiting if turn.tenant > before), waiting[0].tenant)
    own = [turn for turn in waiting if turn.tenant == tenant]
    served = last.get(tenant, Turn(tenant, "")).batch_id
    turn = next((turn for turn in own if turn.batch_id > served), own[0])
    for name in [name for name in last if name and all(turn.tenant != name for turn in waiting)]:
        del last[name]
    last[tenant] = last[""] = turn
    return turn


async def work_on(core: Core, batch_id: str) -> None:
    """Do one slice for a batch: settle some of its rows, or delete some of an erased one."""
    row = core.reader.first(rows.FIND, {"id": batch_id})
    if row is None:
        return
    found = Found.of(row)
    if found.state == rows.ERASED:
        await core.writer.run(partial(retention.sweep, batch_id=batch_id))
        return
    key = found.key(core)
    values = {"id": batch_id, "after": found.settled, "most": SLICE}
    waiting = [Waiting.of(row) for row in core.reader.all(settling.WAITING, values)]
    reason, settled = _settled(core, found)
    if settled is None:
        outcomes = await core.pool.run(settling.refuse_all, key, waiting, reason)
    else:
        if settled.profile.status:
            waiting = await core.pool.run(settling.check_some, core, key, waiting, settled)
            profile = settled.profile
            waiting = await core.writer.run(
                lambda unit: settling.reserve(unit, core, found, profile, waiting)
            )
        outcomes = await core.pool.run(settling.sign_some, core, key, waiting, settled, SLICE_SECONDS)
    await core.writer.run(lambda unit: settling.store(unit, core, batch_id, outcomes))


def _settled(core: Core, found: Found) -> tuple[ApiError | problems.DomainError, issuers.Settled | None]:
    """What signs a batch's rows, looked up for each slice: a key that was removed signs no more.

    Or the reason for which none of them can be issued. What will pass is raised instead.
    """
    cancelled = ApiError("batch.cancelled", "the batch was cancelled before this row's turn came")
    if found.state == rows.CANCELLING:
        return cancelled, None
    caller = Caller(found.tenant, found.client_id, frozenset())
    try:
        return cancelled, issuers.settle(core, caller, issuers.read(found.profile, found.settings))
    except OurError as error:
        if problems.status_of(error) >= 500:
            raise
        return error, None
