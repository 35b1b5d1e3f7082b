"""The outermost layer: request ids, security headers, a log line and a count, 500 for the unforeseen.

Invariants:
- The log line holds allow-listed fields only: the route's template and never the path, no header, no body.
  The figures hold less: method, template, status, time.
- An unforeseen exception becomes a problem without detail; its type and place are logged, not its message.
"""

from __future__ import annotations

import time
import traceback
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

from api import problems
from api.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.metrics import RequestTimes

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STRICT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For everything that is not a page; pages bring their own."""
TRANSPORT_SECURITY: Final = "max-age=31536000"


class Observe:
    """Gives each request an id and each answer its headers, and writes its log line."""

    def __init__(
        self, app: ASGIApp, *, public_url: str, random_bytes: Callable[[int], bytes], times: RequestTimes
    ) -> None:
        self._app = app
        self._times = times
        self._https = public_url.startswith("https:")
        self._prefix = urlsplit(public_url).path
        self._random_bytes = random_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._prefix and scope["path"].startswith(self._prefix + "/"):
            scope = _below(scope, self._prefix)
        request_id = str(uuid.UUID(bytes=self._random_bytes(16), version=4))
        scope["avow.instance"] = f"urn:uuid:{request_id}"
        begun = time.perf_counter()
        status = 500
        started = False

        async def dressed(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                self._dress(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception as error:  # noqa: BLE001  the last place where a request's failure can be answered
            scope["avow.code"] = "internal.error"
            logger.error(
                "request.failed", request_id=request_id, error=type(error).__name__, at=_place(error)
            )
            if not started:
                await problems.internal(scope["avow.instance"])(scope, receive, dressed)
        finally:
            seconds = time.perf_counter() - begun
            self._log(scope, status, request_id, seconds)
            self._times.observe(scope["method"], _template(scope), status, seconds)

    def _dress(self, headers: MutableHeaders, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", STRICT_POLICY)
        headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers.setdefault("Strict-Transport-Security", TRANSPORT_SECURITY)

    @staticmethod
    def _log(scope: Scope, status: int, request_id: str, seconds: float) -> None:
        logger.info(
            "request",
            method=scope["method"] if scope["method"].isalpha() else "?",
            route=_template(scope),
            status=status,
            code=scope.get("avow.code", ""),
            tenant=scope.get("avow.tenant", ""),
            client=scope.get("avow.client", ""),
            request_id=request_id,
            milliseconds=round(seconds * 1000, 2),
        )


def _template(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", "(none)")


def _below(scope: Scope, prefix: str) -> Scope:
    """The request as routes know it, where whoever stands in front of us left the public path in place."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return {**scope, "path": scope["path"][len(prefix) :], "raw_path": raw[len(prefix.encode()) :]}


def _place(error: BaseException) -> list[str]:
    """File, line and function of the innermost frames; never a message, it may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}:{frame.name}" for frame in frames]
