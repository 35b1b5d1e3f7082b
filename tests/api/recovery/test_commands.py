"""`avow fsck` and `avow recover` as commands: exit codes, words, JSON; other services and nodes."""

from __future__ import annotations

import json
import shutil

import pytest

from api.cli.program import main
from api.client.service_client import ServiceClient
from api.store.lock import DataLock
from did.chain.local_chain import LocalChain
from tests.api.service import Service, free_port
from tests.support.data_directory import check, codes, lose, settings_of, sql

DATABASE = "avow.sqlite3"


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("AVOW_CHAIN", "embedded")
    for name in ("AVOW_PUBLIC_URL", "AVOW_PORT", "AVOW_DATA"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def other(data, tmp_path):
    """A second service of the same log, on a copy of the data."""
    shutil.copytree(data, tmp_path / "other")
    service = Service(tmp_path / "other", free_port(), AVOW_PUBLIC_URL="http://localhost:8000")
    service.start()
    yield service
    service.stop()


def test_a_whole_directory(data, capsys):
    assert main(["fsck", "--data", str(data)]) == 0
    shown = capsys.readouterr().out
    for name in ("database", "entries", "derived", "records", "register", "public", "anchors", "keys"):
        assert f" {name} " in shown
    assert main(["fsck", "--data", str(data), "--json", "--deep"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["whole"], answer["repaired"]) == (True, [])
    assert all(check["findings"] == check["notChecked"] == [] for check in answer["checks"])


def test_damage_and_its_repair(data, capsys):
    sql(data, "delete from log_tiles")
    sql(data, "update evidence set salt = zeroblob(32)")
    assert main(["fsck", "--data", str(data)]) == 6
    shown = capsys.readouterr().out
    assert "derived.tile log_tiles: level 0, number 0" in shown
    assert "avow fsck --repair" in shown
    assert "evidence.opening and 281 more" in shown
    assert main(["fsck", "--data", str(data), "--repair", "--json"]) == 6
    answer = json.loads(capsys.readouterr().out)
    assert answer["repaired"] == ["what follows from the entries"]
    found = {check["check"]: check for check in answer["checks"] if check["findings"]}
    assert set(found) == {"records"}
    assert found["records"]["more"] == {"evidence.opening": 281}
    assert not found["records"]["findings"][0]["repairable"]


def test_a_running_service_is_in_the_way(data, capsys):
    with DataLock(data):
        assert main(["fsck", "--data", str(data)]) == 5
        assert main(["recover", "--from", str(data / "public"), "--data", str(data)]) == 5
    assert capsys.readouterr().err.count("store.locked") == 2


def test_nothing_there(tmp_path, capsys):
    assert main(["fsck", "--data", str(tmp_path)]) == 5
    assert main(["recover", "--from", str(tmp_path), "--data", str(tmp_path)]) == 5
    shown = capsys.readouterr().err
    assert "store.lost" in shown
    assert "recover.source" in shown


def test_recovery_says_what_came_back_and_what_did_not(data, capsys):
    lose(data)
    shutil.rmtree(data / "public/log/history")
    arguments = ["recover", "--from", str(data / "public"), "--data", str(data), "--json"]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["newDatabase"], answer["dids"], answer["didsWithoutHistory"]) == (True, 0, 3)
    assert (answer["contractCompared"], answer["evidenceWithoutOpening"]) == (True, 301)
    assert len(answer["lost"]) == 3


def test_a_refused_source_ends_with_six(data, older, capsys):
    lose(data)
    assert main(["recover", "--from", str(older / "public"), "--data", str(data)]) == 6
    assert "register.behind" in capsys.readouterr().err


def test_a_lost_database_comes_back_from_another_service(data, other, capsys):
    lose(data)
    shutil.rmtree(data / "public")
    assert main(["recover", "--from", other.address, "--data", str(data), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["dids"], answer["didsWithoutHistory"]) == (3, 0)
    assert codes(data) == {"public.missing": 1}


def test_a_tampered_history_ends_with_six(data, capsys):
    lose(data)
    for file in (data / "public/log/history").iterdir():
        file.write_bytes(file.read_bytes().replace(b"proofValue", b"proofvalue"))
    assert main(["recover", "--from", str(data / "public"), "--data", str(data)]) == 6
    assert capsys.readouterr().out.count("recover.history") == 3


def test_trust_anchors_vouch_where_the_keys_are_lost(data, other, tmp_path, capsys):
    trust = tmp_path / "trust.json"
    assert main(["log", "trust", "--url", other.address, "-o", str(trust)]) == 0
    lose(data)
    (data / "service-keys.json").unlink()
    register = data / "checkpoint-register.txt"
    register.write_text("".join(register.read_text().splitlines(keepends=True)[:-1]))
    arguments = ["recover", "--from", str(data / "public"), "--data", str(data), "--keys-lost"]
    assert main(arguments) == 6
    assert "recover.unsigned" in capsys.readouterr().err
    assert main([*arguments, "--trust", str(trust)]) == 0
    assert "new keys" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["", "admin", "contract"])
def test_a_contract_is_read_over_a_node(data, other, wrong):
    """The embedded chain of the other service stands for a network."""
    chain = LocalChain.look(data / "chain.sqlite3", settings_of(data).origin)
    admin, contract = "0x" + chain._place.admin.hex(), chain.info.contract
    chain.close()
    named = {
        "chain": "evm",
        "chain_id": 31337,
        "chain_contract": "0x" + "11" * 20 if wrong == "contract" else contract,
        "chain_admin": "0x" + "22" * 20 if wrong == "admin" else admin,
    }
    with ServiceClient(other.address) as service:
        assert codes(data, call=service.rpc, **named) == {}
        (anchors,) = (
            checked for checked in check(data, call=service.rpc, **named) if checked.name == "anchors"
        )
        assert bool(anchors.left_out) == bool(wrong)
    if not wrong:
        sql(data, "update anchors set block_hash = zeroblob(32) where size = (select min(size) from anchors)")
        with ServiceClient(other.address) as service:
            assert codes(data, call=service.rpc, **named) == {"anchor.row": 1}
