"""Dereferencing of DID URLs as values: W3C DID Resolution (draft of July 2026), section on dereferencing.

Invariants: nothing is followed or fetched, so there are no cycles; what a service and a path are joined to
cannot leave the endpoint (no `..` however it is spelt, no other authority, no query).

Errors: `resolution.not-found`, `resolution.options`, `resolution.feature`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from did.errors import DidError

if TYPE_CHECKING:
    from did.identifiers import Did, DidUrl
    from did.types import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class Dereferenced:
    """What a DID URL stands for: a JSON value of the document, or the URL of a service to go to."""

    content: JsonValue
    location: str | None = None


def dereference(url: DidUrl, document: JsonObject) -> Dereferenced:
    """Dereference a DID URL against the resolved document of its DID; version options are used up before.

    A fragment gives the object of that id; `service` (with `relativeRef`), or a path, gives a location.
    """
    if document.get("id") != url.did.text:
        raise DidError("resolution.not-found", "the document is not that of the DID URL")
    parameters = url.parameters()
    if url.path:
        name = "whois" if url.path == "/whois" else "files"
        rest = "" if name == "whois" else url.path
        return Dereferenced(None, _joined(_endpoint(document, url.did, name), rest))
    if "service" in parameters:
        endpoint = _endpoint(document, url.did, parameters["service"])
        return Dereferenced(None, _joined(endpoint, parameters.get("relativeRef", "")))
    if "relativeRef" in parameters:
        raise DidError("resolution.options", "relativeRef needs a service")
    if url.fragment is not None:
        return Dereferenced(_member(document, url.did, url.fragment))
    return Dereferenced(document)


def _member(document: JsonObject, did: Did, fragment: str) -> JsonObject:
    wanted = (f"#{fragment}", f"{did.text}#{fragment}")
    for value in document.values():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict) and item.get("id") in wanted:
                return item
    raise DidError("resolution.not-found", f"the document has nothing with the fragment {fragment[:64]!r}")


def _endpoint(document: JsonObject, did: Did, name: str) -> str:
    services = document.get("service")
    wanted = (f"#{name}", f"{did.text}#{name}")
    for item in services if isinstance(services, list) else ():
        if isinstance(item, dict) and item.get("id") in wanted:
            endpoint = item.get("serviceEndpoint")
            if isinstance(endpoint, str):
                return endpoint
            raise DidError("resolution.feature", "the service's endpoint is no single URL")
    raise DidError("resolution.not-found", f"the document has no service {name[:64]!r}")


def _joined(endpoint: str, relative: str) -> str:
    if not relative:
        return endpoint
    decoded = unquote(unquote(relative))
    climbs = any(segment in {".", ".."} for segment in decoded.replace("\\", "/").split("/"))
    if not relative.startswith("/") or decoded.startswith("//") or climbs or "\\" in decoded:
        raise DidError("resolution.options", "a relative reference begins with one slash and does not climb")
    controls = any(char < " " or char == "\x7f" for char in decoded)
    if controls or any(char <= " " or char in "?#" for char in endpoint + relative):
        raise DidError("resolution.options", "endpoint and reference are plain paths without query or space")
    return endpoint.rstrip("/") + relative
