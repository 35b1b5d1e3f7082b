"""Start page, API reference, OpenAPI, and the style they use: all bundled, all public, no script."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import ApiError
from api.middleware.bodies import StrictRoute
from api.openapi import DESCRIPTION
from api.pages import reference, render
from api.routes.common import Service, answer

router = APIRouter(route_class=StrictRoute, include_in_schema=False)


@router.get("/")
async def start(request: Request, core: Service) -> Response:
    """What this is, where the log stands, and how to begin."""
    return render.page(
        "start.html",
        log=await core.registry.overview(),
        standing=core.standing.to_json(),
        **_frame(request),
    )


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The reference, made from our own OpenAPI description."""
    schema = request.app.openapi()
    return render.page(
        "docs.html",
        description=DESCRIPTION,
        groups=reference.groups(schema),
        schemas=reference.schemas(schema),
        **_frame(request),
    )


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The OpenAPI description."""
    return answer(request.app.openapi())


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """A bundled style or picture."""
    media_type = render.ASSETS.get(name)
    if media_type is None:
        raise ApiError("request.not-found", "There is nothing at this address.")
    return Response(render.asset(name), headers={"Cache-Control": "max-age=3600"}, media_type=media_type)


def _frame(request: Request) -> dict[str, Any]:
    settings = request.app.state.settings
    return {
        "version": request.app.version,
        "url": settings.public_url,
        "base": urlsplit(settings.public_url).path,
    }
