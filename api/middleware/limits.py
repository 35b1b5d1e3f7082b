"""How much at once and how long: beyond either, 503 with `Retry-After` and a problem."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from api import problems
from api.errors import ApiError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Health and figures are given however much is going on: that is when they are needed."""


class Limits:
    """Bounds the requests in flight and the time each may take."""

    def __init__(self, app: ASGIApp, *, in_flight: int, seconds: float) -> None:
        self._app = app
        self._most = in_flight
        self._seconds = seconds
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._now >= self._most:
            busy = ApiError("service.busy", "too many requests at once", remedy="Try again in a second.")
            await self._refuse(busy, scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        self._now += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, watched)
        except TimeoutError:
            if started:
                raise
            late = ApiError("service.timeout", "the request took too long", remedy="Try again in a second.")
            await self._refuse(late, scope, receive, send)
        finally:
            self._now -= 1

    @staticmethod
    async def _refuse(error: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
        scope["avow.code"] = error.code
        await problems.from_error(error, scope["avow.instance"])(scope, receive, send)
