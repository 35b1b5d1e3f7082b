"""Kill -9 while DIDs are being created, twenty times: no acknowledged DID is lost, and everything agrees."""

from __future__ import annotations

import asyncio
import random
import sqlite3

import httpx
import pytest

from did.registry.entries import DidOperation, decode
from did.registry.register import Register
from did.registry.replay import Replay
from tests.support.memory_log import MemoryLog

from .service import Service, free_port

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KILLS = 20
CLIENTS = 4


async def create_until(client, token, made, stop):
    """Create DIDs as fast as they are acknowledged, until the service dies."""
    while not stop.is_set():
        name = f"d{len(made)}-{random.randrange(10**9)}"
        try:
            answer = await client.post(
                "/dids", json={"name": name}, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.TransportError:
            return
        if answer.status_code == 201:
            made[name] = answer.json()
        else:
            assert answer.status_code == 503, answer.text


async def test_no_acknowledged_did_is_lost(tmp_path):
    data = tmp_path / "data"
    service = Service(data, free_port(), AVOW_ANCHOR_INTERVAL_MS="100", AVOW_SEAL_INTERVAL_MS="50")
    rng = random.Random(7)
    made: dict[str, dict] = {}
    for round_ in range(KILLS):
        await asyncio.to_thread(service.start)
        token = service.token()
        known = set(made)
        stop = asyncio.Event()
        async with httpx.AsyncClient(base_url=service.address, timeout=10) as client:
            for name in rng.sample(sorted(known), min(len(known), 20)):
                assert (await client.get(f"/dids/{name}/did.jsonl")).status_code == 200, (round_, name)
            tasks = [asyncio.create_task(create_until(client, token, made, stop)) for _ in range(CLIENTS)]
            await asyncio.sleep(rng.uniform(0.02, 0.6))
            service.kill()
            stop.set()
            await asyncio.gather(*tasks)
    assert len(made) > KILLS * 5
    await asyncio.to_thread(service.start)
    async with httpx.AsyncClient(base_url=service.address, timeout=10) as client:
        for name, answer in made.items():
            history = await client.get(f"/dids/{name}/did.jsonl")
            assert history.status_code == 200, name
            assert history.json()["versionId"] == answer["versionId"]
    assert service.stop() == 0
    entries = stored_entries(data)
    check_log(data, entries, made)
    await check_chain(data, service.url, entries)


def stored_entries(data):
    with sqlite3.connect(data / "avow.sqlite3") as connection:
        rows = connection.execute("select position, entry from log_entries order by position").fetchall()
        versions = connection.execute("select log_index, entry_hash, version from did_versions").fetchall()
    connection.close()
    assert [position for position, _ in rows] == list(range(len(rows)))
    for index, entry_hash, version in versions:
        operation = decode(rows[index][1])
        assert isinstance(operation, DidOperation)
        assert (operation.hash34, operation.version) == (entry_hash, version)
    operations = sum(isinstance(decode(entry), DidOperation) for _, entry in rows)
    assert operations == len(versions)  # no leaf without record, no record without leaf
    return [entry for _, entry in rows]


def check_log(data, entries, made):
    replay = Replay()
    replay.feed_all(entries)
    assert replay.findings == ()
    indexes = [answer["logIndex"] for answer in made.values()]
    assert len(set(indexes)) == len(indexes)
    log = MemoryLog.of("x/log", entries)
    register = Register.parse((data / "checkpoint-register.txt").read_bytes())
    assert register.torn == 0
    register.check_start(log)
    with sqlite3.connect(data / "avow.sqlite3") as connection:
        signed = connection.execute("select size, root, map_root from checkpoints").fetchall()
    connection.close()
    assert signed
    for size, root, map_root in signed:
        assert (log.root(size), log.map_root(size)) == (root, map_root)
        line = register.find(size)
        assert line is not None
        assert (line.root, line.map_root) == (root, map_root)


async def check_chain(data, url, entries):
    """The contract's head is a prefix of our log, and nothing on the chain is ahead of us."""
    origin = url.removeprefix("http://") + "/log"
    log = MemoryLog.of(origin, entries)
    with sqlite3.connect(data / "chain.sqlite3") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    with sqlite3.connect(data / "avow.sqlite3") as connection:
        anchors = connection.execute(
            "select size, block_number, block_hash from anchors where state = 'anchored' order by size"
        ).fetchall()
    connection.close()
    assert anchors
    service = Service(data, free_port(), AVOW_PUBLIC_URL=url)
    await asyncio.to_thread(service.start)
    async with httpx.AsyncClient(base_url=service.address) as client:
        head = (await client.get("/log/anchors")).json()["head"]
        newest = int((await client.get("/log/checkpoint")).text.split("\n")[1])
    service.stop()
    assert head["size"] <= newest
    assert head["root"] == "0x" + log.root(head["size"]).hex()
    assert head["mapRoot"] == "0x" + log.map_root(head["size"]).hex()
    assert head["size"] >= anchors[-1][0]
