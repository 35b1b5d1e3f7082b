"""This service as a witness of other logs, public: cosigning their checkpoints, and its key."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import Service
from api.services import witnessing
from did.registry.witness import SizeConflictError

router = APIRouter(route_class=StrictRoute, tags=["Witness"])
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@router.post(
    "/witness/add-checkpoint",
    summary="Ask for a cosignature",
    response_class=Response,
    responses={
        200: {"description": "Signature lines", "content": {"text/plain": {}}},
        409: {
            "description": "The size to start from; or a problem: another root of that size",
            "content": {SIZE: {}, "application/problem+json": {}},
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/plain": {"schema": {"type": "string", "maxLength": 69632}}},
        }
    },
)
async def add_checkpoint(request: Request, core: Service) -> Response:
    """C2SP tlog-witness: a line `old SIZE`, the consistency proof in base64, an empty line, the checkpoint.

    Cosigned is what a log of AVOW_WITNESS_LOGS signed and what only extends the checkpoint cosigned last.
    The new one is durable before the answer leaves.
    """
    try:
        lines = await witnessing.add_checkpoint(core, request.scope["avow.body"])
    except SizeConflictError as conflict:
        request.scope["avow.code"] = conflict.code
        # The header is set as it stands: a charset would make it another type.
        return Response(f"{conflict.size}\n".encode(), 409, headers={"Content-Type": SIZE})
    return Response(lines, headers={"Cache-Control": "no-store"}, media_type=TEXT)


@router.get("/witness/key", summary="Read the key of this witness", response_class=Response)
async def key(core: Service) -> Response:
    """The vkey with which this service cosigns, for the `witness` lines of policies."""
    return Response(
        core.witness.cosigner.key.text + "\n",
        headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"},
        media_type=TEXT,
    )
