"""Starting: what is refused, what is mended, and what the files hold."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from api.errors import ApiError
from api.keys import master
from api.keys.vault import Label, Sealed
from api.services import health
from api.services.startup import running
from api.settings import Settings
from api.store.tables import Key
from api.system import System
from did.errors import DidError

from .conftest import world
from .test_dids import settled

pytestmark = pytest.mark.anyio


async def refused(data, **settings):
    with pytest.raises((ApiError, DidError)) as caught:
        async with world(data, **settings):
            pass
    assert caught.value.remedy
    return caught.value.code


async def history(data, names, **settings):
    """Run a service that makes these DIDs and gets them anchored."""
    async with world(data, **settings) as avow:
        for name in names:
            made = await avow.post("/dids", {"name": name}, status=201)
        await settled(avow, made["did"])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PUBLIC_URL", "localhost:8000"),
        ("PUBLIC_URL", "ftp://localhost"),
        ("PUBLIC_URL", "http://user@localhost"),
        ("PUBLIC_URL", "http://localhost?x"),
        ("PUBLIC_URL", "http://localhost:99999"),
        ("PUBLIC_URL", "http://127.0.0.1:8000"),
        ("PUBLIC_URL", "http://[::1]:8000"),
        ("PUBLIC_URL", "http://b\u00fccher.example"),
        ("PUBLIC_URL", "http://a b"),
        ("PUBLIC_URL", "http://localhost/a+b"),
        ("PUBLIC_URL", "http://localhost/../x"),
        ("PUBLIC_URL", f"http://localhost/{'a' * 300}"),
        ("PORT", "0"),
        ("PORT", "x"),
        ("CHAIN", "other"),
        ("CHAIN_CONTRACT", "0x12"),
        ("CHAIN_FINALITY", "latest"),
        ("CHAIN_FEE_CAP_GWEI", "-1"),
        ("CHAIN_KIND", "private"),
        ("SEAL_INTERVAL_MS", "-1"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_settings_that_cannot_work_name_their_variable(variable, value):
    with pytest.raises(ApiError) as caught:
        Settings.from_environment({f"AVOW_{variable}": value})
    assert caught.value.code == "settings.invalid"
    assert f"AVOW_{variable}" in caught.value.detail


def test_settings_come_from_the_environment_and_the_command_line_wins(tmp_path):
    environment = {"AVOW_PORT": "9000", "AVOW_DATA": "/nowhere", "AVOW_HOST": "", "PATH": "x"}
    settings = Settings.from_environment(environment, data=tmp_path, port=None)
    assert (settings.port, settings.data, settings.host) == (9000, tmp_path, "127.0.0.1")
    assert Settings.checked({"public_url": "https://id.example/avow/"}).origin == "id.example/avow/log"


def test_a_passphrase_does_not_show():
    settings = Settings.checked({"master_passphrase": "correct horse"})
    assert "correct" not in repr(settings)
    assert "correct" not in settings.model_dump_json()


async def test_another_public_url_is_refused_with_the_remedy(tmp_path):
    await history(tmp_path, ["city"])
    with pytest.raises(ApiError) as caught:
        async with world(tmp_path, public_url="http://localhost:9000"):
            pass
    assert caught.value.code == "settings.public-url-changed"
    assert "AVOW_PUBLIC_URL=http://localhost:8000" in caught.value.remedy
    async with world(tmp_path, public_url="http://localhost:8000/"):
        pass  # the same, written otherwise


async def test_two_services_do_not_share_a_directory(tmp_path):
    async with world(tmp_path):
        assert await refused(tmp_path) == "store.locked"


async def test_another_master_key_is_noticed_at_once(tmp_path):
    async with world(tmp_path):
        pass
    path = tmp_path / "master.key"
    kept = path.read_text()
    path.write_text("00" * 32)
    assert await refused(tmp_path) == "keys.unwrap"
    path.unlink()
    assert await refused(tmp_path) == "keys.master-missing"
    path.write_text(kept)
    path.chmod(0o600)
    async with world(tmp_path):
        pass


async def test_a_passphrase_instead_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(master, "MEMORY", 1 << 20)
    async with world(tmp_path, master_passphrase="correct horse") as avow:
        made = await avow.post("/dids", {"name": "city"}, status=201)
    assert not (tmp_path / "master.key").exists()
    assert await refused(tmp_path, master_passphrase="battery staple") == "keys.unwrap"
    async with world(tmp_path, master_passphrase="correct horse") as avow:
        await avow.post("/dids/city/update", {"rotate": True})
    assert made


async def test_a_restored_backup_does_not_fork_the_log(tmp_path):
    data = tmp_path / "data"
    await history(data, ["one"])
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(data / "avow.sqlite3", backup)
    await history(data, ["two"])
    shutil.copy(backup, data / "avow.sqlite3")
    assert await refused(data) == "register.behind"


@pytest.mark.parametrize("loss", ["missing", "empty", "cut", "zeros", "torn"])
async def test_a_register_that_was_lost_is_noticed(tmp_path, loss):
    """Without its register, an old copy of the database would sign a second history."""
    await history(tmp_path, ["one"])
    register = tmp_path / "checkpoint-register.txt"
    text = register.read_bytes()
    first = text.index(b"\n") + 1
    left = {"empty": b"", "cut": text[:first], "zeros": bytes(len(text)), "torn": text[:-1]}
    if loss == "missing":
        register.unlink()
    else:
        register.write_bytes(left[loss])
    assert await refused(tmp_path) == "register.lost"
    assert register.read_bytes() == left.get(loss, b"")  # the evidence stays as it was found
    register.write_bytes(text)
    async with world(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
async def test_a_damaged_database_is_said_to_be_one(tmp_path, content):
    await history(tmp_path, ["one"])
    (tmp_path / "avow.sqlite3").write_bytes(content)
    assert await refused(tmp_path) == "store.unreadable"


async def test_another_history_of_the_same_size_is_noticed(tmp_path):
    await history(tmp_path, ["one"])
    with sqlite3.connect(tmp_path / "avow.sqlite3") as connection:
        rows = connection.execute("select position, entry from log_entries order by position").fetchall()
        position, entry = next(row for row in rows if row[1][13] == 1)
        changed = entry[:60] + bytes([entry[60] ^ 1]) + entry[61:]
        connection.execute("update log_entries set entry = ? where position = ?", (changed, position))
    connection.close()
    assert await refused(tmp_path) in {"register.forked", "seal.map-root"}


async def test_a_log_behind_its_chain_is_refused(tmp_path):
    """Database and register both restored from an old copy: only the chain remembers."""
    data = tmp_path / "data"
    await history(data, ["one"], chain="embedded")
    for name in ("avow.sqlite3", "checkpoint-register.txt"):
        shutil.copy(data / name, tmp_path / name)
    await history(data, ["two"], chain="embedded")
    for name in ("avow.sqlite3", "checkpoint-register.txt"):
        shutil.copy(tmp_path / name, data / name)
    assert await refused(data, chain="embedded") == "chain.ahead"


@pytest.mark.parametrize("loss", ["missing", "old copy"])
async def test_a_chain_that_lost_an_anchor_is_noticed(tmp_path, loss):
    """A chain begun anew under the same name would show a second history to those who trust the first."""
    data = tmp_path / "data"
    await history(data, ["one"], chain="embedded")
    shutil.copy(data / "chain.sqlite3", tmp_path)
    await history(data, ["two"], chain="embedded")
    whole = (data / "chain.sqlite3").read_bytes()
    (data / "chain.sqlite3").unlink()
    if loss == "old copy":
        shutil.copy(tmp_path / "chain.sqlite3", data)
    assert await refused(data, chain="embedded") == "chain.behind"
    (data / "chain.sqlite3").write_bytes(whole)
    await history(data, ["three"], chain="embedded")


async def test_anchors_on_a_chain_in_memory_end_with_it(tmp_path):
    await history(tmp_path, ["one"])
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "two"}, status=201)
        await settled(avow, made["did"])
        found = (await avow.client.get("/log/anchors")).json()
        assert max(anchor["size"] for anchor in found["anchors"]) == found["head"]["size"]
        assert len(found["anchors"]) == found["head"]["sequence"]


@pytest.mark.parametrize("never_signed", [b"999 torn", b"999 " + bytes(80) + b"AA= 5\n"])
async def test_what_a_crash_left_unsealed_unsigned_or_unanchored_is_finished(tmp_path, never_signed):
    await history(tmp_path, ["one"])
    with sqlite3.connect(tmp_path / "avow.sqlite3") as connection:
        connection.execute("delete from checkpoints")  # signed and registered, not stored
        connection.execute("update anchors set state = 'intent', block_number = null, block_hash = null")
    connection.close()
    with (tmp_path / "checkpoint-register.txt").open("ab") as register:
        register.write(never_signed)  # a line that did not come to the disk as a whole
    async with world(tmp_path) as avow:
        note = (await avow.client.get("/log/checkpoint")).text
        size = int(note.split("\n")[1])
        assert size == avow.core.registry.sequencer.size
        made = await avow.post("/dids", {"name": "two"}, status=201)
        await settled(avow, made["did"])
    lines = (tmp_path / "checkpoint-register.txt").read_text().splitlines()
    sizes = [int(line.split()[0]) for line in lines]
    assert sizes == sorted(set(sizes))
    assert 999 not in sizes


async def test_no_private_key_stands_in_the_files_or_in_the_log(tmp_path, monkeypatch, capfd):
    """Every key that the vault holds and every 32 random bytes are looked for, in several spellings."""
    drawn: list[bytes] = []

    def recorded(size: int) -> bytes:
        value = secrets.token_bytes(size)
        drawn.append(value)
        return value

    real = System.__init__

    def init(self, **values):
        real(self, **{**values, "random_bytes": recorded})

    monkeypatch.setattr(System, "__init__", init)
    async with world(tmp_path, chain="embedded", log_level="debug") as avow:
        made = await avow.post("/dids", {"name": "city"}, status=201)
        await avow.post("/dids/city/update", {"rotate": True})
        await avow.put("/issuers/x", {"did": made["did"], "formats": ["bbs-2023"]}, status=201)
        await settled(avow, made["did"])
        kept = [
            avow.core.vault.open(Label(r.tenant, r.key_id, r.purpose, 1), Sealed(r.nonce, r.wrapped))
            for r in avow.core.reader.all(select(Key.__table__))
        ]
    log = capfd.readouterr()
    held = log.out.encode() + log.err.encode()
    names = []
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        names.append(path.name)
        if path.name not in {"master.key", "bootstrap-client.json"}:
            held += path.read_bytes()
    assert {"avow.sqlite3", "chain.sqlite3", "checkpoint-register.txt"} <= set(names)
    secret = [value for value in drawn if len(value) == 32] + kept
    assert len(kept) >= 8
    assert len(drawn) > 20
    for value in secret:
        text = base64.urlsafe_b64encode(value).rstrip(b"=")
        for spelt in (value, value.hex().encode(), value.hex().upper().encode(), text):
            assert spelt not in held


async def test_readiness_says_what_is_wrong(tmp_path):
    async with world(tmp_path) as avow:
        assert (await avow.client.get("/readyz")).json()["checks"] == dict.fromkeys(
            ("store", "schema", "log", "signer", "chain"), "ok"
        )
        avow.core.registry._publisher.stopped = "log.forked"
        avow.app.state.health.at = float("-inf")
        answer = await avow.client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "service.not-ready")
        assert answer.json()["checks"]["chain"] == "log.forked"
        assert answer.headers["retry-after"]
        assert (await avow.client.get("/livez")).status_code == 200


async def test_readiness_is_not_claimed_before_the_first_probe_has_answered(tmp_path):
    async with world(tmp_path) as avow:
        avow.core.registry._publisher.stopped = "log.forked"
        answers = await asyncio.gather(*(avow.client.get("/readyz") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {503}


async def test_a_writer_that_hangs_is_not_ready(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "STORE_SECONDS", 0.05)
    async with world(tmp_path) as avow:
        stuck = asyncio.Event()
        monkeypatch.setattr(avow.core, "writer", SimpleNamespace(run=lambda _command: stuck.wait()))
        answer = await avow.client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["store"].startswith("nothing was written")


async def test_stopping_leaves_a_database_that_is_whole(tmp_path):
    settings = Settings.checked({"data": tmp_path, "chain": "memory", "log_level": "error"})
    async with running(settings, System()):
        pass
    with sqlite3.connect(settings.database_path) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    assert re.match(r"\d+ ", settings.register_path.read_text())


@pytest.mark.parametrize("table", ["log_tiles", "map_pages"])
async def test_a_start_over_damaged_tiles_or_pages_names_the_repair(tmp_path, table):
    async with world(tmp_path) as avow:
        digests = [base64.urlsafe_b64encode(bytes([n]) * 32).decode().rstrip("=") for n in range(256)]
        await avow.post("/evidence", {"digests": digests}, status=201)
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
    with sqlite3.connect(tmp_path / "avow.sqlite3") as connection:
        connection.execute(f"delete from {table}")
    connection.close()
    with pytest.raises(ApiError) as caught:
        async with world(tmp_path):
            pass
    assert caught.value.code == {"log_tiles": "log.missing", "map_pages": "map.page"}[table]
    assert "--repair" in caught.value.remedy
