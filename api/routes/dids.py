"""The registrar, and did.jsonl as other resolvers fetch it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import Name, OnceKey, Service, answer, may
from api.routes.models import DeactivateDid, DidAnswer, DidProgressAnswer, NewDid, UpdateDid
from api.services import hosted, registrar
from api.services.core import Caller
from api.services.registrar import Change
from did.keys import KeyType

router = APIRouter(route_class=StrictRoute, tags=["DIDs"])
Writing = Annotated[Caller, may("write:/dids")]


@router.post("/dids", status_code=201, summary="Create a DID", response_model=DidAnswer)
async def create(body: NewDid, core: Service, caller: Writing, key: OnceKey) -> Response:
    """Make a did:webvh under a name, with keys made and kept here, or from entries its controller signed.

    201 means that the entry and its leaf in the log are durable.
    """
    if body.entry is not None and body.keys is not None:
        raise ApiError("request.invalid", "keys and entry exclude each other")
    made = await registrar.create(core, caller, body.name, body.entry, key)
    return answer(made, 201, Location=f"{core.settings.public_url}/dids/{body.name}/did.jsonl")


@router.get("/dids", summary="List DIDs")
async def listed(core: Service, caller: Annotated[Caller, may("read:/dids")]) -> Response:
    """The DIDs of the caller's tenant."""
    return answer({"dids": hosted.listed(core, caller)})


@router.get("/dids/{name}", summary="Read how far a DID has got", response_model=DidProgressAnswer)
async def progress(name: Name, core: Service) -> Response:
    """Every version of a DID with its place in the log and its state; public, as its history is.

    `logged`, `sealed`, `anchored` or `final`. `/log/entries/{logIndex}` tells when and in which block.
    """
    return answer(hosted.progress(core, name))


@router.post("/dids/{name}/update", summary="Change a DID", response_model=DidAnswer)
async def update(name: Name, body: UpdateDid, core: Service, caller: Writing, key: OnceKey) -> Response:
    """Rotate all keys, remove or add some, replace the document, or append an entry signed by the controller.

    Rotation keeps the old public keys in the document, so that what they signed goes on verifying; a removed
    key dies at once.
    """
    keys = body.removeKeys is not None or body.addKeys is not None
    if sum((body.rotate is not None, keys, body.document is not None, body.entry is not None)) != 1:
        raise ApiError(
            "request.invalid",
            "a change is exactly one of rotate, removeKeys and addKeys, document, entry",
            remedy="Send the changes one after the other.",
        )
    wanted = Change(
        rotate=body.rotate is not None,
        remove=tuple(body.removeKeys or ()),
        add=tuple(KeyType(item.type) for item in body.addKeys or ()),
        document=body.document,
        entry=body.entry,
    )
    return answer(await registrar.change(core, caller, name, wanted, key))


@router.post("/dids/{name}/deactivate", summary="End a DID", response_model=DidAnswer)
async def deactivate(
    name: Name, body: DeactivateDid, core: Service, caller: Writing, key: OnceKey
) -> Response:
    """Deactivate a DID for ever; it stays resolvable as deactivated."""
    return answer(await registrar.deactivate(core, caller, name, body.entry, key))


@router.get("/dids/{name}/did.jsonl", summary="Read a DID's history", response_class=Response)
async def history(name: Name, core: Service) -> Response:
    """The did:webvh log: every version that is durably logged."""
    found = core.documents.named(name)
    if found is None:
        raise ApiError(
            "did.unknown",
            "there is no DID of that name here",
            remedy="Ask the service that hosts it: the DID names its host.",
        )
    return Response(
        found.text,
        headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"},
        media_type="text/jsonl; charset=utf-8",
    )
