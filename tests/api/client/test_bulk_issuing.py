"""Bulk runs against a real service: interrupted here or there, each row ends up here once."""

from __future__ import annotations

import json
import threading
import time

import pytest

from api.client import bulk_issuing
from api.client.bulk_files import Files, State
from api.client.connection import read_bootstrap
from api.client.csv_rows import read_table
from api.client.events import read_events
from api.client.failures import LocalError, RefusedError, UnreachableError
from api.client.service_client import ServiceClient
from tests.api.service import Service, free_port

ROWS = 1_200


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("bulk") / "data", free_port(), AVOW_CHAIN="memory")
    made.start()
    with client_of(made) as client:
        did = client.post("/dids", {"name": "city", "keys": "hosted"}, scope="write:/dids")["did"]
        body = {"did": did, "formats": ["eddsa-jcs-2022"]}
        client.put("/issuers/staff", body, scope="write:/issuers")
    yield made
    made.kill()


def client_of(service):
    found = read_bootstrap(service.data)
    return ServiceClient(service.address, found.client)


def table(rows=ROWS):
    lines = ["name,/validUntil"]
    lines += [f"{'x' * 40} {number},{'never' if number % 100 == 7 else ''}" for number in range(1, rows + 1)]
    return read_table("\n".join(lines).encode(), renamed={}, key_column=None, schema=None)


def issue(client, files, state, rows):
    state = bulk_issuing.send(client, rows, files, state, lambda _: None)
    return bulk_issuing.collect(client, rows, files, state, lambda _: None)


def check(files, state, rows=ROWS):
    issued = [json.loads(line) for line in files.out.read_text().splitlines()]
    refused = [json.loads(line) for line in files.refused.read_text().splitlines()]
    assert sorted(row["row"] for row in issued + refused) == list(range(1, rows + 1))
    assert [row["row"] for row in issued] == sorted(row["row"] for row in issued)
    assert {row["column"] for row in refused} == {"/validUntil"}
    assert (state.issued, state.refused) == (len(issued), len(refused))
    for row in issued:
        assert row["verifiableCredential"]["credentialSubject"]["name"].endswith(f" {row['row']}")


def test_an_interrupted_run_goes_on_and_writes_each_row_once(service, tmp_path, monkeypatch):
    files, rows = Files(tmp_path / "out.jsonl"), table()
    with client_of(service) as client:
        real, pages = Files.add, []

        def dies(self, state, results, refusals):
            """Write a page, then die before its state is kept; half a line is written too."""
            if len(pages) == 1:
                monkeypatch.setattr(Files, "write_state", lambda *_: None)
                real(self, state, results, refusals)
                with self.out.open("ab") as out:
                    out.write(b'{"row": 9')
                raise KeyboardInterrupt
            pages.append(1)
            return real(self, state, results, refusals)

        with monkeypatch.context() as patch:
            patch.setattr(Files, "add", dies)
            with pytest.raises(KeyboardInterrupt):
                issue(client, files, State(service.address, "staff", "digest", "first"), rows)
        monkeypatch.undo()
        state = Files(tmp_path / "out.jsonl").read_state()
        assert 0 < state.fetched < ROWS
        state = issue(client, files, state, rows)
    check(files, state)
    files.end(state)
    assert files.read_state() is None


def test_a_service_that_is_started_again_is_waited_for(service, tmp_path):
    files, rows, found = Files(tmp_path / "out.jsonl"), table(), []
    with client_of(service) as client:

        def run():
            found.append(issue(client, files, State(service.address, "staff", "digest", "second"), rows))

        worker = threading.Thread(target=run)
        worker.start()
        while worker.is_alive() and (files.read_state() is None or not files.read_state().batch):
            time.sleep(0.002)
        service.kill()
        service.start()
        worker.join(60)
    [state] = found
    check(files, state)


def test_a_run_without_its_state_finds_its_batch_again(service, tmp_path):
    rows = table(20)
    with client_of(service) as client:
        first = issue(
            client, Files(tmp_path / "a.jsonl"), State(service.address, "staff", "d", "third"), rows
        )
        second = issue(
            client, Files(tmp_path / "b.jsonl"), State(service.address, "staff", "d", "third"), rows
        )
        assert first.batch == second.batch
        assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
        bulk_issuing.erase(client, first)
        bulk_issuing.erase(client, first)
        with pytest.raises(RefusedError) as refused:
            bulk_issuing.send(client, rows, Files(tmp_path / "c.jsonl"), second, lambda _: None)
    assert refused.value.code == "batch.erased"


def test_a_directory_gets_a_file_for_each(service, tmp_path):
    files, rows = Files(tmp_path / "each"), table(10)
    with client_of(service) as client:
        state = issue(client, files, State(service.address, "staff", "d", "fourth"), rows)
    names = sorted(path.name for path in files.out.iterdir())
    assert names == [f"{number:06d}.json" for number in range(1, 11) if number != 7]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files.out.iterdir())
    assert state.refused == 1


def test_results_that_cannot_be_right_are_not_written(tmp_path):
    class Lying:
        def read(self, _path, *, scope):
            assert scope
            return b'{"row": 2, "state": "issued"}\n'

    state = State("url", "staff", "d", "k", batch="b")
    with pytest.raises(UnreachableError) as found:
        bulk_issuing._fetch(Lying(), "/x", table(3), Files(tmp_path / "o.jsonl"), state)
    assert found.value.code == "service.answer"
    assert not (tmp_path / "o.jsonl").exists()


def test_chunks_keep_within_what_a_request_may_carry():
    rows = read_table(
        ("name\n" + "\n".join("é" * 60_000 for _ in range(7))).encode(),
        renamed={},
        key_column=None,
        schema=None,
    ).rows
    assert [len(chunk) for chunk in bulk_issuing.chunks(rows)] == [1] * 7
    assert [len(chunk) for chunk in bulk_issuing.chunks(table(1_100).rows)] == [250, 250, 250, 250, 100]


def test_a_foreign_state_file_is_refused(tmp_path):
    (tmp_path / "o.jsonl.state.json").write_text('{"x": 1}')
    with pytest.raises(LocalError) as found:
        Files(tmp_path / "o.jsonl").read_state()
    assert found.value.code == "bulk.state"


def test_events_are_read_and_one_that_was_cut_off_is_none():
    lines = ["retry: 5", "", "event: progress", "id: 3", 'data: {"rows": 4}', "", ": hello", "", "id: 4"]
    lines += ['data: {"rows": 5}']
    [event] = read_events(lines)
    assert (event.name, event.id, event.data) == ("progress", "3", {"rows": 4})
