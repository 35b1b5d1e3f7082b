"""HTTP/1.1 connections: uvicorn's, with the bounds that it leaves open and errors in our form.

Invariants:
- What is no body (request line, headers, chunk sizes, trailers) comes to at most `MAX_HEAD` bytes a request,
  and what one read brings beyond.
- A request's head arrives within `HEAD_SECONDS` of its first byte, the first of a connection within that of
  the connection.
- What cannot be parsed is answered with a problem, like any other error.

Not here: bodies (`api.middleware.bodies`), idle connections between requests (uvicorn's keep-alive).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api import problems

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

MAX_HEAD: Final = 65_536
"""Several times what any client sends; uvicorn's parser has no limit of its own."""
HEAD_SECONDS: Final = 20.0


class BoundedHeads(HttpToolsProtocol):
    """A connection whose requests have heads of bounded size and time."""

    _unclaimed = 0
    """Bytes since the last one that began or ended a request, or belonged to a body."""
    _moved = False
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what went into no body."""
        self._moved = False
        super().data_received(data)
        self._unclaimed = 0 if self._moved else self._unclaimed + len(data)
        if self._unclaimed > MAX_HEAD and not self.transport.is_closing():
            self._refuse(431, "request.head-too-large", f"the request's head is larger than {MAX_HEAD} bytes")
        elif not self._moved and self._late is None and self._idle:
            self._wait()  # empty lines ahead of a request end uvicorn's keep-alive, and begin nothing

    def on_message_begin(self) -> None:
        """Count and wait anew."""
        self._moved = True
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there: what follows has its own bounds."""
        self._moved = True
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Body bytes are counted elsewhere."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._moved = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        del msg
        self._stop_waiting()
        self._refuse(400, "request.malformed", "this is not a request of HTTP/1.1")

    @property
    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first head, whatever uvicorn says
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        if not self.transport.is_closing():
            self._refuse(
                408, "request.slow", f"the request's head took longer than {HEAD_SECONDS:.0f} seconds"
            )

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer and hang up; where an answer is under way already, only hang up."""
        if self._idle:
            problem = problems.body(code, status, detail, instance=f"urn:uuid:{uuid.uuid4()}")
            content = orjson.dumps(problem)
            head = (
                f"HTTP/1.1 {status} {problem['title']}\r\nContent-Type: {problems.MEDIA_TYPE}\r\n"
                f"Content-Length: {len(content)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + content)
        self.transport.close()
