"""Maps that may still be asked for are not forgotten, and no others are kept for long."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from api.registry import registry as registry_module

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
        for witness in witnesses.all:
            witness.mood = "slow"
        await until(lambda: all(max(witness.asked, default=0) > index for witness in witnesses.all))
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
