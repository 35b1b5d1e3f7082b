"""The OpenAPI description, made true: our problems instead of the framework's, and what is public said so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from api import problems
from api.routes.models import Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

DESCRIPTION: Final = (
    "Issuers sign credentials, holders prove parts of them, relying parties verify, and every DID's history "
    "stands in an append-only log whose root a contract checks. Errors are problem details (RFC 9457) with a "
    "stable `code`, what went wrong, and a `remedy`."
)
METHODS: Final = frozenset({"get", "post", "put", "delete", "patch"})


def install(app: FastAPI) -> None:
    """Let `app.openapi()` give the corrected description, computed once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        openapi_version="3.1.0",
    )
    components: dict[str, Any] = schema.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    components.setdefault("securitySchemes", {})["basic"] = {"type": "http", "scheme": "basic"}
    for path in schema["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                _correct(operation)
    return schema


def _correct(operation: dict[str, Any]) -> None:
    """Replace the framework's 422 by the problems that really come."""
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses.setdefault("4XX", {"description": "Refused; `code` says why", "content": content})
    responses.setdefault("5XX", {"description": "Not now, or a fault of ours", "content": content})
