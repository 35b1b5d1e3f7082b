"""Bulk issuing: batches of a profile, their rows, progress and results."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response, StreamingResponse

from api.bulk import batches, results, rows
from api.bulk.batches import NewRow
from api.errors import ApiError
from api.middleware.bodies import LINES, StrictRoute
from api.routes.batch_models import (
    BatchAnswer,
    BatchesAnswer,
    BatchRowBody,
    ErasedBatchAnswer,
    NewBatch,
    RowsAnswer,
    RowsBody,
)
from api.routes.common import Name, OnceKey, Service, answer, may
from api.routes.models import IssueOptions
from api.services.core import Caller, Core

EVENT_STREAM: Final = "text/event-stream"
MAX_CURSOR: Final = 2**53 - 1
BatchId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{22}$", description="A batch, as its maker was told")]
Writing = Annotated[Caller, may("write:/credentials/issue")]
Reading = Annotated[Caller, may("read:/credentials/issue")]
BATCHES: Final = "/issuers/{profile}/batches"
BATCH: Final = BATCHES + "/{batch}"

router = APIRouter(route_class=StrictRoute, tags=["Bulk issuing"])


def _other(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """An answer that is not JSON, for the description."""
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}}


@router.post(
    BATCHES,
    status_code=201,
    summary="Make a batch",
    response_model=BatchAnswer,
    responses={200: {"description": "This Idempotency-Key made it before", "model": BatchAnswer}},
)
async def create(
    profile: Name,
    body: NewBatch,  # noqa: ARG001  an empty object: what a batch will say about itself goes here
    core: Service,
    caller: Writing,
    key: OnceKey,
) -> Response:
    """Make a batch under an Idempotency-Key, which it needs; the profile as it is now issues its rows."""
    made, fresh = await batches.create(core, caller, profile, key)
    return answer(made, 201 if fresh else 200)


@router.get(BATCHES, summary="List batches", response_model=BatchesAnswer)
async def listed(profile: Name, core: Service, caller: Reading) -> Response:
    """The batches of a profile that are kept, the newest first."""
    return answer(batches.listed(core, caller, profile))


@router.get(BATCH, summary="Read a batch's progress", response_model=BatchAnswer)
async def show(profile: Name, batch: BatchId, core: Service, caller: Reading) -> Response:
    """How many rows there are, wait, were issued and were refused."""
    return answer(batches.show(core, caller, profile, batch))


@router.post(
    BATCH + "/rows",
    summary="Add rows",
    response_model=RowsAnswer,
    openapi_extra={
        "requestBody": {
            "content": {LINES: {"schema": {"type": "string", "description": "One row a line, as in `rows`"}}}
        }
    },
)
async def append(profile: Name, batch: BatchId, body: RowsBody, core: Service, caller: Writing) -> Response:
    """Add rows to an open batch; they are durable when this answers. A row sent again gets what is there."""
    return answer(await batches.append(core, caller, profile, batch, [_row(row) for row in body.rows]))


@router.post(BATCH + "/close", summary="Close a batch", response_model=BatchAnswer)
async def close(profile: Name, batch: BatchId, body: NewBatch, core: Service, caller: Writing) -> Response:  # noqa: ARG001
    """Say that all rows are there. The batch is `done` when each has its result."""
    return answer(await batches.close(core, caller, profile, batch))


@router.post(BATCH + "/cancel", summary="Cancel a batch", response_model=BatchAnswer)
async def cancel(profile: Name, batch: BatchId, body: NewBatch, core: Service, caller: Writing) -> Response:  # noqa: ARG001
    """Issue no more of it: rows that wait are refused with `batch.cancelled`; results stay."""
    return answer(await batches.cancel(core, caller, profile, batch))


@router.delete(BATCH, summary="Erase a batch", response_model=ErasedBatchAnswer)
async def erase(profile: Name, batch: BatchId, core: Service, caller: Writing) -> Response:
    """Forget rows and results; they hold personal data. What was not issued yet never will be."""
    return answer(await batches.erase(core, caller, profile, batch))


@router.get(
    BATCH + "/results",
    summary="Read results",
    response_class=Response,
    responses=_other(LINES, "A result a line; `Link` with rel=next has the next page"),
)
async def page(
    profile: Name,
    batch: BatchId,
    core: Service,
    caller: Reading,
    after: Annotated[int, Query(ge=0, le=MAX_CURSOR, description="The last row that you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=results.PAGE)] = results.PAGE,
) -> Response:
    """Results in the order of rows: credentials, and refusals with code and pointer. Nothing is used up."""
    lines, following = await results.page(core, caller, profile, batch, after=after, most=limit)
    headers = {"Cache-Control": "no-store"}
    if following is not None:
        headers["Link"] = f'<results?after={following}&limit={limit}>; rel="next"'
    return Response(lines, headers=headers, media_type=LINES)


@router.get(
    BATCH + "/events",
    summary="Follow a batch",
    response_class=Response,
    responses=_other(EVENT_STREAM, "Server-sent events: `progress`, `refused`, `end`"),
)
async def events(
    profile: Name,
    batch: BatchId,
    core: Service,
    caller: Reading,
    after: Annotated[
        str | None, Header(alias="Last-Event-ID", description="Where a stream broke off")
    ] = None,
) -> Response:
    """Progress as it happens. A stream ends after seconds; come back with the last event's id."""
    rows.find(core, caller, profile, batch)
    cursor = _cursor(after)
    results.open_stream(core)
    stream = _closing(core, results.events(core, caller, profile, batch, after=cursor))
    return StreamingResponse(stream, headers={"Cache-Control": "no-store"}, media_type=EVENT_STREAM)


async def _closing(core: Core, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for piece in stream:
            yield piece
    finally:
        results.close_stream(core)


def _cursor(text: str | None) -> int:
    if text is None or text == "":
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_CURSOR)):
        raise ApiError(
            "batch.cursor",
            "a Last-Event-ID is the id of an event of this stream: a number",
            remedy="Send the last one that you got, or none.",
        )
    return min(int(text), MAX_CURSOR)


def _row(row: BatchRowBody) -> NewRow:
    options = row.options or IssueOptions()
    shown = options.mandatoryPointers
    return NewRow(row.key, row.credential, None if shown is None else tuple(shown), options.holder)
