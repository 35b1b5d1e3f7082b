"""Evidence: log digests, get receipts for them, erase what opens the leaves."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.models import (
    DigestText,
    ErasedAnswer,
    EvidenceAnswer,
    LoggedAnswer,
    LoggedBatchAnswer,
    NewEvidence,
)
from api.services import evidence
from api.services.core import Caller
from did.registry.states import RegistryState

router = APIRouter(route_class=StrictRoute, tags=["Evidence"])
Reading = Annotated[Caller, may("read:/evidence")]
Writing = Annotated[Caller, may("write:/evidence")]
Wanted = Annotated[
    Literal["sealed", "anchored", "final"],
    Query(description="The state that the receipt is to show, if it can"),
]
EvidenceId = Annotated[str, Path(min_length=1, max_length=64, description="The id that POST /evidence gave")]


@router.post(
    "/evidence", status_code=201, summary="Log digests", response_model=LoggedAnswer | LoggedBatchAnswer
)
async def log(body: NewEvidence, core: Service, caller: Writing, key: OnceKey) -> Response:
    """Log a SHA-256 digest, or up to 10,000 at once, so that their existence by now can be proven later.

    The log holds a commitment under a fresh salt, from which nobody can tell the digest. 201 means that leaf
    and record are durable; a batch is logged whole or not at all, in its order.
    """
    if body.digest is not None and body.digests is None:
        record = await evidence.log_one(core, caller, body.digest, key)
        return answer(record, 201, Location=f"/evidence/{record['id']}")
    if body.digests is not None and body.digest is None:
        return answer(await evidence.log_batch(core, caller, body.digests, key), 201)
    raise ApiError("request.invalid", "exactly one of digest and digests is expected")


@router.get("/evidence", summary="Find evidence", response_model=EvidenceAnswer)
async def find(
    core: Service,
    caller: Reading,
    digest: Annotated[DigestText, Query(description="The digest, as it was logged")],
    assurance: Wanted = "anchored",
) -> Response:
    """The first record that the caller's tenant logged of a digest; otherwise as by id."""
    return answer(evidence.by_digest(core, caller, digest, RegistryState(assurance)))


@router.get("/evidence/{evidence_id}", summary="Read evidence", response_model=EvidenceAnswer)
async def read(
    evidence_id: EvidenceId, core: Service, caller: Reading, assurance: Wanted = "anchored"
) -> Response:
    """How far the evidence has got (logged, sealed, cosigned, anchored, final) and, once sealed, its receipt.

    `receiptState` says what the receipt alone shows: with `assurance=final` it stands at the newest size that
    is final and holds the entry, else at the one that shows most.
    Whoever holds the receipt can verify it offline, and sees the salt. 410 once erased.
    """
    return answer(evidence.by_id(core, caller, evidence_id, RegistryState(assurance)))


@router.delete("/evidence/{evidence_id}", summary="Erase evidence", response_model=ErasedAnswer)
async def erase(evidence_id: EvidenceId, core: Service, caller: Writing) -> Response:
    """Delete salt and digest for ever: the leaf then says nothing.

    Receipts that were handed out before go on verifying.
    """
    return answer(await evidence.erase(core, caller, evidence_id))
