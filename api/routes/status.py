"""Status of issued credentials: setting it, reading its history, and the public lists."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.models import StatusAnswer, StatusBody
from api.services.core import Caller, Core
from api.services.revocation import changing as by_identifier
from api.services.status import changing
from api.services.status.lists import TTL_SECONDS
from api.services.status.places import Place
from credentials.status.references import REVOCATION, SUSPENSION
from credentials.status.sources import Kind

router = APIRouter(route_class=StrictRoute, tags=["Status"])
ListId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{22}$", description="The list's id, from its address")]
Accept = Annotated[str | None, Header(include_in_schema=False)]
Past = Annotated[str | None, Query(include_in_schema=False)]
SHAPES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A signed list: `application/vc`, or a token where that is asked for",
        "content": {kind.value: {} for kind in Kind},
    }
}


@router.post("/credentials/status", summary="Revoke or suspend a credential", response_model=StatusAnswer)
async def change(
    body: StatusBody, core: Service, caller: Annotated[Caller, may("write:/credentials/status")], key: OnceKey
) -> Response:
    """Set the status of a credential, or lift it (`status: false`): every form of it has the same one.

    By the credential's own `credentialStatus`, or by the id that it was issued with. A revocation is final.
    Where the holder proves non-revocation, by `{"list": URL, "identifier": n}` as kept from issuing.
    """
    entry = body.credentialStatus
    if entry is not None and body.credentialId is None and by_identifier.is_meant(entry):
        named = by_identifier.wanted(core, entry=entry, value=body.status)
        return answer(await by_identifier.change(core, caller, named, key))
    asked = changing.wanted(
        core, credential_id=body.credentialId, entry=body.credentialStatus, value=body.status
    )
    return answer(await changing.change(core, caller, asked, key))


@router.get("/status-lists/{list_id}/entries/{index}", summary="Read who changed a status")
async def entry(
    list_id: ListId,
    index: Annotated[int, Path(ge=0, lt=2**53, description="statusListIndex")],
    core: Service,
    caller: Annotated[Caller, may("read:/credentials/status")],
) -> Response:
    """What an entry says now, and every change of it: purpose, client, time."""
    return answer(changing.history(core, caller, list_id, index))


@router.get("/status-lists/{list_id}", summary="Read a status list", responses=SHAPES)
async def revocations(
    list_id: ListId,
    core: Service,
    accept: Accept = None,
    accept_encoding: Accept = None,
    if_none_match: Accept = None,
    time: Past = None,
    timestamp: Past = None,
) -> Response:
    """The revocations of a list as a signed credential (Bitstring Status List 1.0); public.

    With `Accept: application/statuslist+jwt`, every purpose as a signed token (Token Status List).
    """
    if time is not None or timestamp is not None:
        raise ApiError(
            "status.historical",
            "only the present status is served here",
            remedy="Ask without a time.",
            clause="Token Status List, 8.4",
        )
    return await _list(core, Place(list_id, REVOCATION), _kind(accept), accept_encoding, if_none_match)


@router.get("/status-lists/{list_id}/suspension", summary="Read a list of suspensions", responses=SHAPES)
async def suspensions(
    list_id: ListId, core: Service, accept_encoding: Accept = None, if_none_match: Accept = None
) -> Response:
    """The suspensions of a list as a signed credential; public."""
    place = Place(list_id, SUSPENSION)
    return await _list(core, place, Kind.BITSTRING, accept_encoding, if_none_match)


async def _list(
    core: Core, place: Place, kind: Kind, accept_encoding: str | None, if_none_match: str | None
) -> Response:
    served = await core.statuses.serve(core, place, kind)
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": f"public, max-age={TTL_SECONDS}",
        "ETag": f'"{served.etag}"',
        "Vary": "Accept, Accept-Encoding",
    }
    if if_none_match is not None and served.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    body = served.body
    if "gzip" in (accept_encoding or ""):
        body, headers["Content-Encoding"] = served.compressed, "gzip"
    return Response(body, headers=headers, media_type=served.media_type)


def _kind(accept: str | None) -> Kind:
    """The first kind that is accepted (RFC 9110 section 12.5.1, without weights)."""
    wanted = [part.partition(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    for name in wanted:
        if name == Kind.TOKEN.value:
            return Kind.TOKEN
        if name in {Kind.BITSTRING.value, "application/json", "application/ld+json", "application/*", "*/*"}:
            return Kind.BITSTRING
    raise ApiError(
        "request.not-acceptable",
        f"a list is served as {' or '.join(kind.value for kind in Kind)}",
        remedy="Name one of these in Accept.",
    )
