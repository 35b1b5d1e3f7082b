"""The service as a witness: statuses of C2SP tlog-witness, one winner, nothing cosigned before it lasts."""

from __future__ import annotations

import asyncio
import json
import sqlite3

import httpx
import pytest

from api.errors import ApiError
from api.services import witnessing
from did.keys import Ed25519Signer
from did.registry.judging import judge
from did.registry.note import Cosigner, NoteSigner, SignatureType, VerifierKey
from did.registry.policy import parse_policy
from did.registry.witness import format_request, read_answer
from tests.did.registry.test_witness import FORK, LOG, NEW_KEY, OLD_KEY, ORIGIN, STRANGER

from .conftest import world
from .service import Service, free_port

pytestmark = pytest.mark.anyio
PATH = "/witness/add-checkpoint"


def configured(folder, *lines: str):
    """The file of a witness's logs."""
    folder.mkdir(exist_ok=True)
    path = folder / "logs.txt"
    path.write_text("".join(f"log {line}\n" for line in lines or (OLD_KEY.key.text,)))
    return path


@pytest.fixture
async def avow(tmp_path):
    async with world(tmp_path / "data", witness_logs=configured(tmp_path)) as running:
        yield running


async def ask(avow, request: bytes, **headers):
    return await avow.client.post(PATH, content=request, headers=headers)


async def key_of(avow) -> VerifierKey:
    return VerifierKey.parse((await avow.client.get("/witness/key")).text.removesuffix("\n"))


async def cosigned(avow, answer, size: int) -> int:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    body = LOG.checkpoint(size).body
    _, time = read_answer(answer.text, body=body, key=await key_of(avow), now=avow.core.system.seconds())
    return time


async def test_a_log_grows_under_the_eyes_of_its_witness(avow):
    assert await key_of(avow) == avow.core.witness.cosigner.key
    assert (await key_of(avow)).name == "localhost:8000/witness"
    assert (await key_of(avow)).type is SignatureType.COSIGNATURE
    held = 0
    for size in (5, 5, 8, 16, 40):
        avow.clock.offset += 100
        time = await cosigned(avow, await ask(avow, LOG.request(held, size)), size)
        assert abs(time - avow.core.system.seconds()) <= 1
        held = size


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/octet-stream", "application/json", "", "x"]
)
async def test_the_body_is_read_whatever_it_calls_itself(avow, media_type):
    await cosigned(avow, await ask(avow, LOG.request(0, 5), **{"content-type": media_type}), 5)


async def test_refusals_have_the_statuses_of_the_text(avow):
    await cosigned(avow, await ask(avow, LOG.request(0, 16)), 16)
    unknown = NoteSigner("x.example/log", Ed25519Signer(b"\x01" * 32))
    foreign = LOG.note(16).replace(ORIGIN, "x.example/log")
    assert unknown.key.name in foreign
    refusals = {
        (400, "witness.malformed"): b"old x\n\n",
        (404, "witness.origin"): format_request(0, (), foreign).encode(),
        (403, "witness.unsigned"): LOG.request(16, 20, STRANGER),
        (403, "witness.signature"): LOG.request(16, 20).replace(b"\n20\n", b"\n21\n"),
        (400, "witness.old-size"): format_request(17, (), LOG.note(16)).encode(),
        (409, "witness.forked"): FORK.request(16, 16),
        (422, "witness.consistency"): FORK.request(16, 20),
    }
    for (status, code), request in refusals.items():
        answer = await ask(avow, request)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    for old in (0, 5, 15):
        answer = await ask(avow, LOG.request(old, 20))
        assert (answer.status_code, answer.content) == (409, b"16\n")
        assert answer.headers["content-type"] == "text/x.tlog.size"
    await cosigned(avow, await ask(avow, LOG.request(16, 20)), 20)


async def test_without_configuration_no_log_is_served(tmp_path):
    async with world(tmp_path) as avow:
        assert (await ask(avow, LOG.request(0, 5))).status_code == 404
        assert (await avow.client.get(PATH)).status_code == 405


async def test_bodies_are_bounded(avow):
    assert (await ask(avow, b"old 0\n" * 20_000)).json()["code"] == "witness.malformed"
    assert (await ask(avow, b"x" * (2 << 20))).status_code == 413
    assert (await ask(avow, b"")).status_code == 400


async def test_of_two_requests_at_once_one_wins_and_the_other_is_told_the_size(avow):
    await cosigned(avow, await ask(avow, LOG.request(0, 5)), 5)
    sizes = (8, 12, 16, 20, 33, 40)
    answers = await asyncio.gather(*(ask(avow, LOG.request(5, size)) for size in sizes))
    won = [size for size, answer in zip(sizes, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    assert [a.content for a in answers if a.status_code == 409] == [f"{won[0]}\n".encode()] * 5


async def test_only_one_of_two_forks_is_ever_cosigned_and_the_notes_convict_the_log(tmp_path):
    data = tmp_path / "data"
    async with world(data, witness_logs=configured(tmp_path)) as avow:
        answers = await asyncio.gather(ask(avow, LOG.request(0, 16)), ask(avow, FORK.request(0, 16)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        for log in (LOG, FORK, LOG):
            await ask(avow, log.request(16, 16))
    (evidence,) = data.glob("witness-fork-*.json")
    assert evidence.stat().st_mode & 0o777 == 0o600
    policy = parse_policy(f"log {OLD_KEY.key.text}\nquorum none\n")
    found = judge(json.loads(evidence.read_text()), policy=policy, expected_origin=ORIGIN, trusted_chains=())
    assert (found.code, found.rests_on) == ("log.forked", ())


async def test_what_was_cosigned_is_remembered_over_a_restart_and_so_is_the_key(tmp_path):
    logs = configured(tmp_path)
    async with world(tmp_path / "data", witness_logs=logs) as avow:
        await cosigned(avow, await ask(avow, LOG.request(0, 16)), 16)
        key = await key_of(avow)
    async with world(tmp_path / "data", witness_logs=logs) as avow:
        assert await key_of(avow) == key
        assert (await ask(avow, LOG.request(0, 8))).content == b"16\n"
        assert (await ask(avow, FORK.request(16, 16))).json()["code"] == "witness.forked"
        await cosigned(avow, await ask(avow, LOG.request(16, 40)), 40)


async def test_an_older_data_directory_gains_the_key_of_a_witness(tmp_path):
    async with world(tmp_path / "data") as avow:
        log_keys = [signer.key for signer in avow.core.registry._notes.signers]
    with sqlite3.connect(tmp_path / "data" / "avow.sqlite3") as connection:
        connection.execute("delete from keys where key_id = 'witness'")
    connection.close()
    async with world(tmp_path / "data", witness_logs=configured(tmp_path)) as avow:
        await cosigned(avow, await ask(avow, LOG.request(0, 5)), 5)
        assert [signer.key for signer in avow.core.registry._notes.signers] == log_keys
        witness = avow.core.witness.cosigner.key
        assert witness.public_key not in {key.public_key for key in log_keys}


async def test_a_log_may_rotate_its_key_once_its_witness_knows_both(tmp_path):
    data = tmp_path / "data"
    async with world(data, witness_logs=configured(tmp_path)) as avow:
        await cosigned(avow, await ask(avow, LOG.request(0, 5)), 5)
        await cosigned(avow, await ask(avow, LOG.request(5, 8, OLD_KEY, NEW_KEY)), 8)
        assert (await ask(avow, LOG.request(8, 16, NEW_KEY))).status_code == 403
    both = configured(tmp_path, OLD_KEY.key.text, NEW_KEY.key.text)
    async with world(data, witness_logs=both) as avow:
        await cosigned(avow, await ask(avow, LOG.request(8, 16, NEW_KEY)), 16)
    # A stolen key is taken out: what it signs alone is refused, whatever it extends.
    async with world(data, witness_logs=configured(tmp_path, NEW_KEY.key.text)) as avow:
        assert (await ask(avow, LOG.request(16, 20, OLD_KEY))).json()["code"] == "witness.unsigned"
        await cosigned(avow, await ask(avow, LOG.request(16, 20, OLD_KEY, NEW_KEY)), 20)


async def test_nothing_is_cosigned_before_it_is_durable(tmp_path, monkeypatch):
    """At the moment of the cosignature another connection reads the new size."""
    data, seen = tmp_path / "data", []
    real = Cosigner.cosign

    def watched(self, body, *, now):
        with sqlite3.connect(f"file:{data}/avow.sqlite3?mode=ro", uri=True) as connection:
            seen.append(connection.execute("select size from witnessed").fetchone())
        connection.close()
        return real(self, body, now=now)

    monkeypatch.setattr(Cosigner, "cosign", watched)
    async with world(data, witness_logs=configured(tmp_path)) as avow:
        await cosigned(avow, await ask(avow, LOG.request(0, 5)), 5)
        await cosigned(avow, await ask(avow, LOG.request(5, 16)), 16)
    assert seen == [(5,), (16,)]


async def test_a_store_that_fails_cosigns_nothing(avow, monkeypatch):
    def fail(_unit, _authentic, _now):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Cosigner, "cosign", lambda *_a, **_k: pytest.fail("cosigned"))
    with monkeypatch.context() as broken:
        broken.setattr(witnessing, "_compare_and_persist", fail)
        with pytest.raises(OSError, match="No space"):
            await witnessing.add_checkpoint(avow.core, LOG.request(0, 5))


@pytest.mark.parametrize("content", ["quorum none\n", "log x\n", "log " + OLD_KEY.key.text, None, b"\xff\n"])
async def test_a_file_that_is_no_list_of_logs_stops_the_start(tmp_path, content):
    path = tmp_path / "logs.txt"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ApiError) as caught:
        async with world(tmp_path / "data", witness_logs=path):
            pass
    assert caught.value.code == "settings.invalid"
    assert "AVOW_WITNESS_LOGS" in caught.value.detail


KILLED = """
import os, signal
from did.registry.note import Cosigner
from api.server import serve
from api.settings import Settings

def die(self, body, *, now):
    os.kill(os.getpid(), signal.SIGKILL)

Cosigner.cosign = die
serve(Settings.from_environment(os.environ))
"""


@pytest.mark.slow
async def test_killed_between_persisting_and_answering_it_never_cosigns_a_fork(tmp_path, monkeypatch):
    """The answer is lost, the memory is not: the fork is refused, the same checkpoint cosigned again."""
    service = Service(
        tmp_path / "data", free_port(), AVOW_WITNESS_LOGS=str(configured(tmp_path)), AVOW_CHAIN="memory"
    )
    with monkeypatch.context() as dying:
        dying.setattr("tests.api.service.SERVE", KILLED)
        await asyncio.to_thread(service.start)
    async with httpx.AsyncClient(base_url=service.address) as client:
        with pytest.raises(httpx.TransportError):
            await client.post(PATH, content=LOG.request(0, 16))
        assert service.process.wait(10) == -9
        await asyncio.to_thread(service.start)
        assert (await client.post(PATH, content=FORK.request(16, 16))).status_code == 409
        assert (await client.post(PATH, content=FORK.request(0, 16))).content == b"16\n"
        assert (await client.post(PATH, content=LOG.request(16, 16))).status_code == 200
    assert service.stop() == 0
