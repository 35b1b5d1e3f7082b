"""The API reference as a page, rendered from our own OpenAPI description.

The bundled Swagger UI (4.x) reads OpenAPI 3.0 only, ours is 3.1: so the page is made here, without script.
"""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "post", "put", "delete")


def groups(schema: Json) -> list[Json]:
    """The operations by tag, in the order in which they are declared."""
    found: dict[str, list[Json]] = {}
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["Other"])[0]
                found.setdefault(tag, []).append(_operation(schema, path, method, operation))
    return [
        {"name": name, "anchor": name.lower().replace(" ", "-"), "operations": operations}
        for name, operations in found.items()
    ]


def schemas(schema: Json) -> list[Json]:
    """The named schemas, each as indented JSON."""
    named = schema["components"]["schemas"]
    return [
        {"name": name, "description": _first_line(value), "text": json.dumps(value, indent=2)}
        for name, value in sorted(named.items())
    ]


def _operation(schema: Json, path: str, method: str, operation: Json) -> Json:
    security = operation.get("security", [])
    media, request = _request(schema, operation)
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "scopes": [scope for entry in security for scope in entry.get("client", [])],
        "basic": any("basic" in entry for entry in security),
        "parameters": [{"description": "", "required": False, **p} for p in operation.get("parameters", [])],
        "media": media,
        "request": request,
        "answers": [_answer(status, value) for status, value in operation["responses"].items()],
    }


def _request(schema: Json, operation: Json) -> tuple[str, str]:
    content: Json = operation.get("requestBody", {}).get("content", {})
    for media, value in content.items():
        found = value["schema"]
        name = found.get("$ref", "").rpartition("/")[2]
        return media, json.dumps(schema["components"]["schemas"].get(name, found), indent=2)
    return "", ""


def _answer(status: str, value: Json) -> Json:
    names = [
        media["schema"]["$ref"].rpartition("/")[2]
        for media in value.get("content", {}).values()
        if "$ref" in media.get("schema", {})
    ]
    return {"status": status, "description": value["description"], "schema": names[0] if names else ""}


def _first_line(value: Json) -> str:
    return str(value.get("description", "")).partition("\n")[0]
