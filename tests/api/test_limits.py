"""Too much at once or too slow: 503 with Retry-After, and health all the same."""

from __future__ import annotations

import asyncio

import pytest

from api.middleware import bodies
from api.services.core import Pool

from .conftest import world
from .test_problems import assert_problem

pytestmark = pytest.mark.anyio


async def test_beyond_the_requests_in_flight_clients_are_told_to_come_back(tmp_path):
    async with world(tmp_path, requests_in_flight=4) as avow:
        headers = await avow.headers()
        answers = await asyncio.gather(
            *(avow.client.post("/challenges", json={"domain": "x"}, headers=headers) for _ in range(40))
        )
        statuses = [a.status_code for a in answers]
        assert set(statuses) == {201, 503}
        refused = next(a for a in answers if a.status_code == 503)
        assert_problem(refused, 503, "service.busy")
        assert refused.headers["retry-after"] == "1"
        assert (await avow.client.get("/livez")).status_code == 200
        assert (
            await avow.client.post("/challenges", json={"domain": "x"}, headers=headers)
        ).status_code == 201


async def test_a_request_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    async with world(tmp_path, request_seconds=1) as avow:

        async def slow(*_args, **_kwargs):
            await asyncio.sleep(60)

        monkeypatch.setattr("api.services.challenges.create", slow)
        answer = await avow.call("POST", "/challenges", {"domain": "x"})
        assert_problem(answer, 503, "service.timeout")


async def test_a_body_that_drips_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)

    async def drip():
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.02)

    async with world(tmp_path) as avow:
        headers = {**(await avow.headers()), "Content-Type": "application/json"}
        # The in-process transport gathers a body before it calls; so the drip goes in by hand.
        chunks = drip().__aiter__()

        async def receive():
            return {"type": "http.request", "body": await chunks.__anext__(), "more_body": True}

        sent = []

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/challenges",
            "raw_path": b"/challenges",
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "server": ("localhost", 8000),
            "scheme": "http",
            "root_path": "",
            "http_version": "1.1",
        }
        await avow.app(scope, receive, send)
    assert sent[0]["status"] == 408
    assert b"request.slow" in sent[1]["body"]


async def test_the_pool_refuses_when_too_much_waits():
    pool = Pool(threads=1, waiting=1)
    import threading  # noqa: PLC0415

    gate = threading.Event()
    jobs = [asyncio.ensure_future(pool.run(gate.wait, 60)) for _ in range(4)]
    await asyncio.sleep(0)  # each runs to where it waits or is refused
    gate.set()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [getattr(r, "code", r) for r in results] == [True, True, "service.busy", "service.busy"]
    assert await pool.run(lambda: "again") == "again"
    pool.close()


async def test_a_full_writer_is_503_and_nothing_half_done(tmp_path):
    async with world(tmp_path) as avow:
        headers = await avow.headers()
        avow.core.writer._queue.maxsize = 1
        answers = await asyncio.gather(
            *(avow.client.post("/challenges", json={"domain": "x"}, headers=headers) for _ in range(60))
        )
        assert {a.status_code for a in answers} <= {201, 503}
        assert {a.json()["code"] for a in answers if a.status_code == 503} <= {"service.busy"}
        avow.core.writer._queue.maxsize = 100
