"""What a batch gave: pages of results, and a stream of its progress (server-sent events).

Both have a cursor, the number of a row: results and events after it follow from the rows themselves, so a
client that comes back after a break, or after a restart of the service, misses nothing.

The events: `progress` (how far the batch is; at once, then whenever it got further), `refused` (a row, with
code and pointer; never left out, and replayed from the cursor on), `end`. An event's id is a row's number.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import bindparam, select
from sqlmodel import col

from api.bulk import rows, settling
from api.bulk.sealing import RESULT
from api.bulk.settling import Waiting
from api.errors import ApiError
from api.store.tables import BatchRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from api.bulk.rows import Found
    from api.bulk.sealing import BatchKey
    from api.services.core import Caller, Core
    from api.services.idempotency import Json

PAGE: Final = 1_000
PAGE_BYTES: Final = 4 * 1024 * 1024
"""A page ends with the row that goes beyond."""
LOOK_SECONDS: Final = 0.2
"""Between two looks of a stream: one read by primary key."""
STREAM_SECONDS: Final = 10.0
"""A stream ends then, and its client comes back with its cursor: so none outlasts a request's time or
holds up the end of the service for long."""
STREAMS: Final = 64
RETRY_MS: Final = 200

_SETTLED: Final = (
    select(*settling.WAITING.selected_columns)
    .where(
        col(BatchRow.batch_id) == bindparam("id"),
        col(BatchRow.number) > bindparam("after"),
        col(BatchRow.number) <= bindparam("until"),
    )
    .order_by(col(BatchRow.number))
    .limit(bindparam("most"))
)
_REFUSED: Final = _SETTLED.where(col(BatchRow.state) == rows.REFUSED_ROW)


async def page(
    core: Core, caller: Caller, profile: str, batch_id: str, *, after: int, most: int
) -> tuple[bytes, int | None]:
    """Results after a cursor, one JSON object a line, and the next cursor if more will be there."""
    found = rows.find(core, caller, profile, batch_id)
    values = {"id": batch_id, "after": after, "until": found.settled, "most": min(most, PAGE)}
    stored = [Waiting.of(row) for row in core.reader.all(_SETTLED, values)]
    lines = await core.pool.run(_open, found.key(core), stored)
    reached = after + len(lines)
    more = reached < found.settled or not found.ended
    return b"".join(line + b"\n" for line in lines), reached if more else None


async def events(
    core: Core, caller: Caller, profile: str, batch_id: str, *, after: int
) -> AsyncIterator[bytes]:
    """The stream of a batch that was found, from a cursor on."""
    end = core.system.monotonic() + min(STREAM_SECONDS, core.settings.request_seconds / 2)
    yield b"retry: %d\n\n" % RETRY_MS
    last: Json = {}
    while True:
        try:
            found = rows.find(core, caller, profile, batch_id)
        except ApiError as error:
            yield _event("end", after, {"batch": batch_id, "state": rows.ERASED, "code": error.code})
            return
        told = found.to_json()
        if told != last:
            try:
                async for number, line in _refusals(core, found, after):
                    yield _event("refused", number, orjson.loads(line))
            except ApiError:  # no room for work just now, or erased: its client comes back
                return
            after = max(after, found.settled)
            yield _event("end" if found.ended else "progress", after, told)
            last = told
        if found.ended or core.system.monotonic() >= end:
            return
        await asyncio.sleep(LOOK_SECONDS)


def open_stream(core: Core) -> None:
    """Count a stream (`service.busy`); `close_stream` when it ends."""
    if core.bulk.streams >= STREAMS:
        raise ApiError("service.busy", "too many event streams are open", remedy="Try again in a second.")
    core.bulk.streams += 1


def close_stream(core: Core) -> None:
    """Count it no more."""
    core.bulk.streams -= 1


async def _refusals(core: Core, found: Found, after: int) -> AsyncIterator[tuple[int, bytes]]:
    while True:
        values = {"id": found.batch_id, "after": after, "until": found.settled, "most": PAGE}
        stored = [Waiting.of(row) for row in core.reader.all(_REFUSED, values)]
        if not stored:
            return
        lines = await core.pool.run(_open, found.key(core), stored)
        for row, line in zip(stored, lines, strict=False):
            yield row.number, line
            after = row.number


def _open(key: BatchKey, stored: Sequence[Waiting]) -> list[bytes]:
    lines: list[bytes] = []
    size = 0
    for row in stored:
        lines.append(key.open(row.digest, RESULT, row.sealed))
        size += len(lines[-1])
        if size >= PAGE_BYTES:
            break
    return lines


def _event(name: str, number: int, content: Json) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), number, orjson.dumps(content))
