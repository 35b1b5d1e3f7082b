"""The requests and answers of batches, as pydantic models; unknown members are refused."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from api.routes.models import Body, IssueOptions, Json, Text

MAX_CHUNK: Final = 1_000
"""Rows in one request: about a hundredth of a second in the writer, which others wait for."""

RowState = Literal["pending", "issued", "refused"]
BatchState = Literal["open", "closed", "done", "cancelling", "cancelled", "erased"]


class NewBatch(Body):
    """A batch to make; it has no members yet: the profile is in the path, the key in Idempotency-Key."""


class BatchAnswer(BaseModel):
    """A batch and how far it has got: `rows` are `pending`, `issued` and `refused`. Times are in seconds."""

    batch: str
    profile: str
    state: BatchState
    rows: int
    pending: int
    issued: int
    refused: int
    created: int
    expires: int


class BatchesAnswer(BaseModel):
    """The batches of a profile that are kept, the newest first."""

    batches: list[BatchAnswer]


class BatchRowBody(Body):
    """One row: your own key for it, and what `credentials/issue` takes."""

    key: Text
    credential: Json
    options: IssueOptions | None = None


class RowsBody(Body):
    """Rows to add, at most a thousand; as `application/x-ndjson` each line is one of them."""

    rows: Annotated[list[BatchRowBody], Field(min_length=1, max_length=MAX_CHUNK)]


class RowAnswer(BaseModel):
    """A row that is durable, with its number in the batch."""

    key: str
    row: int
    state: RowState


class RowsAnswer(BaseModel):
    """What became of the rows of a request, in its order; `added` of them were not there before."""

    added: int
    rows: list[RowAnswer]


class ErasedBatchAnswer(BaseModel):
    """A batch that can be read no more."""

    batch: str
    state: Literal["erased"]
