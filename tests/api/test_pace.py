"""When batches end and when they are anchored: intervals, sizes, heartbeats, readiness in between."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest

from api.registry import sealer
from api.registry.pace import BURST, Pace
from api.settings import Settings
from did.chain.errors import ChainError
from did.registry.register import Register

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio
DAY = 86_400


async def until(holds, seconds=10.0):
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to hold")


async def spent(avow):
    """The publisher after its first anchor, with the next one an interval away."""
    publisher = avow.core.standing.publisher
    await until(lambda: publisher.anchored is not None)
    for _ in range(BURST + 1):
        publisher._pace.spend(avow.core.system.monotonic())
    return publisher


def lines(data):
    return [*Register.parse((data / "checkpoint-register.txt").read_bytes()).lines()]


def test_a_few_anchors_follow_at_once_and_then_one_an_interval():
    pace = Pace(600, 0)
    waits = []
    for _ in range(BURST + 3):
        waits.append(pace.wait(1, 1000.0))
        pace.spend(1000.0)
    assert waits == [0, 0, 0, 0, 0, 600, 1200]
    assert pace.wait(0, 1000.0) == float("inf")


def test_steady_load_is_anchored_once_an_interval():
    pace, now, times = Pace(600, 0), 0.0, []
    while now < 36_000:
        now += pace.wait(1, now)
        times.append(now)
        pace.spend(now)
    assert len(times) == 36_000 // 600 + BURST + 1
    assert {later - sooner for sooner, later in pairwise(times[BURST:])} == {600}


@pytest.mark.parametrize(("entries", "backlog", "waits"), [(100, 99, 600), (100, 100, 0), (0, 10**9, 600)])
def test_many_entries_do_not_wait_for_the_interval(entries, backlog, waits):
    pace = Pace(600, entries)
    for _ in range(BURST + 1):
        pace.spend(0.0)
    assert pace.wait(backlog, 0.0) == waits


def test_after_a_reorganisation_the_next_anchor_is_due():
    pace = Pace(600, 0)
    for _ in range(BURST + 1):
        pace.spend(0.0)
    assert pace.wait(1, 0.0) > 0
    pace.hasten()
    assert pace.wait(1, 0.0) == 0


async def test_a_batch_ends_at_its_size_without_waiting_for_the_interval(tmp_path):
    async with world(tmp_path, seal_interval_ms=3_600_000, seal_entries=3) as avow:
        standing, registry = avow.core.standing, avow.core.registry
        registry._sealer._last_seal = avow.core.system.monotonic()  # busy: the interval is an hour
        for name in ("one", "two"):
            did = (await avow.post("/dids", {"name": name}, status=201))["did"]
        await asyncio.sleep(0.2)
        assert standing.lags()["seal"].entries == 2
        assert registry.progress(1) == "logged"
        did = (await avow.post("/dids", {"name": "three"}, status=201))["did"]
        await settled(avow, did)
        assert [line.size for line in lines(tmp_path)] == [1, 5]


async def test_anchors_come_early_when_many_entries_wait(tmp_path):
    async with world(tmp_path, anchor_interval_ms=3_600_000, anchor_entries=6) as avow:
        publisher = await spent(avow)
        start = publisher.anchored.size
        did = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await settled(avow, did, "sealed")
        await asyncio.sleep(0.2)
        assert publisher.anchored.size == start
        for name in ("two", "three", "four"):
            await avow.post("/dids", {"name": name}, status=201)
        await settled(avow, did, "final")
        assert publisher.anchored.size >= start + 6


async def test_a_silent_day_ends_with_one_heartbeat_that_is_anchored(tmp_path, monkeypatch):
    monkeypatch.setattr(sealer, "LOOK_SECONDS", 0.02)
    async with world(tmp_path) as avow:
        standing = avow.core.standing
        did = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await settled(avow, did)
        size = standing.sizes()["final"]
        avow.clock.offset = DAY - 60
        await asyncio.sleep(0.3)
        assert standing.sizes()["logged"] == size  # not yet
        avow.clock.offset = DAY + 60
        await until(lambda: standing.sizes()["final"] == size + 1)
        await asyncio.sleep(0.3)
        assert set(standing.sizes().values()) == {size + 1}  # one, and no more
        assert standing.sealer.heartbeats == 1
        assert standing.ages()["anchored"] < 60
        avow.clock.offset = 2 * DAY + 120
        await until(lambda: standing.sizes()["final"] == size + 2)


async def test_a_restart_neither_loses_nor_repeats_a_heartbeat(tmp_path, monkeypatch):
    monkeypatch.setattr(sealer, "LOOK_SECONDS", 0.02)
    async with world(tmp_path) as avow:
        await settled(avow, (await avow.post("/dids", {"name": "one"}, status=201))["did"])
        size = avow.core.standing.sizes()["final"]

    for offset, sizes in ((DAY - 60, size), (DAY + 60, size + 1), (DAY + 120, size + 1)):
        async with world(tmp_path) as avow:
            avow.clock.offset = offset
            await asyncio.sleep(0.5)
            assert set(avow.core.standing.sizes().values()) == {sizes}


async def test_what_is_sealed_already_makes_no_seal_of_its_own(tmp_path):
    async with world(tmp_path) as avow:
        standing = avow.core.standing
        await settled(avow, (await avow.post("/dids", {"name": "one"}, status=201))["did"])
        size = standing.sizes()["logged"]
        standing.sealer.notice()  # a wake-up that came late
        await asyncio.sleep(0.3)
        assert standing.sizes()["logged"] == size
        assert standing.lags()["seal"].seconds == 0


async def test_a_seal_that_could_not_be_signed_is_signed_later_and_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sealer, "RETRY_SECONDS", 0.02)
    async with world(tmp_path) as avow:
        standing = avow.core.standing
        file = standing.sealer._file
        append = file.append

        def full(_line):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(file, "append", full)
        did = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await until(lambda: standing.sealer.failures["OSError"] > 5)
        assert standing.sizes()["sealed"] == standing.sizes()["logged"] == 3
        monkeypatch.setattr(file, "append", append)
        await settled(avow, did)
        assert standing.sizes()["logged"] == 3


async def test_between_two_anchors_the_service_is_ready(tmp_path):
    """As on Ethereum: an anchor every ten minutes, and entries that wait for it."""
    async with world(tmp_path, anchor_interval_ms=600_000, anchor_entries=0) as avow:
        publisher = await spent(avow)
        did = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await settled(avow, did, "sealed")
        await until(lambda: publisher.waiting_since is not None)
        avow.clock.offset = 599
        checks = (await avow.client.get("/readyz")).json()["checks"]
        assert checks["chain"] == "ok"
        lag = avow.core.standing.lags()["anchor"]
        assert (lag.entries, 599 <= lag.seconds <= 605) == (2, True)


@pytest.mark.parametrize(("interval", "seconds"), [(10, 60), (2000, 60), (600_000, 7200)])
def test_what_counts_as_lagging_follows_the_interval(interval, seconds):
    assert Settings.checked({"anchor_interval_ms": interval}).anchor_lag_seconds == seconds


async def test_a_chain_that_fails_for_long_makes_the_service_not_ready_and_says_why(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        standing, registry = avow.core.standing, avow.core.registry
        publisher = standing.publisher

        async def down(**_):
            raise ChainError("chain.unavailable", "no node answers")

        monkeypatch.setattr(publisher.chain, "head", down)
        await avow.post("/dids", {"name": "one"}, status=201)
        await until(lambda: publisher.trouble == "chain.unavailable")
        assert registry.health()["chain"] == "ok"
        publisher.behind_since -= 61
        assert registry.health()["chain"] == "the anchors lag behind: chain.unavailable"
        assert publisher.failures["chain.unavailable"] >= 1
        status = (await avow.client.get("/log/status")).json()
        assert status["chain"]["trouble"] == "chain.unavailable"


async def test_an_idle_service_still_looks_at_the_chain(tmp_path):
    async with world(tmp_path) as avow:
        publisher = avow.core.standing.publisher
        await until(lambda: publisher.anchored is not None and publisher._finished == publisher.anchored.size)
        publisher._idle = 0.02
        avow.core.standing.sealer.on_signed.set()  # so that the new delay is taken up
        avow.clock.offset = 1000
        await settled(avow, (await avow.post("/dids", {"name": "one"}, status=201))["did"])
        avow.clock.offset = 2000
        await until(lambda: avow.core.standing.ages()["chainRead"] < 500)


def test_settings_say_which_of_them_is_wrong():
    for name, value in {
        "seal_entries": 0,
        "anchor_entries": -1,
        "heartbeat_seconds": 0,
        "metrics": "everywhere",
    }.items():
        with pytest.raises(Exception, match=f"AVOW_{name.upper()}"):
            Settings.checked(json.loads(json.dumps({name: value})))
