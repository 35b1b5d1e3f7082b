"""Stands between a client and a real service, and lies about what it says. Loopback only."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Lie = Callable[[bytes], bytes]


class LyingProxy:
    """`lies[path]` turns the true answer for a path into what is served; `None` in its place is a 404."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.lies: dict[str, Lie | None] = {}
        self.url = ""

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        true = httpx.request(method, self.origin + path, content=body, headers=headers, timeout=30)
        if path not in self.lies:
            return true
        lie = self.lies[path]
        if lie is None:
            return httpx.Response(404)
        return httpx.Response(true.status_code, content=lie(true.content))

    @contextmanager
    def serving(self) -> Iterator[LyingProxy]:
        """Listen on a free port for as long as the block lasts."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._serve("GET")

            def do_POST(self) -> None:
                self._serve("POST")

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the parent's name
                """Say nothing."""

            def _serve(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                passed = {
                    name: self.headers[name]
                    for name in ("accept", "content-type", "authorization")
                    if name in self.headers
                }
                answer = proxy.answer(method, self.path, body, passed)
                self.send_response(answer.status_code)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
