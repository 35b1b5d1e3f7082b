"""Maps that may still be asked for are not forgotten, and no others are kept for long."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from api.registry import registry as registry_module
from tests.support.data_directory import codes, repair, sql

from .test_cosigning import asking, cosigned, standing, until, witnesses  # noqa: F401  a fixture
from .test_dids import settled

pytestmark = pytest.mark.anyio


async def grown(avow, *names):
    """More DIDs, each under a seal of its own."""
    for name in names:
        before = avow.core.registry._sealer.signed.size
        await avow.post("/dids", {"name": name}, status=201)
        await until(lambda before=before: avow.core.registry._sealer.signed.size > before)


async def test_a_quorum_that_comes_late_can_still_be_shown(tmp_path, witnesses):  # noqa: F811
    for witness in witnesses.all:
        witness.mood = "down"
    async with asking(tmp_path, witnesses, chain="file") as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        index = (await standing(avow, made["did"]))["logIndex"]
        await until(lambda: all(max(witness.asked, default=0) > index for witness in witnesses.all))
        before = [len(witness.asked) for witness in witnesses.all]
        for witness in witnesses.all:
            witness.mood = "slow"
        await until(lambda: all(len(witnesses[at].asked) > count for at, count in enumerate(before)))
        await grown(avow, "two", "three", "four", "five")
        assert not avow.core.registry._cosigning.quorum_size
        for witness in witnesses.all:
            witness.gate.set()
            witness.gate = asyncio.Event()
        await until(lambda: avow.core.registry._cosigning.quorum_size)
        assert (await standing(avow, made["did"]))["proofState"] == "cosigned"


async def test_a_quorum_of_before_a_crash_can_still_be_shown(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses, chain="file") as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        for witness in witnesses.all:
            witness.mood = "down"
        await grown(avow, "two", "three")
        sealer = avow.core.registry._sealer
        sealer.notice = lambda: None  # as if killed before the next seal
        await avow.post("/dids", {"name": "four"}, status=201)
    async with asking(tmp_path, witnesses, chain="file") as avow:
        await grown(avow, "five")
        assert (await standing(avow, made["did"]))["proofState"] == "cosigned"


async def test_a_quorum_whose_map_is_gone_is_not_shown(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses, chain="file") as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        for witness in witnesses.all:
            witness.mood = "down"
        avow.core.registry.sequencer.needed_from = lambda: avow.core.registry._sealer.signed.size
        await grown(avow, "two", "three", "four")
    async with asking(tmp_path, witnesses, chain="file") as avow:
        assert (await standing(avow, made["did"]))["proofState"] == "sealed"


async def test_a_quorum_below_the_newest_final_anchor_keeps_no_map(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        for witness in witnesses.all:
            witness.mood = "down"
        for name in ("two", "three"):
            made = await avow.post("/dids", {"name": name}, status=201)
            await settled(avow, made["did"])
        registry = avow.core.registry
        registry._backed = None
        assert registry.needed_from() == registry._publisher.final_size > registry._cosigning.quorum_size


async def test_an_older_anchor_that_is_not_shown_any_more_keeps_no_map(tmp_path, witnesses, monkeypatch):  # noqa: F811
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        registry = avow.core.registry
        await until(lambda: registry._cosigning.meets(registry._publisher.anchored.size))
        await standing(avow, made["did"])
        for witness in witnesses.all:
            witness.mood = "down"
        later = await avow.post("/dids", {"name": "two"}, status=201)
        await settled(avow, later["did"])
        assert registry.needed_from() == registry._backed.place.size < registry._publisher.final_size
        past = registry._system.monotonic() + 2 * registry_module.BACKED_SECONDS + 1
        monkeypatch.setattr(registry, "_system", SimpleNamespace(monotonic=lambda: past))
        assert registry.needed_from() == registry._publisher.final_size


async def test_pages_are_forgotten_as_fast_as_they_are_replaced(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses, chain="file") as avow:
        for witness in witnesses.all:
            witness.mood = "down"
        await avow.post("/dids", {"name": "zero"}, status=201)
        await grown(avow, *(f"n{number}" for number in range(6)))
        rows = avow.core.reader.all(text("SELECT count(DISTINCT by_version) FROM map_replaced"))
        assert rows[0][0] <= 3


async def test_what_a_repair_makes_again_can_be_shown_as_before(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses, chain="file") as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await cosigned(avow, made["did"])
        for witness in witnesses.all:
            witness.mood = "down"
        await grown(avow, "two", "three", "four")
    sql(tmp_path / "data", "DELETE FROM log_states")
    repair(tmp_path / "data", chain="file")
    async with asking(tmp_path, witnesses, chain="file") as avow:
        assert (await standing(avow, made["did"]))["proofState"] == "cosigned"
    assert codes(tmp_path / "data", chain="file") == {}


async def test_anchors_of_an_earlier_chain_need_no_maps_in_a_file(tmp_path, witnesses):  # noqa: F811
    async with asking(tmp_path, witnesses) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
    async with asking(tmp_path, witnesses, chain="file") as avow:
        for name in ("two", "three", "four"):
            made = await avow.post("/dids", {"name": name}, status=201)
            await cosigned(avow, made["did"])
        await grown(avow, "five", "six")
    assert codes(tmp_path / "data", chain="file") == {}
