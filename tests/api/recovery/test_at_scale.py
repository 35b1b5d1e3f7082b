"""A check of a long log holds few rows at a time, and says how many findings it does not show."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from sqlalchemy import insert

from api.recovery import scratch
from api.recovery.checks import records
from api.recovery.findings import CAP
from api.recovery.scratch import PORTION
from api.registry.derived import READ, derive, stored_entries
from api.registry.sequencer import append_entries
from api.registry.stored_log import StoredLog
from api.services import bootstrap
from api.store.engine import writing_engine
from api.store.migrate import migrate
from api.store.tables import EvidenceRow, LogEntry, Meta
from did.registry.entries import Evidence
from did.registry.log import Log
from tests.support.data_directory import check, codes, settings_of, sql

ENTRIES, BATCH = 50_000, 1000


class Fetching(sqlite3.Cursor):
    """Counts the rows that are in memory at once."""

    most = 0
    all = 0

    def _note(self, rows):
        Fetching.most, Fetching.all = max(Fetching.most, len(rows)), Fetching.all + len(rows)
        return rows

    def fetchall(self):
        return self._note(super().fetchall())

    def fetchmany(self, size=1):
        return self._note(super().fetchmany(size))


class Connected(sqlite3.Connection):
    def cursor(self, factory=Fetching):
        return super().cursor(factory)


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    """A log of evidence that was erased: fifty batches, written as the sequencer writes them."""
    data = tmp_path_factory.mktemp("long")
    settings = settings_of(data)
    engine = writing_engine(settings.database_path)
    with engine.connect() as connection:
        migrate(connection)
        with connection.begin():
            meta = {"tenant": "", "name": bootstrap.PUBLIC_URL, "value": settings.public_url}
            connection.execute(insert(Meta), meta)
            log = Log(settings.origin, StoredLog.over(connection), sealed_size=0)
            for batch in range(ENTRIES // BATCH):
                numbers = range(batch * BATCH, (batch + 1) * BATCH)
                first = append_entries(
                    connection, [Evidence(number.to_bytes(32, "big")) for number in numbers], tenant=""
                )
                rows = [
                    {"evidence_id": str(n), "tenant": "", "log_index": first + at}
                    for at, n in enumerate(numbers)
                ]
                connection.execute(insert(EvidenceRow), rows)
                sealed = log.seal(StoredLog.over(connection).entries(first, first + BATCH))
                connection.execute(
                    insert(LogEntry), {"position": sealed.index, "tenant": "", "entry": sealed.entry}
                )
                log.commit(sealed)
            derive(
                stored_entries(connection),
                connection,
                settings.origin,
                needed_from=0,
                progress=lambda _: None,
            )
    engine.dispose()
    return data


def test_a_long_log_is_read_in_portions(long_log, monkeypatch):
    def counted(*arguments, **more):
        return sqlite3.connect(*arguments, factory=Connected, **more)

    monkeypatch.setattr(
        scratch,
        "sqlite3",
        type("Module", (), {"connect": staticmethod(counted), "Connection": sqlite3.Connection}),
    )
    found = {checked.name: checked for checked in check(long_log)}
    assert found["entries"].looked_at == f"{ENTRIES + ENTRIES // BATCH} entries"
    assert found["entries"].whole
    assert found["derived"].whole
    assert found["records"].looked_at == f"0 versions of DIDs, {ENTRIES} pieces of evidence"
    assert found["records"].whole
    assert Fetching.all >= ENTRIES
    assert Fetching.most <= max(READ, PORTION)


def test_many_findings_of_one_code_are_counted_and_few_are_shown(long_log, tmp_path):
    shutil.copytree(long_log, tmp_path / "data")
    sql(tmp_path / "data", "delete from log_tiles where level = 0")
    found = {checked.name: checked for checked in check(tmp_path / "data")}["derived"].findings
    assert len(found.shown) == CAP
    assert found.more == {"derived.tile": (ENTRIES + ENTRIES // BATCH) // 256 - CAP}


def test_depth_is_left_out_above_a_size_and_said_to_be(data, monkeypatch):
    ((line,),) = sql(
        data, "select line from did_versions join dids using (scid) where name = 'one' and version = 2"
    )
    forged = line.replace('"proofValue":"z', '"proofValue":"z1')
    sql(data, "update did_versions set line = ? where line = ?", forged, line)
    monkeypatch.setattr(records, "DEEP_BELOW", 2)
    found = {checked.name: checked for checked in check(data)}
    assert found["records"].left_out == ("histories by did:webvh (add --deep)",)
    assert codes(data) == {}
    assert codes(data, deep=True) == {"record.history": 1}
