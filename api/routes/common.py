"""What routes share: the service behind the request, the caller and its scopes, the Idempotency-Key."""

# Not `from __future__ import annotations`: FastAPI reads the annotations of routes.

from collections.abc import Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Header, Path, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes
from starlette.responses import Response
from starlette.types import Scope

from api.services import access, idempotency
from api.services.core import Caller, Core
from api.services.idempotency import Once

NAME_PATTERN: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
Name = Annotated[
    str, Path(pattern=NAME_PATTERN, description="Lower-case letters, digits and hyphens, at most 63")
]

_oauth = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/token", scopes=access.SCOPES)),
    scheme_name="client",
    description="Client credentials: POST /token with HTTP Basic, then send the token as Bearer.",
    auto_error=False,
)


async def _core(request: Request) -> Core:
    core: Core = request.app.state.core
    return core


async def _caller(
    request: Request,
    scopes: SecurityScopes,
    core: Annotated[Core, Depends(_core)],
    authorization: Annotated[str | None, Depends(_oauth)],
) -> Caller:
    """The caller, once its token holds every scope of the route."""
    return admitted(core, request.scope, authorization, scopes.scopes)


def admitted(core: Core, scope: Scope, authorization: str | None, scopes: Sequence[str]) -> Caller:
    """The caller, noted for the log, once its token holds these scopes. Codes `auth.*`."""
    caller = access.authenticate(core, authorization)
    scope["avow.tenant"] = caller.tenant
    scope["avow.client"] = caller.client_id
    for wanted in scopes:
        access.require(caller, wanted)
    return caller


async def _once(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Any text of your choosing: a repeat of the same request gets the first answer.",
        ),
    ] = None,
) -> Once | None:
    return idempotency.once(
        key, method=request.method, path=request.url.path, body=request.scope.get("avow.body", b"")
    )


Service = Annotated[Core, Depends(_core)]
OnceKey = Annotated[Once | None, Depends(_once)]


def may(*scopes: str) -> Any:  # noqa: ANN401  as the framework's Security
    """The dependency that lets in callers who hold `scopes`."""
    return Security(_caller, scopes=list(scopes))


def answer(content: object, status: int = 200, **headers: str) -> Response:
    """A JSON answer that nobody may keep."""
    return Response(
        orjson.dumps(content),
        status,
        headers={"Cache-Control": "no-store", **headers},
        media_type="application/json",
    )
