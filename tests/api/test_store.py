"""Migrations, the data directory's lock, and small durable files."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete
from sqlmodel import SQLModel

from api import files, store
from api.errors import ApiError
from api.registry import stored_log
from api.services.access import SCOPES
from api.store.engine import writing_engine
from api.store.lock import DataLock
from api.store.migrate import HEAD, migrate, revision
from api.store.tables import LogEntry
from did.encoding import decode_multihash34

from .conftest import world
from .test_dids import settled


def test_migrations_give_exactly_the_tables(tmp_path):
    engine = writing_engine(tmp_path / "db")
    with engine.connect() as connection:
        migrate(connection)
        assert revision(connection) == HEAD
        connection.rollback()
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
        connection.rollback()
        migrate(connection)
    engine.dispose()


def test_the_newest_revision_is_the_one_that_the_code_names():
    scripts = ScriptDirectory(str(Path(store.__file__).parent / "migrations"))
    assert scripts.get_heads() == [HEAD]


def test_anchors_that_were_final_before_an_update_are_final_after_it(tmp_path):
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    engine = writing_engine(tmp_path / "db")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for size, final in ((1, True), (2, False)):
            connection.exec_driver_sql(
                "INSERT INTO anchors (chain, log_id, size, tenant, contract, state, final, time) "
                "VALUES ('c', x'00', ?, '', '0x', 'anchored', ?, 7)",
                (size, final),
            )
        connection.commit()
        migrate(connection)
        times = connection.exec_driver_sql("SELECT final_time FROM anchors ORDER BY size").fetchall()
        assert [time for (time,) in times] == [7, None]
    engine.dispose()


def test_the_first_client_holds_every_scope_after_an_update_and_others_hold_what_they_held(tmp_path):
    def scopes(connection):
        return dict(connection.exec_driver_sql("SELECT client_id, scopes FROM clients").fetchall())

    later = (":/evidence", ":/schemas", ":/credentials/status", ":/presentations")
    everything = " ".join(sorted(scope for scope in SCOPES if not scope.endswith(later)))
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    engine = writing_engine(tmp_path / "db")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for client, tenant, name, held in (
            ("a", "default", "bootstrap", everything),
            ("b", "default", "bootstrap", "write:/dids"),
            ("c", "default", "shop", everything),
            ("d", "second", "bootstrap", everything),
        ):
            connection.exec_driver_sql(
                "INSERT INTO clients (client_id, tenant, name, secret_hash, scopes, created) "
                "VALUES (?, ?, ?, x'00', ?, 0)",
                (client, tenant, name, held),
            )
        before = scopes(connection)
        connection.commit()
        migrate(connection)
        assert scopes(connection) == {**before, "a": " ".join(sorted(SCOPES))}
        command.downgrade(config, "0001")
        assert scopes(connection) == before
        connection.commit()
        migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()


def test_every_table_has_a_tenant():
    for table in SQLModel.metadata.tables.values():
        assert "tenant" in table.columns, table.name


def test_a_failed_migration_leaves_nothing_behind(tmp_path):
    engine = writing_engine(tmp_path / "db")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE tokens (x)")  # the migration trips over it, late
        connection.commit()
        with pytest.raises(Exception, match="already exists"):
            migrate(connection)
        connection.rollback()
        tables = {row[0] for row in connection.exec_driver_sql("select name from sqlite_master")}
    engine.dispose()
    assert tables == {"tokens"}


def test_a_database_of_a_later_release_is_refused(tmp_path):
    engine = writing_engine(tmp_path / "db")
    with engine.connect() as connection:
        migrate(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        with pytest.raises(ApiError) as caught:
            migrate(connection)
    engine.dispose()
    assert caught.value.code == "store.newer"


def test_one_process_for_one_data_directory(tmp_path):
    script = (
        "import sys; from pathlib import Path; from api.store.lock import DataLock\n"
        "from api.errors import ApiError\n"
        "try:\n DataLock(Path(sys.argv[1])).acquire()\n"
        "except ApiError as error:\n print(error.code)\n"
        "else:\n print('taken')\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with DataLock(tmp_path):
        assert (
            subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
            == "store.locked"
        )
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "taken"


def test_secret_files_are_exclusive_and_private(tmp_path):
    path = tmp_path / "secret"
    files.write_new(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        files.write_new(path, b"two")
    files.replace(path, b"three")
    assert path.read_bytes() == b"three"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("write", [files.write_new, files.replace])
def test_a_secret_file_that_could_not_be_synced_is_not_there(write, tmp_path, monkeypatch):
    def fail(_descriptor):
        raise OSError(5, "input/output error")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="input/output"):
        write(tmp_path / "secret", b"one")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_whole_before_it_has_its_name(tmp_path, monkeypatch):
    path, seen = tmp_path / "secret", []
    monkeypatch.setattr("os.fsync", lambda _descriptor: seen.append(path.exists()))
    files.write_new(path, b"one")
    # The content's sync comes before the name, the directory's after it.
    assert seen == [False, True]
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_of_every_new_directory_is_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(files, "sync_directory", synced.append)
    files.publish(tmp_path / "a" / "b" / "c", b"one")
    assert set(synced) == {tmp_path, tmp_path / "a", tmp_path / "a" / "b"}
    synced.clear()
    files.publish(tmp_path / "a" / "b" / "c", b"two")
    assert synced == [tmp_path / "a" / "b"]
    with DataLock(tmp_path / "x" / "data"):
        pass
    assert {tmp_path, tmp_path / "x"} <= set(synced)


def test_what_a_killed_process_left_unsynced_is_synced_once(tmp_path, monkeypatch):
    (tmp_path / "public" / "log" / "tile").mkdir(parents=True)
    synced = []
    monkeypatch.setattr(files, "sync_directory", synced.append)
    (tmp_path / "public" / "flat" / "below").mkdir(parents=True)
    files.sync_directories(tmp_path, flat="flat")
    below = tmp_path / "public" / "flat" / "below"
    assert set(synced) == {tmp_path, *(path for path in tmp_path.rglob("*") if path != below)}


@pytest.mark.anyio
async def test_what_is_read_by_its_text_is_what_is_read_otherwise(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        reader, log = avow.core.reader, avow.core.registry.sequencer.log
        scid34 = decode_multihash34(made["did"].split(":")[2])
        for statement, values in (
            (stored_log._ENTRIES, {"start": 0, "end": 9}),
            (stored_log._MAP_VERSION, {"size": log.sealed_size}),
            (stored_log._PAGE, {"prefix": b"\x00", "version": log.sealed_size}),
            (stored_log._STATE, {"scid34": scid34, "size": log.sealed_size}),
            (stored_log._TILE, {"level": 0, "number": 0}),
        ):
            rows = [tuple(row) for row in reader.all(statement, values)]
            assert reader.keyed(statement, values) == rows
        with pytest.raises(sqlite3.OperationalError):
            reader.keyed(delete(LogEntry), {})
        assert len(reader.keyed(stored_log._ENTRIES, {"start": 0, "end": 9})) == log.sealed_size
