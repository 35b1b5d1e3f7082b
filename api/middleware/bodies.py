"""Request bodies: counted as they arrive, of one media type, and decoded by the one strict JSON decoder.

Invariants:
- No body larger than 1 MiB is ever held; the count is of bytes received, whatever the header says.
- A route sees a JSON body only after `did.jsontext` accepted it, and sees the value that it gave.
- Lines of JSON (`application/x-ndjson`), on paths that end with `LISTED`, are each decoded strictly and reach
  the route as the object with the one list that they stand for.
- Routes under `forms` take `application/x-www-form-urlencoded` and nothing else; those under `texts` take
  text of a format of their own, whatever it calls itself, and decode it themselves; those under `signed` take
  the media types named there beside JSON; the others JSON.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request
from fastapi.routing import APIRoute

from api import problems
from api.errors import ApiError
from did import jsontext
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY: Final = 1 << 20
"""Bytes of a request: an order of magnitude above the largest presentation that limits allow."""
BODY_SECONDS: Final = 10.0
"""A client that needs longer to send 1 MiB is a slow-body attack."""
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
LISTED: Final = "/rows"
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class StrictBodies:
    """Reads, bounds and decodes the body before any route does."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        forms: frozenset[str],
        texts: frozenset[str],
        signed: Mapping[str, frozenset[str]],
    ) -> None:
        self._app = app
        self._signed = signed
        self._forms = forms
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
            if scope["method"] in WITH_BODY and scope["path"] not in self._texts:
                self._decode(scope, body)
        except (ApiError, DidError) as error:
            scope["avow.code"] = error.code
            await problems.from_error(error, scope["avow.instance"])(scope, receive, send)
            return
        scope["avow.body"] = body
        await self._app(scope, _replay(body, receive), send)

    def _decode(self, scope: Scope, body: bytes) -> None:
        wanted = FORM if scope["path"] in self._forms else JSON
        found = _media_type(scope)
        if found in self._signed.get(scope["path"], ()):
            scope["avow.signed"] = found
            return
        if found == LINES and scope["path"].endswith(LISTED):
            scope["avow.json"] = {LISTED[1:]: _lines(body)}
            scope["headers"] = [*_without_type(scope), (b"content-type", JSON.encode())]
            return
        if found != wanted:
            raise ApiError(
                "request.media-type",
                f"the body must be {wanted} in UTF-8",
                remedy=f"Send Content-Type: {wanted}.",
                clause="RFC 9110 section 15.5.16",
            )
        if wanted != FORM:
            scope["avow.json"] = jsontext.parse(body, max_bytes=MAX_BODY)


def _lines(body: bytes) -> list[Any]:
    """Decode one JSON value a line; a last line without its end is a line too (`json.*` names the line)."""
    lines = body.removesuffix(b"\n").split(b"\n") if body else []
    decoded = []
    for number, line in enumerate(lines, 1):
        try:
            decoded.append(jsontext.parse(line, max_bytes=MAX_BODY))
        except DidError as error:
            raise DidError(
                error.code, f"line {number}: {error.detail}", remedy=error.remedy, clause=error.clause
            ) from None
    return decoded


def _without_type(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in scope["headers"] if name != b"content-type"]


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    break
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > MAX_BODY:
                    raise ApiError(
                        "request.too-large",
                        f"the body is larger than {MAX_BODY} bytes",
                        remedy="Send less at once.",
                    )
                chunks.append(chunk)
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise ApiError("request.slow", f"the body did not arrive within {BODY_SECONDS:.0f} seconds") from None
    return b"".join(chunks)


def _media_type(scope: Scope) -> str:
    """The media type in lower case, or nothing where there is none, two, or another charset than UTF-8."""
    values = [bytes(value).decode("latin-1") for name, value in scope["headers"] if name == b"content-type"]
    if len(values) != 1:
        return ""
    media_type, *parameters = values[0].split(";")
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset" and value.strip('" ').lower() != "utf-8":
            return ""
    return media_type.strip().lower()


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _StrictRequest(Request):
    """A request whose JSON is what the strict decoder gave."""

    async def json(self) -> Any:  # noqa: ANN401  as the framework has it
        return self.scope["avow.json"]


class StrictRoute(APIRoute):
    """The class of all our routes: it never decodes JSON a second time."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Hand the route a request with the decoded body."""
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return await original(_StrictRequest(request.scope, request.receive))

        return handler
