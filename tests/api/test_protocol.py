"""What arrives on the socket before any route: bounded, timed, and answered in our form."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket

import pytest
import uvicorn

from api import protocol, server

from .conftest import world

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def served(data):
    """The application behind a socket of its own; gives the port."""
    async with world(data) as avow:
        listener = socket.create_server(("127.0.0.1", 0))
        running = uvicorn.Server(server._configuration(avow.app))
        running.capture_signals = contextlib.nullcontext
        task = asyncio.create_task(running.serve(sockets=[listener]))
        try:
            for _ in range(1000):
                if running.started:
                    break
                await asyncio.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            running.should_exit = True
            await task


async def said(port, *parts):
    """What the service says to these bytes until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


def problem(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    found = json.loads(body)
    assert int(head.split()[1]) == found["status"]
    return found["status"], found["code"]


HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
ENDLESS = {
    "url": (b"GET /",),
    "header": (HEAD + b"X: ",),
    "headers": (HEAD,),
    "trailers": (
        b"POST /chain/rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
    ),
    "chunk extension": (
        b"POST /chain/rpc HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2;a=",
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_a_head_without_end_is_cut_off(tmp_path, kind):
    """Each of these took memory for as long as the client went on."""
    line = b"h: x\r\n" * 10_000 if kind in {"headers", "trailers"} else b"a" * 60_000
    async with served(tmp_path) as port:
        taken: list[int] = []
        real = protocol.BoundedHeads.data_received

        def counted(self, data):
            taken.append(len(data))
            real(self, data)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(protocol.BoundedHeads, "data_received", counted)
            answer = await said(port, *ENDLESS[kind], *([line] * 200))
        assert sum(taken) < 2_000_000
        if answer and kind in {"url", "header", "headers"}:  # a hang-up may overtake the answer
            assert problem(answer) == (431, "request.head-too-large")


async def test_a_head_that_drips_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    async with served(tmp_path) as port:
        assert problem(await said(port, b"GET /livez HT")) == (408, "request.slow")
        assert problem(await said(port)) == (408, "request.slow")
        # An empty line between requests ends uvicorn's own patience.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"\r\n")
        assert (await reader.readuntil(b'"ok"}')).startswith(b"HTTP/1.1 200")
        writer.write(b"\r\n")
        assert problem(await asyncio.wait_for(reader.read(), 30)) == (408, "request.slow")
        writer.close()


async def test_what_is_not_http_gets_a_problem(tmp_path):
    async with served(tmp_path) as port:
        for line in (b"\x00\x01\r\n\r\n", b"POST /dids HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            assert problem(await said(port, line)) == (400, "request.malformed")


async def test_a_head_and_a_body_of_fair_size_pass(tmp_path):
    body = b" " * 900_000 + b"{}"
    async with served(tmp_path) as port:
        answer = await said(
            port,
            b"POST /chain/rpc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: "
            + b"a" * 30_000
            + b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body),
            body,
        )
        assert answer.startswith(b"HTTP/1.1 404")  # this chain has no RPC: the request arrived
