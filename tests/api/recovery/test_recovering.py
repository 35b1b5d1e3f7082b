"""`avow recover`: a lost database made again, an older one completed, and sources that are refused."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import ApiError
from api.keys.service_file import ServiceFile
from did.errors import DidError
from did.methods import webvh
from did.registry.bundle import Level, verify_bundle
from did.registry.policy import parse_policy
from tests.api.conftest import world
from tests.api.test_dids import Controller, expectations, settled
from tests.support.data_directory import anchored, codes, lose, recover, repair, settings_of, sql

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]
DATABASE = "avow.sqlite3"
REGISTER = "checkpoint-register.txt"
KEYS = "service-keys.json"


def dids(data):
    return dict(sql(data, "select name, did from dids order by name"))


def refused(*arguments, **more):
    with pytest.raises((ApiError, DidError)) as caught:
        recover(*arguments, **more)
    assert caught.value.remedy or caught.value.clause
    return caught.value.code


async def lives(data, expected, policy):
    """The service starts, proves every DID, goes on with the log, and its contract takes the next anchor."""
    async with world(data, chain="embedded") as avow:
        assert (await avow.client.get("/log/policy")).text == policy
        before = (await avow.client.get("/log/anchors")).json()["head"]
        for did in expected.values():
            result = await settled(avow, did)
            (bundle,) = result["didResolutionMetadata"]["proof"]
            verified = verify_bundle(
                json.dumps(bundle).encode(),
                expected_did=did,
                expectations=await expectations(avow, Level.FINAL),
            )
            assert verified.did == did
        made = await avow.post("/dids", {"name": "after"}, status=201)
        await settled(avow, made["did"])
        await anchored(avow)
        after = (await avow.client.get("/log/anchors")).json()["head"]
        assert after["size"] > before["size"]
        assert after["sequence"] > before["sequence"]
    assert codes(data) == {}


async def policy_of(data):
    async with world(data, chain="embedded") as avow:
        return (await avow.client.get("/log/policy")).text


async def test_a_lost_database_comes_back_from_the_public_folder(data):
    policy, expected = await policy_of(data), dids(data)
    register = (data / REGISTER).read_bytes()
    before = sql(data, "select position, entry from log_entries"), sql(data, "select * from log_tiles")
    states = sql(data, "select * from log_states")
    lose(data)
    done = recover(data, data / "public")
    assert (done.new_database, done.dids, done.dids_without_history) == (True, len(expected), 0)
    assert done.unopened == 301
    assert done.contract
    assert (data / REGISTER).read_bytes() == register
    assert before == (
        sql(data, "select position, entry from log_entries"),
        sql(data, "select * from log_tiles"),
    )
    assert sql(data, "select * from log_states") == states
    assert dids(data) == expected
    assert sql(data, "select distinct hosted_keys from dids") == [(0,)]
    assert codes(data) == {}
    await lives(data, expected, policy)


async def test_a_lost_database_comes_back_from_a_mirrors_directory_in_two_steps(data, tmp_path):
    expected = dids(data)
    shutil.copytree(data / "public", tmp_path / "mirror")
    shutil.rmtree(data / "public")
    shutil.rmtree(tmp_path / "mirror/log/history")
    lose(data)
    done = recover(data, tmp_path / "mirror")
    assert (done.dids, done.dids_without_history) == (0, 3)
    assert set(codes(data)) == {"record.missing", "public.missing"}
    async with world(data, chain="embedded") as avow:
        answer = await avow.client.get(f"/1.0/identifiers/{next(iter(expected.values()))}")
        assert answer.status_code == 503
        assert "did.history-missing" in answer.text
        await anchored(avow)
    again = recover(data, tmp_path / "mirror")
    assert (again.new_database, again.entries, again.dids_without_history) == (False, 0, 3)


async def test_histories_can_come_from_another_copy_later(data, tmp_path):
    policy, expected = await policy_of(data), dids(data)
    shutil.copytree(data / "public/log", tmp_path / "tiles", ignore=shutil.ignore_patterns("history"))
    lose(data)
    recover(data, tmp_path / "tiles")
    done = recover(data, data / "public/log")
    assert (done.entries, done.dids, done.dids_without_history) == (0, 3, 0)
    assert codes(data) == {}
    await lives(data, expected, policy)


async def test_an_older_backup_is_completed_and_keeps_its_keys(data, older):
    policy, expected = await policy_of(data), dids(data)
    secret = (data / "bootstrap-client.json").read_bytes()
    lose(data)
    shutil.copy(older / DATABASE, data)
    with pytest.raises(DidError) as caught:
        await policy_of(data)
    assert caught.value.code == "register.behind"
    assert "avow recover" in caught.value.remedy
    assert codes(data) == {"register.behind": 1, "chain.ahead": 1}
    kept = sql(data, "select key_id, state from keys where state = 'active'")
    done = recover(data, data / "public")
    assert (done.new_database, done.dids) == (False, 3)
    assert done.entries > 300
    assert sql(data, "select name, hosted_keys from dids order by name") == [
        ("one", 1),
        ("three", 0),
        ("two", 1),
    ]
    assert set(sql(data, "select key_id, state from keys where state = 'active'")) <= set(kept)
    assert codes(data) == {}
    assert (data / "bootstrap-client.json").read_bytes() == secret
    await lives(data, expected, policy)


async def test_keys_that_left_the_document_since_the_backup_sign_no_more(data, older):
    async with world(data, chain="embedded") as avow:
        found = await settled(avow, dids(data)["one"])
        gone = found["didDocument"]["assertionMethod"][0]
        await avow.post("/dids/one/update", {"removeKeys": [gone]})
        await anchored(avow)
    lose(data)
    shutil.copy(older / DATABASE, data)
    recover(data, data / "public")
    assert sql(data, "select state from keys where key_id = ?", gone) == [("retired",)]


def test_tiles_that_reach_further_than_their_checkpoint_are_used(data, older):
    """Killed between tiles and checkpoint: the register vouches for what the tiles lead to."""
    shutil.copy(older / "public/log/checkpoint", data / "public/log/checkpoint")
    size = int((data / REGISTER).read_text().splitlines()[-1].split()[0])
    lose(data)
    assert recover(data, data / "public").size == size


def test_a_source_that_ends_before_the_register_is_refused(data, older):
    lose(data)
    assert refused(data, older / "public") == "register.behind"
    assert not (data / DATABASE).exists()


def flip(path, at=-1):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


TAMPERED = {
    "its signature": (lambda log: swap(log / "checkpoint", 4, resigned), "checkpoint.signature"),
    "its root": (lambda log: swap(log / "checkpoint", 2, "A" * 43 + "="), "checkpoint.signature"),
    "its size": (lambda log: swap(log / "checkpoint", 1, "99999"), "checkpoint.signature"),
    "its origin": (lambda log: swap(log / "checkpoint", 0, "other.example/log"), "checkpoint.origin"),
    "no signature": (lambda log: (log / "checkpoint").write_text("x"), "checkpoint.malformed"),
    "an entry": (lambda log: flip(log / "tile/entries/000", 40), "log.rewritten"),
    "an entry of the edge": (lambda log: flip(edge(log / "tile/entries/001.p"), 40), "log.rewritten"),
    "entries cut off": (lambda log: cut(log / "tile/entries/000"), "log.bundle"),
    "a tile": (lambda log: flip(log / "tile/0/000", 40), "log.tile-hash"),
    "the edge": (lambda log: flip(edge(log / "tile/0/001.p"), 40), "log.tile-root"),
    "no bundle": (lambda log: (log / "tile/entries/000").unlink(), "log.missing"),
}


def edge(folder):
    """The newest partial tile."""
    return max(folder.iterdir(), key=lambda path: int(path.name))


def resigned(line):
    middle = len(line) - 40
    return line[:middle] + ("B" if line[middle] == "A" else "A") + line[middle + 1 :]


def swap(path, at, line):
    lines = path.read_text().split("\n")
    lines[at] = line(lines[at]) if callable(line) else line
    path.write_text("\n".join(lines))


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", TAMPERED)
def test_a_source_that_was_tampered_with_is_refused(data, name):
    tamper, code = TAMPERED[name]
    tamper(data / "public/log")
    lose(data)
    assert refused(data, data / "public") == code
    assert not (data / DATABASE).exists()


def test_a_tampered_history_is_refused_and_the_others_come_back(data):
    scid = dids(data)["one"].split(":")[2]
    flip(data / f"public/log/history/{scid}.jsonl", 400)
    lose(data)
    done = recover(data, data / "public")
    assert [(found.code, found.where) for found in done.refused.shown] == [("recover.history", scid)]
    assert done.dids == 2
    assert set(dids(data)) == {"three", "two"}
    assert set(codes(data)) == {"record.missing"}


async def test_a_valid_history_that_was_not_logged_is_refused(data):
    """A controller signs two second versions, one of which was logged: the copy brings the other."""
    controller = Controller("own")
    later = {"signer": controller.signer, "now": datetime.now(UTC)}
    logged = webvh.update(controller.history, **later)
    other = webvh.update(controller.history, **later, document={**controller.history.latest.document, "x": 1})
    async with world(data, chain="embedded") as avow:
        await avow.post("/dids", {"name": "own", "entry": controller.line}, status=201)
        await avow.post("/dids/own/update", {"entry": logged})
        await anchored(avow)
    file = data / f"public/log/history/{controller.history.scid}.jsonl"
    assert file.read_text() == f"{controller.line}\n{logged}\n"
    file.write_text(f"{controller.line}\n{other}\n")
    lose(data)
    done = recover(data, data / "public")
    assert [(found.code, found.where) for found in done.refused.shown] == [
        ("recover.history", controller.history.scid)
    ]


async def test_notes_of_anchored_sizes_are_signed_again(data):
    """After a recovery only the newest is stored, and a bundle may need the one of the newest anchor."""
    size, note = sql(data, "select size, note from checkpoints order by size limit 1 offset 1")[0]
    sql(data, "delete from checkpoints where size = ?", size)
    async with world(data, chain="embedded") as avow:
        assert avow.core.registry._note(size) == note
        with pytest.raises(ApiError) as caught:
            avow.core.registry._note(1_000_000)
        assert caught.value.code == "log.note-missing"


def test_a_history_of_another_did_is_refused(data):
    one, two = (did.split(":")[2] for did in (dids(data)["one"], dids(data)["two"]))
    folder = data / "public/log/history"
    shutil.copy(folder / f"{one}.jsonl", folder / f"{two}.jsonl")
    lose(data)
    assert recover(data, data / "public").refused.counts == {"recover.history": 1}


@pytest.fixture
def fork(built, tmp_path):
    """What a service with the same keys would make of the older copy: longer, signed, another log."""
    folder = tmp_path / "fork"
    shutil.copytree(built / "older", folder)

    async def diverge():
        async with world(folder, chain="embedded") as avow:
            digests = ["A" * 43] * 500
            await avow.post("/evidence", {"digests": digests}, status=201)
            await anchored(avow)

    asyncio.run(diverge())
    return folder


def test_a_signed_fork_is_refused_by_the_register(data, fork):
    lose(data)
    assert refused(data, fork / "public") == "register.forked"


def test_a_signed_fork_is_refused_by_the_contract(data, fork):
    lose(data)
    (data / REGISTER).unlink()
    assert refused(data, fork / "public", register_lost=True) == "log.forked"


def test_a_signed_fork_is_not_appended_to_an_older_database(data, fork):
    lose(data)
    shutil.copy(fork / DATABASE, data)
    assert refused(data, data / "public") == "recover.differs"


def test_a_source_behind_the_contract_is_refused(data, older):
    lose(data)
    (data / REGISTER).unlink()
    assert refused(data, older / "public", register_lost=True) == "chain.ahead"


async def test_a_lost_register_is_not_passed_over_in_silence(data):
    policy, expected = await policy_of(data), dids(data)
    lose(data)
    (data / REGISTER).unlink()
    assert refused(data, data / "public") == "register.lost"
    recover(data, data / "public", register_lost=True)
    await lives(data, expected, policy)


async def test_a_lost_register_beside_a_whole_database(data):
    policy, expected = await policy_of(data), dids(data)
    (data / REGISTER).write_bytes(b"")
    done = recover(data, data / "public", register_lost=True)
    assert (done.new_database, done.entries) == (False, 0)
    await lives(data, expected, policy)


async def test_lost_keys_are_not_passed_over_in_silence(data):
    expected = dids(data)
    lose(data)
    (data / KEYS).unlink()
    assert refused(data, data / "public") == "keys.service-file"
    done = recover(data, data / "public", keys_lost=True)
    assert not done.own_keys
    (data / "chain.sqlite3").unlink()  # the old contract knows the old publisher
    async with world(data, chain="embedded") as avow:
        for did in expected.values():
            await settled(avow, did)


async def test_without_keys_register_or_trust_anchors_vouch(data):
    policy = await policy_of(data)
    lose(data)
    (data / KEYS).unlink()
    lines = (data / REGISTER).read_text().splitlines(keepends=True)
    (data / REGISTER).write_text("".join(lines[:-1]))
    assert refused(data, data / "public", keys_lost=True) == "recover.unsigned"
    assert recover(data, data / "public", policy=parse_policy(policy), keys_lost=True).dids == 3


def test_another_master_key_cannot_open_the_keys(data):
    lose(data)
    (data / "master.key").write_text("00" * 32)
    assert refused(data, data / "public") == "keys.unwrap"
    assert not (data / DATABASE).exists()


KILLED = """
import os, sys
from pathlib import Path
from api.recovery import filling, records
from tests.support.data_directory import recover
place, name, data = sys.argv[1:]
owner = {"filling": filling.Filling, "records": records.Records}[place]
real = getattr(owner, name)
def dying(self, *arguments, **more):
    real(self, *arguments, **more)
    os.kill(os.getpid(), 9)
setattr(owner, name, dying)
recover(Path(data), Path(data) / "public")
"""


@pytest.mark.parametrize("step", [("filling", "_copy"), ("filling", "entries"), ("records", "histories")])
@pytest.mark.parametrize("loss", ["lost", "older"])
def test_a_run_that_was_killed_can_be_run_again(data, older, loss, step):
    lose(data)
    if loss == "older":
        shutil.copy(older / DATABASE, data)
        before = sql(data, "select * from log_entries")
    ended = subprocess.run([sys.executable, "-c", KILLED, *step, data], cwd=ROOT, check=False, timeout=60)
    assert ended.returncode == -9
    if loss == "older":
        assert sql(data, "select * from log_entries") == before
    else:
        assert not (data / DATABASE).exists()
    done = recover(data, data / "public")
    assert done.dids == 3
    assert codes(data) == {}
    assert not list(data.glob("*.recovering*"))


async def test_a_backup_of_an_earlier_release_is_completed(data):
    """It has none of the tables that follow from the entries."""
    policy, expected = await policy_of(data), dids(data)
    for table in ("log_states", "log_tiles", "map_pages", "map_replaced"):
        sql(data, f"DELETE FROM {table}")
    recover(data, data / "public")
    await lives(data, expected, policy)


def test_a_key_that_was_retired_since_the_backup_stays_retired(data, older):
    """And one that was made since comes back: both stand in the file beside the database."""
    path = data / KEYS
    content = json.loads(path.read_text())
    (log,) = (key for key in content["keys"] if key["key_id"] == "log")
    newer = {**log, "version": 2}
    log.update(state="retired", public="localhost:8000/log+x", nonce="", wrapped="")
    content["keys"].append(newer)
    path.write_text(json.dumps(content))
    lose(data)
    shutil.copy(older / DATABASE, data)
    recover(data, data / "public", policy=None)
    rows = sql(data, "select version, state, length(wrapped) from keys where key_id = 'log' order by version")
    assert rows == [(1, "retired", 0), (2, "active", 48)]


async def test_notes_of_a_retired_key_are_still_good_and_vouch_for_nothing(data):
    """A rotation erases the old secret and leaves its public half on record."""
    policy = await policy_of(data)
    vkey = next(line for line in policy.splitlines() if line.startswith("log ")).removeprefix("log ")
    sql(
        data,
        "update keys set state = 'retired', public = ?, nonce = x'', wrapped = x'' where key_id = 'log'",
        vkey,
    )
    assert codes(data) == {"keys.service-file": 1}
    repair(data)
    assert codes(data) == {}
    lose(data)
    lines = (data / REGISTER).read_text().splitlines(keepends=True)
    (data / REGISTER).write_text("".join(lines[:-1]))
    assert refused(data, data / "public") == "recover.unsigned"


async def test_the_file_of_the_services_keys_opens_nothing_by_itself(data):
    file = ServiceFile.read(data / KEYS)
    assert (data / KEYS).stat().st_mode & 0o777 == 0o600
    assert {key["key_id"] for key in file.keys} == {"log", "chain-publisher", "chain-admin", "witness"}
    assert all(len(key["wrapped"]) == 48 for key in file.keys)
    assert file.meta["public-url"] == settings_of(data).public_url


async def test_a_database_begun_anew_does_not_replace_the_services_keys(data):
    before = (data / KEYS).read_bytes()
    lose(data)
    with pytest.raises(ApiError) as caught:
        await policy_of(data)
    assert caught.value.code == "store.lost"
    assert "avow recover" in caught.value.remedy
    register = (data / REGISTER).read_bytes()
    (data / REGISTER).write_bytes(b"")
    other = data.parent / "other"
    await policy_of(other)
    shutil.copy(other / DATABASE, data)
    shutil.copy(other / "master.key", data)
    (data / REGISTER).write_bytes(register)
    with pytest.raises(DidError) as caught:
        await policy_of(data)
    assert caught.value.code == "register.behind"
    assert (data / KEYS).read_bytes() == before
