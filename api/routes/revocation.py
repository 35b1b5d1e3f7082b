"""Revocation lists that holders prove against, and published parameters: public, and made to be kept."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import Service, answer, may
from api.services.core import Caller, Core
from api.services.revocation import changing, parameters
from api.services.revocation.places import ID_PATTERN
from api.services.revocation.serving import TTL_SECONDS
from api.services.revocation.summaries import summary_of

router = APIRouter(route_class=StrictRoute, tags=["Status"])
OCTETS: Final = "application/octet-stream"
FOR_EVER: Final = "public, max-age=31536000, immutable"
ListId = Annotated[str, Path(pattern=f"^{ID_PATTERN}$", description="The list's id, from its address")]
Epoch = Annotated[int, Path(ge=0, lt=2**53, description="The epoch, counted from the list's epochZero")]
IfNoneMatch = Annotated[str | None, Header(include_in_schema=False)]
SHAPES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Octets", "content": {OCTETS: {}}},
}


@router.get("/revocation/{list_id}", summary="Read the metadata of a revocation list")
async def metadata(list_id: ListId, core: Service, if_none_match: IfNoneMatch = None) -> Response:
    """The list's width, its clock of epochs and its gap key, signed by the issuer; public."""
    signed = core.revocations.signed(core, list_id)
    return _kept(
        signed.body,
        signed.etag,
        f"public, max-age={TTL_SECONDS}",
        if_none_match,
        media_type="application/json",
    )


@router.get("/revocation/{list_id}/epochs/{number}", summary="Read the gaps of an epoch", responses=SHAPES)
async def gaps(list_id: ListId, number: Epoch, core: Service, if_none_match: IfNoneMatch = None) -> Response:
    """The gap file of the present epoch or the one before, whole; public.

    The first request of an epoch makes it, which takes a second for some thousand revoked.
    """
    found = await core.revocations.epoch(core, list_id, number)
    return _kept(found.content, found.summary.file.hex(), _lasting(core, list_id), if_none_match)


@router.get("/revocation/{list_id}/epochs/{number}/summary", summary="Read what an epoch published")
async def summary(list_id: ListId, number: Epoch, core: Service) -> Response:
    """Counts, digests of the gap file and of each page, and the receipt that they were logged; public."""
    return answer(summary_of(core, await core.revocations.epoch(core, list_id, number), list_id))


@router.get(
    "/revocation/{list_id}/epochs/{number}/pages/{page}",
    summary="Read a page of the gaps of an epoch",
    responses=SHAPES,
)
async def gap_page(
    list_id: ListId,
    number: Epoch,
    page: Annotated[int, Path(ge=0, lt=1 << 16, description="The page, by the identifier's leading bits")],
    core: Service,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A page of at least 1,024 gaps, where an epoch has so many; its summary says how many pages it has."""
    found = await core.revocations.epoch(core, list_id, number)
    if page >= len(found.pages):
        raise ApiError(
            "revocation.page-unknown",
            f"the epoch has {len(found.pages)} pages, counted from 0",
            remedy="Read its summary: the leading bits of an identifier choose the page.",
        )
    return _kept(found.pages[page], found.summary.pages[page].hex(), _lasting(core, list_id), if_none_match)


@router.get("/revocation/{list_id}/identifiers/{identifier}", summary="Read who revoked an identifier")
async def identifier(
    list_id: ListId,
    identifier: Annotated[int, Path(ge=0, lt=1 << 32, description="The identifier, as kept from issuing")],
    core: Service,
    caller: Annotated[Caller, may("read:/credentials/status")],
) -> Response:
    """What an identifier says now, and every change of it: purpose, client, time."""
    return answer(changing.history(core, caller, list_id, identifier))


@router.get("/parameters/{digest}", summary="Read a published digit or set list", responses=SHAPES)
async def published(
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256, in hexadecimal")],
    core: Service,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The octets of a list by their digest; public."""
    content = parameters.read(core, bytes.fromhex(digest))
    return _kept(content, digest, FOR_EVER, if_none_match)


def _lasting(core: Core, list_id: str) -> str:
    """An epoch never changes; after two of them nobody asks for it."""
    seconds = core.revocations.find(list_id).metadata.epoch_seconds
    return f"public, max-age={2 * seconds}, immutable"


def _kept(
    body: bytes, etag: str, cache: str, if_none_match: str | None, *, media_type: str = OCTETS
) -> Response:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": cache, "ETag": f'"{etag}"'}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
