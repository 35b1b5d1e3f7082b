"""JSON-RPC over HTTP, against a server that misbehaves."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading

import pytest

from did.chain import ChainError
from did.chain.errors import RpcError
from did.chain.network import (
    HttpTransport,
    TransportLimits,
)


def refused(code):
    return pytest.raises(ChainError, check=lambda error: error.code == code)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as `answer(request)` says: status, body."""

    answer = None
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, body = type(self).answer(request)
        self.send_response(status)
        chunks = [body] if isinstance(body, bytes) else body
        if isinstance(body, bytes):
            self.send_header("content-length", str(len(body)))
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)

    def log_message(self, *_):
        pass


@pytest.fixture
def served():
    """Ask a server of the test's making one question."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Made", (Server,), {}))
    server.handle_error = lambda *_: None  # the client may hang up, that is what some tests are about
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def ask_it(answer, limits=None):
        server.RequestHandlerClass.answer = staticmethod(answer)

        async def scenario():
            url = f"http://127.0.0.1:{server.server_port}/key-of-a-provider"
            transport = HttpTransport(url, limits=limits or TransportLimits())
            try:
                return await transport.call("eth_chainId", [])
            finally:
                await transport.close()

        return asyncio.run(scenario())

    yield ask_it
    server.shutdown()
    thread.join()
    server.server_close()


def body(**members):
    return json.dumps({"jsonrpc": "2.0", "id": 1, **members}).encode()


def test_a_request_and_its_answer(served):
    seen = []

    def answer(request):
        seen.append(request)
        return 200, body(result="0x7a69")

    assert served(answer) == "0x7a69"
    assert seen == [{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}]
    assert served(lambda _: (200, body(result=None))) is None
    assert served(lambda _: (200, body(result="0x1", error=None))) == "0x1"


def test_an_error_object_is_an_error(served):
    error = {"code": 3, "message": "x" * 1000, "data": "0x08"}
    with pytest.raises(RpcError) as found:
        served(lambda _: (200, body(error=error)))
    assert (found.value.number, len(found.value.detail), found.value.data) == (3, 200, "0x08")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        body(),
        body(error=None),
        body(result="0x1", error={"code": 1, "message": "both"}),
        body(error="no object"),
        body(error={"code": "3", "message": "no"}),
        body(error={"code": 3}),
        body(result="0x1", extra=1),
        body(result="0x1").replace(b'"id": 1', b'"id": 2'),
        body(result="0x1").replace(b'"id": 1', b'"id": true'),
        body(result="0x1").replace(b'"id": 1', b'"id": "1"'),
        body(result="0x1").replace(b"2.0", b"1.0"),
        body(result="0x1")[:-1] + b', "result": "0x2"}',
        body(result="\ud800"),
        b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_a_malformed_answer_is_refused(served, content):
    with refused("chain.answer"):
        served(lambda _: (200, content))


def test_an_answer_has_a_largest_size(served):
    limits = TransportLimits(max_bytes=1000)
    assert served(lambda _: (200, body(result="a" * 900)), limits) == "a" * 900
    with refused("chain.answer"):
        served(lambda _: (200, body(result="a" * 1000)), limits)


def test_an_answer_without_an_end_is_cut_off(served):
    def answer(_):
        return 200, (b" " * 4096 for _ in range(10**9))

    with refused("chain.answer"):
        served(answer, TransportLimits(max_bytes=100_000, total_seconds=30))


@pytest.mark.parametrize("status", [302, 401, 429, 500])
def test_another_status_is_unavailable_and_the_address_stays_hidden(served, status):
    with refused("chain.unavailable") as found:
        served(lambda _: (status, body(result="0x1")))
    assert "key-of-a-provider" not in str(found.value)


def test_a_silent_node_is_unavailable_in_time(served):
    release = threading.Event()

    def answer(_):
        release.wait(5)
        return 200, body(result="0x1")

    for limits in (TransportLimits(silence_seconds=0.1), TransportLimits(total_seconds=0.1)):
        with refused("chain.unavailable"):
            served(answer, limits)
    release.set()


@pytest.mark.parametrize("url", ["", "node", "ws://node", "http://", "file:///etc", "http://a\nb"])
def test_an_address_of_another_kind_is_refused(url):
    with refused("chain.configuration"):
        HttpTransport(url)


def test_a_transport_shows_host_and_port_only():
    transport = HttpTransport("https://user:word@node.example:8545/v3/key")
    assert (repr(transport), transport.name) == ("HttpTransport('node.example:8545')", "node.example:8545")
