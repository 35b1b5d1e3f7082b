"""DID Resolution, HTTP binding (GET)."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import Service
from api.services import resolution

router = APIRouter(route_class=StrictRoute, tags=["DIDs"])
PREFIX = b"/1.0/identifiers/"


@router.get("/1.0/identifiers/{did:path}", summary="Resolve a DID", response_class=Response)
async def resolve(
    request: Request,
    did: str,
    core: Service,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    version_id: Annotated[str | None, Query(alias="versionId", description="Exactly this version")] = None,
    version_time: Annotated[
        str | None,
        Query(alias="versionTime", description="The version in force at that time (RFC 3339, UTC)"),
    ] = None,
    version_number: Annotated[
        str | None, Query(alias="versionNumber", description="The n-th version")
    ] = None,
    assurance: Annotated[
        str | None,
        Query(
            description="What the proof is to show, if it can: sealed, cosigned, anchored (default), final"
        ),
    ] = None,
) -> Response:
    """Document and metadata of a DID; `didResolutionMetadata` holds its state and the registry's evidence.

    A DID URL is dereferenced: a fragment gives that part of the document, a service a redirect (303).
    `proofState` says what the proof alone shows: with `assurance=final` it stands at the newest size that is
    final and holds the newest version, else at the one that shows most.
    Send the DID percent-encoded where options follow. `Accept: application/did` gives the bare document.
    Errors are DID Resolution's own: 400, 404, 406, 410 (deactivated), 501.
    """
    del (
        did,
        version_id,
        version_time,
        version_number,
        assurance,
    )  # declared for the description; read as they were sent
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    text = resolution.did_of(raw.partition(b"?")[0], PREFIX)
    found = await resolution.resolve(core, text, request.query_params.multi_items(), accept)
    request.scope["avow.code"] = found.code
    return Response(
        b"" if found.location else orjson.dumps(found.body),
        found.status,
        headers={
            **({"Location": found.location} if found.location else {}),
            "Cache-Control": "no-cache",
            "Access-Control-Allow-Origin": "*",
            "Vary": "Accept",
        },
        media_type=found.media_type,
    )
