"""Tiles over HTTP and as files: the same bytes, nothing unsigned, complete again after a crash."""

from __future__ import annotations

import asyncio
import shutil
import time

import httpx
import pytest

from api.registry.sealer import Rhythm
from api.registry.tiles import PublicFolder
from did.registry.checkpoint import parse_checkpoint
from did.registry.entries import DidOperation
from did.registry.tiles import decode_bundle, tiles_between
from did.registry.tiletree import TileTree
from tests.support.memory_log import MemoryLog

from .conftest import world
from .service import Service, free_port
from .test_dids import settled

pytestmark = pytest.mark.anyio


def checkpoint_in(folder):
    return parse_checkpoint((folder / "checkpoint").read_text())[0]


async def written(avow):
    """Wait until the folder has the newest checkpoint."""
    folder = avow.settings.public_log_path
    for _ in range(200):
        note = (await avow.client.get("/log/checkpoint")).text
        done = avow.core.standing.folder.published == avow.core.standing.sizes()["signed"]
        if done and (folder / "checkpoint").read_text() == note:
            return folder
        await asyncio.sleep(0.02)
    raise AssertionError("the folder never got the newest checkpoint")


async def many(avow, count):
    """Log operations straight through the writer: 300 DIDs over HTTP would be slow."""
    sequencer, writer = avow.core.registry.sequencer, avow.core.writer

    def add(unit):
        for number in range(count):
            scid34 = b"\x12\x20" + number.to_bytes(32, "big")
            sequencer.append(unit, DidOperation(scid34, 1, b"\x12\x20" + bytes(32), False), tenant="")

    await writer.run(add)
    size = sequencer.size
    for _ in range(200):
        if avow.core.registry._sealer.signed.size >= size:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the new entries were never signed")


def check_folder(folder):
    """Everything that the checkpoint promises is there, and leads to its root."""
    checkpoint = checkpoint_in(folder)

    def fetch(path):
        file = folder / path.text
        return file.read_bytes() if file.exists() else None

    tree = TileTree.read(checkpoint.size, checkpoint.root, fetch)
    for path in tiles_between(0, checkpoint.size):
        assert fetch(path) is not None, path.text
        if path.level is not None:
            tree.hashes(path.level, path.index)
    entries = [
        entry
        for path in tiles_between(0, checkpoint.size)
        if path.level is None
        for entry in decode_bundle(fetch(path), path.width)
    ]
    assert MemoryLog.of("x/log", entries).root(checkpoint.size) == checkpoint.root
    return checkpoint.size


async def test_routes_and_files_give_the_same_bytes(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        await many(avow, 300)
        folder = await written(avow)
        size = check_folder(folder)
        for path in tiles_between(0, size):
            answer = await avow.client.get(f"/log/{path.text}")
            assert answer.status_code == 200
            assert answer.content == (folder / path.text).read_bytes()
            assert answer.headers["content-type"] == "application/octet-stream"
            seconds = 3600 if path.partial else 31536000
            assert answer.headers["cache-control"] == f"public, max-age={seconds}, immutable"
        for _ in range(100):  # they go after the checkpoint that does not need them any more
            if not (folder / "tile/0/000.p").exists():
                break
            await asyncio.sleep(0.02)
        assert not (folder / "tile/0/000.p").exists()
        # Earlier partial tiles are the beginning of what came later; the routes still give them.
        early = await avow.client.get("/log/tile/entries/000.p/1")
        assert (folder / "tile/entries/000").read_bytes().startswith(early.content)


async def test_histories_lie_beside_the_tiles_up_to_the_checkpoint(tmp_path):
    async with world(tmp_path) as avow:
        made = [await avow.post("/dids", {"name": name}, status=201) for name in ("one", "two")]
        await avow.post("/dids/one/update", {"rotate": True})
        for each in made:
            await settled(avow, each["did"])
        folder = await written(avow)
        for each, versions in zip(made, (2, 1), strict=True):
            scid = each["did"].split(":")[2]
            text = (folder / f"history/{scid}.jsonl").read_bytes()
            assert text.count(b"\n") == versions
            answer = await avow.client.get(f"/log/history/{scid}.jsonl")
            assert answer.content == text
            assert answer.headers["content-type"] == "text/jsonl; charset=utf-8"
        answer = await avow.client.get("/log/history/Qmx.jsonl")
        assert (answer.status_code, answer.json()["code"]) == (404, "did.unknown")
        # What is logged and not signed yet is in the service's answer, and not beside the tiles.
        registry = avow.core.registry
        registry._sealer._delay, registry._sealer._last_seal = 60.0, avow.core.system.monotonic()
        await avow.post("/dids/two/update", {"rotate": True})
        assert (await avow.client.get(f"/log/history/{scid}.jsonl")).content.count(b"\n") == 2
        assert (folder / f"history/{scid}.jsonl").read_bytes() == text


async def test_a_folder_of_an_earlier_release_gets_all_histories(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        folder = await written(avow)
    shutil.rmtree(folder / "history")
    async with world(tmp_path) as avow:
        await written(avow)
        for _ in range(100):
            if (folder / "history").exists() and any((folder / "history").iterdir()):
                break
            await asyncio.sleep(0.02)
    assert [file.name for file in (folder / "history").iterdir()] == [made["did"].split(":")[2] + ".jsonl"]


async def test_nothing_beyond_the_signed_size_is_served(tmp_path):
    async with world(tmp_path) as avow:
        size = checkpoint_in(await written(avow)).size
        for kind in ("0", "entries"):
            assert (await avow.client.get(f"/log/tile/{kind}/000.p/{size}")).status_code == 200
            for beyond in (f"{kind}/000.p/{size + 1}", f"{kind}/000", f"{kind}/x001/000"):
                answer = await avow.client.get(f"/log/tile/{beyond}")
                assert (answer.status_code, answer.json()["code"]) == (404, "log.tile")
        # An entry that is durable but not sealed and signed is not shown.
        registry = avow.core.registry
        registry._sealer._rhythm = Rhythm(delay=60.0, entries=1000, heartbeat=86_400)
        registry._sealer._last_seal = avow.core.system.monotonic()
        await avow.post("/dids", {"name": "one"}, status=201)
        assert registry.sequencer.size > size
        answer = await avow.client.get(f"/log/tile/entries/000.p/{size + 1}")
        assert answer.json()["code"] == "log.tile"


@pytest.mark.parametrize(
    "path", ["0/0", "0/000.p/0", "0/000.p/256", "64/000", "0/x000/001", "0/%30%30%30/", "x"]
)
async def test_malformed_paths_are_the_callers_fault(tmp_path, path):
    async with world(tmp_path) as avow:
        answer = await avow.client.get(f"/log/tile/{path}")
        assert (answer.status_code, answer.json()["code"]) == (400, "log.tile-path")


async def test_a_start_completes_what_a_crash_left_out(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        folder = await written(avow)
        before = checkpoint_in(folder).size
        real, left = PublicFolder._write, [1]

        def dying(self, name, content):
            if not left:
                raise OSError(28, "No space left on device")
            left.pop()
            real(self, name, content)

        monkeypatch.setattr(PublicFolder, "_write", dying)
        await many(avow, 600)
        await asyncio.sleep(0.1)
        assert not left
        assert checkpoint_in(folder).size == before  # the old promise still holds
        check_folder(folder)
        monkeypatch.undo()
    (folder / "tile/0/.001.new").write_bytes(b"torn")
    async with world(tmp_path) as avow:
        assert check_folder(await written(avow)) > before + 600


async def test_the_end_of_the_service_does_not_wait_for_many_files(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        folder = await written(avow)
        before, real, written_files = checkpoint_in(folder).size, PublicFolder._write, []

        def slow(self, name, content):
            written_files.append(name)
            time.sleep(0.2)
            real(self, name, content)

        monkeypatch.setattr(PublicFolder, "_write", slow)
        await many(avow, 20_000)
        while not written_files:  # noqa: ASYNC110  nothing announces it
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert len(written_files) < 20  # of 160
    assert checkpoint_in(folder).size == before
    monkeypatch.undo()
    async with world(tmp_path) as avow:
        assert check_folder(await written(avow)) > before + 20_000


async def test_histories_that_are_there_are_not_written_again(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        for name in ("one", "two"):
            made = await avow.post("/dids", {"name": name}, status=201)
            await settled(avow, made["did"])
        folder = await written(avow)
    (folder / "checkpoint").unlink()
    kept, torn = sorted((folder / "history").iterdir())
    at = kept.stat().st_mtime_ns
    torn.write_bytes(b"torn")
    async with world(tmp_path) as avow:
        await written(avow)
    assert kept.stat().st_mtime_ns == at
    assert all(path.read_text().startswith("{") for path in (folder / "history").iterdir())


async def test_a_damaged_checkpoint_file_is_replaced_with_all_its_tiles(tmp_path):
    async with world(tmp_path) as avow:
        folder = await written(avow)
    (folder / "checkpoint").write_text("nonsense")
    (folder / "tile/0/000.p" / str(1)).unlink(missing_ok=True)
    async with world(tmp_path) as avow:
        check_folder(await written(avow))


async def test_the_files_survive_kill(tmp_path):
    data = tmp_path / "data"
    service = Service(data, free_port(), AVOW_SEAL_INTERVAL_MS="20", AVOW_CHAIN="memory")
    for round_ in range(2):
        await asyncio.to_thread(service.start)
        headers = {"Authorization": f"Bearer {service.token()}"}
        async with httpx.AsyncClient(base_url=service.address, timeout=10, headers=headers) as client:
            for number in range(8):
                answer = await client.post("/dids", json={"name": f"d{round_}-{number}"})
                assert answer.status_code == 201
        service.kill()
        check_folder(data / "public/log")
    await asyncio.to_thread(service.start)
    async with httpx.AsyncClient(base_url=service.address) as client:
        note = (await client.get("/log/checkpoint")).text
    for _ in range(200):
        if (data / "public/log/checkpoint").read_text() == note:
            break
        await asyncio.sleep(0.02)
    assert check_folder(data / "public/log") == parse_checkpoint(note)[0].size
    assert service.stop() == 0


async def test_a_history_is_found_by_its_scid(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        scid = made["did"].split(":")[2]
        answer = await avow.client.get(f"/log/history/{scid}.jsonl")
        assert answer.status_code == 200
        assert answer.content == (await avow.client.get("/dids/one/did.jsonl")).content
        assert answer.headers["content-type"] == "text/jsonl; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        for unknown in (scid[:-1] + ("a" if scid[-1] != "a" else "b"), "one", "x" * 64, "..", scid + "x"):
            refused = await avow.client.get(f"/log/history/{unknown}.jsonl")
            assert (refused.status_code, refused.json()["code"]) == (404, "did.unknown"), unknown
        assert (await avow.client.get(f"/log/history/{'x' * 65}.jsonl")).status_code == 400
