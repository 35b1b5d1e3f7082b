"""The log and its chain, public: checkpoint, tiles, policy, anchors, read-only JSON-RPC."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import Service, answer

router = APIRouter(route_class=StrictRoute, tags=["Log"])
TEXT = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600, immutable"
"""The bytes of a partial tile never change either, but nobody asks for them once the log has grown."""


@router.get("/log/checkpoint", summary="Read the newest checkpoint", response_class=Response)
async def checkpoint(core: Service) -> Response:
    """The newest signed note (C2SP tlog-checkpoint)."""
    return _text(core.registry.checkpoint())


@router.get("/log/tile/{path:path}", summary="Read a tile of the log", response_class=Response)
async def tile(path: str, core: Service) -> Response:
    """A tile (C2SP tlog-tiles): `LEVEL/INDEX` holds hashes of the tree, `entries/INDEX` a bundle of entries.

    256 of them, or fewer with `.p/WIDTH` at the end. Only what a signed checkpoint covers is served.
    """
    named, content = core.registry.tiles.serve(f"tile/{path}")
    return Response(
        content,
        headers={
            "Cache-Control": FOR_AN_HOUR if named.partial else FOR_EVER,
            "Access-Control-Allow-Origin": "*",
        },
        media_type="application/octet-stream",
    )


@router.get("/log/history/{scid}.jsonl", summary="Read a DID's history by its SCID", response_class=Response)
async def history(
    scid: Annotated[str, Path(max_length=64, description="The SCID, as it stands in the DID")], core: Service
) -> Response:
    """The did:webvh log of a DID, found by what the log names it by: for mirrors, and after a move.

    Up to the newest version that is durably logged.
    """
    found = core.documents.history(scid)
    if found is None:
        raise ApiError("did.unknown", "no DID with this SCID is logged here")
    return Response(
        found.text,
        headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"},
        media_type="text/jsonl; charset=utf-8",
    )


@router.get("/log/policy", summary="Read a policy for this log", response_class=Response)
async def policy(core: Service) -> Response:
    """A C2SP tlog-policy with the log's key: convenient, and no trust anchor when it comes from here."""
    return _text(core.registry.policy())


@router.get("/log/anchors", summary="Read where the log is anchored")
async def anchors(core: Service) -> Response:
    """Chain, contract and log id, the contract's head as this service reads it, and the newest anchors."""
    return answer(await core.registry.anchors())


@router.post(
    "/chain/rpc",
    summary="Ask the embedded chain",
    responses={200: {"description": "A JSON-RPC 2.0 answer"}},
)
async def rpc(
    core: Service, body: Annotated[dict[str, Any], Body(description="One JSON-RPC 2.0 request")]
) -> Response:
    """Read-only Ethereum JSON-RPC, of the seven methods that reading an anchored log takes.

    eth_chainId, eth_blockNumber, eth_getBlockByNumber, eth_getCode, eth_call, eth_getProof.
    """
    return answer(await core.registry.rpc(body))


def _text(content: str) -> Response:
    return Response(
        content, headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}, media_type=TEXT
    )
