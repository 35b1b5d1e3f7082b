"""What a fetch does on the wire: one connection to the checked address, under the name, all of it bounded."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from api.egress import EgressClient, Limits, Origin
from api.errors import ApiError
from tests.support.tls_files import contexts, serving

pytestmark = pytest.mark.anyio
NAME = "files.example"
JSON = {"application/json"}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@asynccontextmanager
async def world(tmp_path, *, name=NAME, addresses=("127.0.0.1",), **limits):
    """A server with a certificate for `name`, and a client that finds NAME on loopback and was allowed to."""
    server, trusting = contexts(tmp_path, name)
    looked_up = []

    async def lookup(host, port):
        looked_up.append((host, port))
        return list(addresses)

    async with serving(server) as files:
        clock = Clock()
        egress = EgressClient(
            monotonic=clock,
            resolver=lookup,
            unsafe_origins={Origin.parse(f"https://{NAME}:{files.port}")},
            limits=Limits(**{"total_seconds": 2.0, "connect_seconds": 1.0, **limits}),
            ssl_context=trusting,
        )
        egress.base, egress.looked_up, egress.clock = f"https://{NAME}:{files.port}", looked_up, clock
        try:
            yield egress, files
        finally:
            await egress.close()


async def fetch(egress, path, *, media_types=JSON, max_bytes=1000):
    return await egress.fetch(egress.base + path, media_types=media_types, max_bytes=max_bytes)


async def code(egress, path, **options):
    with pytest.raises(ApiError) as caught:
        await fetch(egress, path, **options)
    return caught.value.code


async def test_the_name_is_asked_for_at_the_address_that_was_found(tmp_path):
    async with world(tmp_path) as (egress, files):
        files.put("/a?b=c%20d", b"{}", "Application/JSON; charset=utf-8")
        found = await fetch(egress, "/a?b=c%20d")
        assert (found.content, found.media_type) == (b"{}", "application/json")
        assert egress.looked_up == [(NAME, files.port)]
        [request] = files.asked
        head = dict(line.split(": ", 1) for line in request.split("\r\n")[1:] if line)
        assert head["host"] == f"{NAME}:{files.port}"
        assert (head["accept"], head["accept-encoding"]) == ("application/json", "identity")
        assert head["connection"] == "close"
        assert "cookie" not in head


async def test_a_certificate_for_another_name_is_refused(tmp_path):
    async with world(tmp_path, name="other.example") as (egress, files):
        files.put("/a", b"{}")
        assert await code(egress, "/a") == "egress.unreachable"
        assert files.asked == []


async def test_certificates_are_verified_where_nobody_says_how(tmp_path):
    async with world(tmp_path) as (egress, files):
        files.put("/a", b"{}")
        egress._ssl_context = None
        assert await code(egress, "/a") == "egress.unreachable"
        assert files.asked == []


async def test_closing_closes_what_was_opened(tmp_path):
    async with world(tmp_path) as (egress, files):
        files.put("/a", b"{}")
        await fetch(egress, "/a")
        opened = egress._http
    assert opened.is_closed


async def test_the_freed_origin_is_exactly_that_one(tmp_path):
    async with world(tmp_path) as (egress, files):
        files.put("/a", b"{}")
        for url in (f"https://other.example:{files.port}/a", f"https://{NAME}:{files.port + 1}/a"):
            with pytest.raises(ApiError) as caught:
                await egress.fetch(url, media_types=JSON, max_bytes=1000)
            assert caught.value.code == "egress.address"
        assert files.asked == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 301 Moved\r\nlocation: https://files.example/b\r\n\r\n", "egress.redirect"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\n\r\n", "egress.redirect"),
        (b"HTTP/1.1 307 Temporary\r\nlocation: //127.0.0.1/\r\n\r\n", "egress.redirect"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "egress.redirect"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "egress.not-found"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", "egress.not-found"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", "egress.status"),
        (b"HTTP/1.1 204 None\r\n\r\n", "egress.status"),
        (b"HTTP/1.1 206 Part\r\ncontent-type: application/json\r\n\r\n{}", "egress.status"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "egress.media-type"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n{}", "egress.media-type"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b",
            "egress.encoding",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{}",
            "egress.unreachable",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 30000 + b"\r\n", "egress.unreachable"),
        (b"no answer at all", "egress.unreachable"),
        (b"", "egress.unreachable"),
    ],
)
async def test_what_comes_back_is_no_answer(tmp_path, answer, found):
    async with world(tmp_path) as (egress, files):
        files.answers["/a"] = answer
        assert await code(egress, "/a") == found
        assert len(files.asked) == 1


async def test_the_body_is_counted_while_it_streams(tmp_path):
    async with world(tmp_path) as (egress, files):
        files.put("/exact", b"x" * 1000)
        files.put("/more", b"x" * 1001)
        files.put("/endless", b"x" * (8 << 20))
        assert len((await fetch(egress, "/exact")).content) == 1000
        assert await code(egress, "/more") == "egress.too-large"
        assert await code(egress, "/endless") == "egress.too-large"


async def test_everything_together_has_one_deadline(tmp_path):
    async with world(tmp_path, total_seconds=0.3) as (egress, files):
        files.put("/slow", b"{}")
        files.pauses["/slow"] = 5
        begun = time.monotonic()
        assert await code(egress, "/slow") == "egress.deadline"
        assert time.monotonic() - begun < 2


async def test_a_slow_lookup_counts_too():
    async def lookup(_host, _port):
        await asyncio.sleep(5)

    egress = EgressClient(monotonic=time.monotonic, resolver=lookup, limits=Limits(total_seconds=0.2))
    with pytest.raises(ApiError) as caught:
        await egress.fetch("https://service.example/", media_types=JSON, max_bytes=10)
    assert caught.value.code == "egress.deadline"


async def test_a_second_address_is_tried_where_the_first_is_dead(tmp_path):
    async with world(tmp_path, addresses=("127.0.0.2", "127.0.0.1")) as (egress, files):
        files.put("/a", b"{}")
        assert (await fetch(egress, "/a")).content == b"{}"


async def test_no_cookie_comes_back_and_no_connection_is_kept(tmp_path):
    async with world(tmp_path, max_age_seconds=0.0) as (egress, files):
        files.put("/a", b"{}", set_cookie="a=b; path=/")
        await fetch(egress, "/a")
        await fetch(egress, "/a")
        assert len(files.asked) == 2
        assert all("cookie:" not in request for request in files.asked)


async def test_answers_are_kept_for_their_age(tmp_path):
    async with world(tmp_path, max_age_seconds=60.0) as (egress, files):
        files.put("/a", b"{}")
        await fetch(egress, "/a")
        egress.clock.now += 59
        await fetch(egress, "/a")
        assert len(files.asked) == 1
        # Another expectation is not met by what was kept.
        assert await code(egress, "/a", media_types={"text/plain"}) == "egress.media-type"
        assert await code(egress, "/a", max_bytes=1) == "egress.too-large"
        assert len(files.asked) == 3
        egress.clock.now += 1
        await fetch(egress, "/a")
        assert len(files.asked) == 4


async def test_nothing_is_taken_from_the_environment(tmp_path, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with world(tmp_path) as (egress, files):
        files.put("/a", b"{}")
        assert (await fetch(egress, "/a")).content == b"{}"


async def test_a_freed_origin_may_be_plain():
    async def lookup(_host, _port):
        return ["127.0.0.1"]

    async with serving(None) as files:
        files.put("/a", b"{}")
        base = f"http://localhost:{files.port}"
        egress = EgressClient(monotonic=time.monotonic, resolver=lookup, unsafe_origins={Origin.parse(base)})
        found = await egress.fetch(f"{base}/a", media_types=JSON, max_bytes=10)
        assert found.content == b"{}"
        await egress.close()


def test_an_origin_is_scheme_host_and_port():
    assert Origin.parse("http://localhost:8001") == Origin("http", "localhost", 8001)
    assert Origin.parse("https://a.example/") == Origin("https", "a.example", 443)
    assert Origin.parse("https://a.example:443").authority == "a.example"
    assert Origin.parse("http://a.example:443").authority == "a.example:443"
    for text in ("localhost:8001", "http://localhost/x", "http://a@localhost", "ftp://localhost"):
        with pytest.raises(ApiError):
            Origin.parse(text)
