"""Schemas: publish versions of them, read them, their contexts and their SD-JWT VC types."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.routes.common import Name, OnceKey, Service, answer, may
from api.routes.log import FOR_EVER
from api.routes.models import (
    CredentialAnswer,
    Json,
    SchemaAnswer,
    SchemaCredentialBody,
    SchemaListAnswer,
    SchemaStateBody,
    SchemaVersionsAnswer,
)
from api.services import schema_credentials, schemas
from api.services.core import Caller

router = APIRouter(route_class=StrictRoute, tags=["Credential schemas"])
Writing = Annotated[Caller, may("write:/schemas")]
Version = Annotated[str, Path(pattern="^v[1-9][0-9]{0,5}$", description="The version: v1, v2, …")]


@router.post(
    "/schemas/{name}",
    status_code=201,
    summary="Publish a schema",
    response_model=SchemaAnswer,
    responses={200: {"description": "The newest version already has these bytes", "model": SchemaAnswer}},
)
async def publish(
    name: Name, body: Json, request: Request, core: Service, caller: Writing, key: OnceKey
) -> Response:
    """Publish the next version of a JSON Schema (2020-12) for a credential; the body is the schema.

    Its bytes stand for ever as they were sent. A JSON-LD context and an SD-JWT VC type are made with it.
    `x-credential-type` names the credential's type, `"x-ordered": true` an array whose order matters.
    """
    content = request.scope["avow.body"]
    stored, fresh = await schemas.publish(core, caller, name, content, body, key)
    return answer(stored, 201 if fresh else 200, Location=f"/schemas/{name}/v{stored['version']}")


@router.get("/schemas", summary="List schemas", response_model=SchemaListAnswer)
async def listing(core: Service, caller: Annotated[Caller, may("read:/schemas")]) -> Response:
    """The versions that the caller's tenant published, and the bundled schemas."""
    return answer(schemas.listing(core, caller))


@router.get("/schemas/{name}", summary="List the versions of a schema", response_model=SchemaVersionsAnswer)
async def versions(name: Name, core: Service) -> Response:
    """Every version with its digest, its state, and what was made from it. Public."""
    return answer(schemas.versions(core, name))


@router.get("/schemas/{name}/{version}", summary="Read a schema", response_class=Response)
async def read(name: Name, version: Version, core: Service, request: Request) -> Response:
    """The bytes that were published; they never change. Public."""
    row = schemas.one(core, name, int(version[1:]))
    return _for_ever(request, row.content, "application/schema+json", row.digest.hex())


@router.put("/schemas/{name}/{version}", summary="Deprecate a schema", response_model=SchemaAnswer)
async def set_state(
    name: Name, version: Version, body: SchemaStateBody, core: Service, caller: Writing
) -> Response:
    """By a deprecated version nothing new is issued; what was issued by it goes on verifying."""
    return answer(await schemas.set_state(core, caller, name, int(version[1:]), body.state))


@router.post(
    "/schemas/{name}/{version}/credential",
    status_code=201,
    summary="Issue a schema credential",
    response_model=CredentialAnswer,
)
async def issue_credential(
    name: Name,
    version: Version,
    body: SchemaCredentialBody,
    core: Service,
    caller: Annotated[Caller, may("write:/credentials/issue")],
) -> Response:
    """Sign the schema as a JsonSchemaCredential by a profile, and publish that beside it."""
    return answer(await schema_credentials.issue(core, caller, name, int(version[1:]), body.profile), 201)


@router.get(
    "/schemas/{name}/{version}/credential", summary="Read a schema credential", response_class=Response
)
async def read_credential(name: Name, version: Version, core: Service) -> Response:
    """The newest credential that its publisher issued for the schema. Public."""
    content = schema_credentials.read(core, name, int(version[1:]))
    return Response(
        content,
        headers={"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"},
        media_type="application/vc",
    )


@router.get("/contexts/{name}/{version}", summary="Read a context", response_class=Response)
async def context(name: Name, version: Version, core: Service, request: Request) -> Response:
    """The JSON-LD context that was made from the schema of this name and version. Public."""
    row = schemas.one(core, name, int(version[1:]))
    if row.context is None:
        raise ApiError(
            "schema.no-context",
            "no context could be made from this schema",
            remedy="GET /schemas/{name} says why.",
        )
    return _for_ever(request, row.context, "application/ld+json", f"{row.digest.hex()}-context")


@router.get("/vct/{name}/{version}", summary="Read an SD-JWT VC type", response_class=Response)
async def vct(name: Name, version: Version, core: Service, request: Request) -> Response:
    """The type metadata that was made from the schema of this name and version. Public."""
    row = schemas.one(core, name, int(version[1:]))
    return _for_ever(request, row.vct, "application/json", f"{row.digest.hex()}-vct")


def _for_ever(request: Request, content: bytes, media_type: str, tag: str) -> Response:
    headers = {"Cache-Control": FOR_EVER, "Access-Control-Allow-Origin": "*", "ETag": f'"{tag}"'}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
