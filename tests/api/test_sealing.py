"""Sealing and signing when something fails in between."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event

from api.registry import sealer, sequencer
from did.errors import DidError
from did.registry.entries import DidOperation, Seal, decode
from did.registry.register import Register

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio


async def test_the_registers_line_is_on_the_disk_before_the_signature_exists(tmp_path, monkeypatch):
    seen = []
    real = sealer.sign_checkpoint

    def watched(log, size, **more):
        on_disk = Register.parse((tmp_path / "checkpoint-register.txt").read_bytes())
        seen.append(on_disk.find(size) is not None)
        return real(log, size, **more)

    monkeypatch.setattr(sealer, "sign_checkpoint", watched)
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
    assert len(seen) >= 2
    assert all(seen)


async def test_a_register_that_cannot_be_written_stops_signatures_and_readiness(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        before = (await avow.client.get("/log/checkpoint")).text

        def full(_line):
            raise OSError(28, "No space left on device")

        file = avow.core.registry._sealer._file
        append = file.append
        monkeypatch.setattr(file, "append", full)
        made = await avow.post("/dids", {"name": "one"}, status=201)
        for _ in range(3000):
            if avow.core.registry._sealer.trouble:
                break
            await asyncio.sleep(0.02)
        assert (await avow.client.get("/log/checkpoint")).text == before
        state = await avow.client.get(f"/1.0/identifiers/{made['did']}")
        assert state.json()["didResolutionMetadata"]["state"] == "logged"
        avow.app.state.health.at = float("-inf")
        assert (await avow.client.get("/readyz")).json()["checks"]["log"] == "OSError"
        monkeypatch.setattr(file, "append", append)
        await settled(avow, made["did"])


async def test_a_line_that_a_full_disk_cut_does_not_spoil_the_register(tmp_path, monkeypatch):
    class Filling:
        """Writes twenty bytes, then nothing, then all again."""

        def __init__(self, file):
            self.file, self.writes = file, 0

        def write(self, content):
            self.writes += 1
            if self.writes == 2:
                raise OSError(28, "No space left on device")
            return self.file.write(content[:20] if self.writes == 1 else content)

        def __getattr__(self, name):
            return getattr(self.file, name)

    async with world(tmp_path) as avow:
        file = avow.core.registry._sealer._file
        monkeypatch.setattr(file, "_file", Filling(file._file))
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        assert file._file.writes > 2
    Register.parse((tmp_path / "checkpoint-register.txt").read_bytes())
    async with world(tmp_path):
        pass


async def test_a_seal_that_could_not_be_stored_is_taken_back(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        real, failures = sequencer.write_batch, []

        def failing(connection, batch):
            real(connection, batch)
            if not failures:
                failures.append(batch)
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(sequencer, "write_batch", failing)
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        assert failures
        kept = avow.core.registry.sequencer
        assert kept.size == kept.log.sealed_size
        again = await avow.post("/dids", {"name": "two"}, status=201)
        await settled(avow, again["did"])
    async with world(tmp_path) as avow:  # and the rows replay
        assert avow.core.registry.sequencer.size


async def test_a_seal_is_no_part_of_the_log_before_it_is_committed(tmp_path, monkeypatch):
    async with world(tmp_path) as avow:
        real, written, seen = sequencer.write_batch, [], []
        log = avow.core.registry.sequencer.log

        def noticed(connection, batch):
            real(connection, batch)
            written.append(batch.size)

        def failing(_connection):
            if written and not seen:
                seen.append(log.sealed_size)
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(sequencer, "write_batch", noticed)
        event.listen(avow.core.writer._engine, "commit", failing)
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        assert seen[0] < written[0]
        assert log.sealed_size == written[1]
    async with world(tmp_path) as avow:
        assert avow.core.registry.sequencer.size


async def test_versions_of_one_did_are_logged_together_or_not_at_all(tmp_path):
    async with world(tmp_path) as avow:
        log = avow.core.registry.sequencer
        scid34, hash34 = b"\x12\x20" + bytes(32), b"\x12\x20" + b"\x01" * 32
        first, second, fourth = (DidOperation(scid34, n, hash34, False) for n in (1, 2, 4))
        size = log.size
        with pytest.raises(DidError) as caught:
            await avow.core.writer.run(lambda unit: log.append_all(unit, (first, fourth), tenant=""))
        assert caught.value.code == "entry.order"
        assert (log.size, log.state(scid34)) == (size, None)
        await avow.core.writer.run(lambda unit: log.append_all(unit, (first, second), tenant=""))
        assert log.state(scid34).version == 2


async def test_many_operations_share_a_seal_and_an_anchor(tmp_path):
    async with world(tmp_path, seal_interval_ms=200, anchor_interval_ms=200) as avow:
        await avow.headers()
        made = await asyncio.gather(*(avow.post("/dids", {"name": f"d{i}"}, status=201) for i in range(30)))
        for answer in made:
            await settled(avow, answer["did"])
        kept = avow.core.registry.sequencer
        entries = kept.log._store.entries(0, kept.size)
        assert sum(isinstance(decode(raw), Seal) for raw in entries) < 10
