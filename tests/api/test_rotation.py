"""Replacing the log's key: two phases without a gap, and the stolen key; what verifies under which policy."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import select

from api.cli import program
from api.errors import ApiError
from api.services.rotation import Phase, rotate
from api.settings import Settings
from api.store.lock import DataLock
from api.store.tables import Key
from api.system import System
from did import jcs
from did.errors import DidError
from did.registry.bundle import Level, verify_bundle
from did.registry.note import VerifierKey, parse_note
from did.registry.policy import parse_policy
from tests.support.data_directory import codes, recover, repair

from .conftest import world
from .test_cosigning import QUORUM, asking, cosigned, until, witnesses
from .test_dids import expectations, settled
from .test_witness import configured

pytestmark = pytest.mark.anyio

__all__ = ["witnesses"]
CHAIN = {"chain": "embedded"}


def turn(data, phase: Phase):
    return rotate(Settings.checked({"data": data}), System(), phase)


def policy_of(*vkeys: str):
    return parse_policy("".join(f"log {vkey}\n" for vkey in vkeys) + "quorum none\n")


async def made(avow, name):
    """A DID with its bundle, as it is shown now; and what a verifier reads from its own node."""
    answer = await avow.post("/dids", {"name": name}, status=201)
    return await shown(avow, answer["did"])


async def shown(avow, did):
    result = await settled(avow, did)
    bundle = jcs.canonicalize(result["didResolutionMetadata"]["proof"][0])
    return did, bundle, await expectations(avow, Level.SEALED)


def verdict(found, policy) -> str:
    did, bundle, expected = found
    try:
        verify_bundle(bundle, expected_did=did, expectations=replace(expected, policy=policy))
    except DidError as error:
        return error.code
    return "verified"


def checkpoints(data) -> dict[int, str]:
    with sqlite3.connect(data / "avow.sqlite3") as connection:
        rows = connection.execute("select size, note from checkpoints order by size").fetchall()
    connection.close()
    return {size: note.partition("\n\n")[0] for size, note in rows}


async def test_a_key_is_replaced_without_a_gap_and_bundles_of_every_time_verify(tmp_path):
    data = tmp_path / "data"
    async with world(data, **CHAIN) as avow:
        before = await made(avow, "before")
        first = (await avow.client.get("/log/policy")).text.splitlines()[1].removeprefix("log ")
    bodies, register = checkpoints(data), (data / "checkpoint-register.txt").read_bytes()

    added = turn(data, Phase.ADD)
    assert added.signing[0] == first
    second = added.signing[1]
    async with world(data, **CHAIN) as avow:
        assert (await avow.client.get("/log/policy")).text.splitlines()[1:] == [
            f"log {first}",
            f"log {second}",
            "quorum none",
        ]
        during = await made(avow, "during")
        again = await shown(avow, before[0])

    retired = turn(data, Phase.RETIRE)
    assert (retired.signing, retired.stopped) == ((second,), (first,))
    async with world(data, **CHAIN) as avow:
        after = await made(avow, "after")
        fresh = await shown(avow, before[0])
        assert (await avow.client.get("/log/policy")).text.splitlines()[1:] == [
            f"log {second}",
            "quorum none",
        ]

    old, both, new = policy_of(first), policy_of(first, second), policy_of(second)
    assert [verdict(before, policy) for policy in (old, both, new)] == [
        "verified",
        "verified",
        "checkpoint.unsigned",
    ]
    assert [verdict(during, policy) for policy in (old, both, new)] == ["verified"] * 3
    assert [verdict(again, policy) for policy in (old, both, new)] == ["verified"] * 3
    assert [verdict(after, policy) for policy in (old, both, new)] == [
        "checkpoint.unsigned",
        "verified",
        "verified",
    ]
    assert verdict(fresh, new) == "verified"
    kept = checkpoints(data)
    assert {size: kept[size] for size in bodies} == bodies
    assert (data / "checkpoint-register.txt").read_bytes().startswith(register)


async def test_a_stolen_key_stops_at_once_and_what_is_shown_is_signed_again_by_the_new_one(tmp_path):
    data = tmp_path / "data"
    async with world(data, **CHAIN) as avow:
        before = await made(avow, "one")
        note = (await avow.client.get("/log/checkpoint")).text
    revoked = turn(data, Phase.REVOKE)
    (stolen,), (fresh,) = revoked.stopped, revoked.signing
    assert stolen != fresh
    async with world(data, anchor_interval_ms=86_400_000, **CHAIN) as avow:
        # The same body, under the new key alone: at /log/checkpoint, in the folder, and in new bundles.
        now = (await avow.client.get("/log/checkpoint")).text
        assert parse_note(now).body == parse_note(note).body
        ours = [line for line in parse_note(now).lines if line.name == "localhost:8000/log"]
        assert [line.key_id for line in ours] == [VerifierKey.parse(fresh).key_id]
        again = await shown(avow, before[0])
        assert b'"checkpoint"' in again[1]
        assert verdict(again, policy_of(fresh)) == "verified"
        assert verdict(again, policy_of(stolen)) == "checkpoint.unsigned"
        # An archived bundle is made good by its body's new signature; the old line no longer counts.
        assert verdict(before, policy_of(fresh)) == "checkpoint.unsigned"
        archived = json.loads(before[1])
        size = int(archived["checkpoint"].split("\n")[1])
        archived["checkpoint"] = avow.core.registry._notes.note(size)
        mended = (before[0], jcs.canonicalize(archived), before[2])
        assert verdict(mended, policy_of(fresh)) == "verified"


async def test_an_anchored_note_of_an_older_key_is_shown_under_the_new_one(tmp_path):
    """The newest anchor may be older than the newest checkpoint, which alone is signed again at a start."""
    data = tmp_path / "data"
    async with world(data, **CHAIN) as avow:
        found = await made(avow, "one")
        avow.core.registry._publisher.stopped = "test"
        avow.core.registry._sealer.on_signed.set()
        await avow.post("/dids", {"name": "two"}, status=201)
        size = avow.core.registry._publisher.anchored.size
        await until(lambda: avow.core.registry._sealer.signed.size > size)
    fresh = turn(data, Phase.REVOKE).signing[0]
    async with world(data, **CHAIN) as avow:
        registry = avow.core.registry
        assert [line.key_id for line in parse_note(registry._notes.note(size)).lines] == [
            VerifierKey.parse(fresh).key_id
        ]
        assert verdict(await shown(avow, found[0]), policy_of(fresh)) == "verified"


async def test_the_phases_follow_each_other_and_nothing_else_is_done(tmp_path):
    data = tmp_path / "data"
    with pytest.raises(ApiError) as caught:
        turn(tmp_path, Phase.ADD)
    assert caught.value.code == "rotation.no-key"
    async with world(data):
        with pytest.raises(ApiError) as caught:
            turn(data, Phase.ADD)
        assert caught.value.code == "store.locked"
    with pytest.raises(ApiError) as caught:
        turn(data, Phase.RETIRE)
    assert caught.value.code == "rotation.not-begun"
    signing = [turn(data, Phase.ADD).signing]
    with pytest.raises(ApiError) as caught:
        turn(data, Phase.ADD)
    assert caught.value.code == "rotation.under-way"
    phases = (Phase.RETIRE, Phase.ADD, Phase.REVOKE, Phase.ADD, Phase.RETIRE)
    signing += [turn(data, phase).signing for phase in phases]
    assert [len(keys) for keys in signing] == [2, 1, 2, 1, 2, 1]
    assert not set(signing[2]) & set(signing[3])
    # Between two phases at least one key stays, but where it was stolen.
    assert [bool(set(a) & set(b)) for a, b in pairwise(signing)] == [True, True, False, True, True]
    async with world(data) as avow:
        assert [s.key.text for s in avow.core.registry._notes.signers] == [*signing[-1]]


async def test_a_key_that_stopped_is_erased_and_its_public_half_kept_on_record(tmp_path):
    data = tmp_path / "data"
    async with world(data):
        pass
    turn(data, Phase.ADD)
    stopped = turn(data, Phase.RETIRE).stopped
    async with world(data) as avow:
        rows = avow.core.reader.all(select(Key.__table__).where(Key.key_id == "log"))
        found = {row.version: (row.state, row.public, len(row.wrapped)) for row in rows}
    assert found == {1: ("retired", stopped[0], 0), 2: ("active", "", 48)}


async def test_the_keys_of_another_master_key_are_not_touched(tmp_path):
    data = tmp_path / "data"
    async with world(data):
        pass
    async with world(tmp_path / "other"):
        pass
    shutil.copy(tmp_path / "other" / "master.key", data)
    for phase in Phase:
        with pytest.raises(ApiError) as caught:
            turn(data, phase)
        assert caught.value.code == "keys.unwrap"


async def test_witnesses_go_on_cosigning_through_a_rotation_if_they_take_over_the_new_key(
    tmp_path, witnesses
):
    data = tmp_path / "data"
    async with asking(tmp_path, witnesses, quorum=QUORUM) as avow:
        await cosigned(avow, (await avow.post("/dids", {"name": "one"}, status=201))["did"])
    turn(data, Phase.ADD)
    async with asking(tmp_path, witnesses, quorum=QUORUM) as avow:
        both = witnesses[0].keys
        # Those who know the old key only go on too: the other line counts for nothing to them.
        witnesses[0].keys = {origin: keys[:1] for origin, keys in both.items()}
        did = (await avow.post("/dids", {"name": "two"}, status=201))["did"]
        await cosigned(avow, did)
    turn(data, Phase.RETIRE)
    old = {origin: keys[:1] for origin, keys in both.items()}
    async with asking(tmp_path, witnesses, quorum=QUORUM) as avow:
        witnesses[0].keys = witnesses[1].keys = old
        did = (await avow.post("/dids", {"name": "three"}, status=201))["did"]
        result = (await settled(avow, did))["didResolutionMetadata"]
        assert result["cosigned"]["quorum"] is False
        witnesses[0].keys = both
        await cosigned(avow, did)


async def test_the_cosignatures_of_a_note_survive_a_new_key_of_the_log(tmp_path, witnesses):
    async with asking(tmp_path, witnesses, quorum=QUORUM) as avow:
        did = (await avow.post("/dids", {"name": "one"}, status=201))["did"]
        await cosigned(avow, did)
        await settled(avow, did)
        note = parse_note((await avow.client.get("/log/checkpoint")).text)
    turn(tmp_path / "data", Phase.REVOKE)
    async with asking(tmp_path, witnesses, quorum=QUORUM) as avow:
        again = parse_note(avow.core.registry._notes.note(int(note.body.split("\n")[1])))
    assert set(note.lines[1:]) <= set(again.lines)
    assert note.lines[0] not in again.lines


async def test_the_command_needs_the_stopped_service_and_says_what_comes_next(tmp_path, capsys, monkeypatch):
    data = tmp_path / "data"
    async with world(data) as avow:
        first = avow.core.registry._notes.signers[0].key.text
    monkeypatch.setenv("AVOW_PUBLIC_URL", "https://other.example")
    assert program.main(["log", "rotate-key", "--data", str(data)]) == 0
    shown_ = capsys.readouterr().out
    assert "two keys" in shown_
    assert first in shown_  # the name is that of the first start, whatever the settings say
    assert "avow serve" in shown_
    assert program.main(["log", "rotate-key", "--retire", "--data", str(data)]) != 0  # nobody to ask
    assert "cli.nobody-to-ask" in capsys.readouterr().err
    assert program.main(["log", "rotate-key", "--retire", "--yes", "--json", "--data", str(data)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["phase"], answer["stopped"]) == ("retire", [first])
    assert program.main(["log", "rotate-key", "--retire", "--revoke", "--data", str(data)]) == 2
    capsys.readouterr()
    with DataLock(data):
        assert program.main(["log", "rotate-key", "--data", str(data)]) != 0
    assert "store.locked" in capsys.readouterr().err


async def test_a_witness_of_this_kind_takes_a_rotated_log_from_its_own_policy_lines(tmp_path):
    """What `/log/policy` says during a rotation is what a witness's file takes, line by line."""
    async with world(tmp_path / "log"):
        pass
    turn(tmp_path / "log", Phase.ADD)
    async with world(tmp_path / "log") as avow:
        text = (await avow.client.get("/log/policy")).text
    lines = [line.removeprefix("log ") for line in text.splitlines() if line.startswith("log ")]
    async with world(tmp_path / "data", witness_logs=configured(tmp_path, *lines)) as avow:
        assert [key.text for key in avow.core.witness.logs["localhost:8000/log"]] == lines


async def test_an_old_copy_of_the_database_does_not_bring_a_stolen_key_back(tmp_path):
    """Nothing was signed since at a new size, so the register sees no difference."""
    data, copy, file = tmp_path / "data", tmp_path / "copy", tmp_path / "data/service-keys.json"
    async with world(data, **CHAIN) as avow:
        await made(avow, "one")
    shutil.copy(data / "avow.sqlite3", copy)
    fresh = turn(data, Phase.REVOKE).signing[0]
    kept = file.read_bytes()
    shutil.copy(copy, data / "avow.sqlite3")
    with pytest.raises(ApiError) as caught:
        async with world(data, **CHAIN):
            pass
    assert caught.value.code == "keys.behind"
    for phase in (Phase.ADD, Phase.REVOKE):
        with pytest.raises(ApiError) as caught:
            turn(data, phase)
        assert caught.value.code == "keys.behind"
    assert codes(data) == {"keys.behind": 1}
    repair(data)
    assert file.read_bytes() == kept
    recover(data, data / "public")
    async with world(data, **CHAIN) as avow:
        assert (await avow.client.get("/log/policy")).text.splitlines()[1:] == [f"log {fresh}", "quorum none"]
    assert file.read_bytes() == kept
