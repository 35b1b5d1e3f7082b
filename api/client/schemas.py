"""Schemas of a service, as the command line looks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from api.client.failures import RejectedError
from schemas import examples

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from did.types import JsonObject


def find_version(service: ServiceClient, name: str, version: int | None) -> JsonObject:
    """The newest version under a name, or the one that is wanted (`schema.not-found`)."""
    listed = service.get(f"/schemas/{quote(name, safe='')}").get("versions")
    found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    for item in reversed(found):
        if version in (None, item.get("version")):
            return item
    raise RejectedError(
        "schema.not-found", f"{name} has no version {version}", remedy=f"see `avow schema show {name}`"
    )


def address_of(service: ServiceClient, name: str) -> str:
    """Write out the name of a schema: a bundled one, else the newest version here; an address stays."""
    if ":" in name:
        return name
    if name in examples.NAMES:
        return f"https://avow.example/schemas/{name}/v1"
    return str(find_version(service, name, None).get("id"))


def refusal_of(text: str) -> dict[str, str]:
    """Why there is no context, from how it is stored; nothing where there is one."""
    found: dict[str, str] = json.loads(text) if text else {}
    return found
