"""A service killed in the middle of a batch: every acknowledged row gets one result, and one status."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time

import httpx
import pytest

from schemas import examples
from tests.support.dying import AFTER, BEFORE, DyingService, Failpoint

ROWS, CHUNK = 400, 50
CLAIMS = examples.load("employment")
POINTS = {
    "a status is reserved, not committed": Failpoint("api.bulk.settling:reserve", AFTER, call=2),
    "a status is reserved, nothing signed": Failpoint("api.bulk.settling:sign_some", BEFORE, call=2),
    "the template is signed, nothing stored": Failpoint("api.bulk.settling:sign_some", AFTER, call=2),
    "results written, not committed": Failpoint("api.bulk.settling:store", AFTER, call=2),
    "results committed": Failpoint("api.store.writer:_release", BEFORE, since="api.bulk.settling:store"),
    "rows written, not committed": Failpoint("api.bulk.batches:_insert", AFTER, call=3),
}


class Client:
    """Sends rows, remembers what was acknowledged, and asks for results."""

    def __init__(self, service):
        self.service = service
        self.acknowledged: set[str] = set()
        self.path = ""

    def http(self):
        token = {"Authorization": f"Bearer {self.service.token()}"}
        return httpx.Client(base_url=self.service.address, headers=token, timeout=20)

    def prepare(self):
        with self.http() as http:
            made = http.post("/dids", json={"name": "city", "keys": "hosted"}).json()
            body = {"did": made["did"], "formats": ["eddsa-jcs-2022"], "status": True}
            assert http.put("/issuers/staff", json=body).status_code == 201

    def find(self, http):
        made = http.post("/issuers/staff/batches", json={}, headers={"Idempotency-Key": "the batch"})
        self.path = f"/issuers/staff/batches/{made.json()['batch']}"

    def send(self, http):
        """Send what was not acknowledged; the death of the service ends it."""
        keys = [str(number) for number in range(ROWS)]
        for start in range(0, ROWS, CHUNK):
            chunk = [key for key in keys[start : start + CHUNK] if key not in self.acknowledged]
            if chunk:
                rows = [{"key": key, "credential": {"credentialSubject": CLAIMS}} for key in chunk]
                answer = http.post(f"{self.path}/rows", json={"rows": rows})
                assert answer.status_code == 200, answer.text
                self.acknowledged |= {row["key"] for row in answer.json()["rows"]}

    def attempt(self):
        try:
            with self.http() as http:
                self.find(http)
                self.send(http)
        except httpx.TransportError:
            pass

    def finish(self):
        with self.http() as http:
            self.find(http)
            before = {row["key"] for row in self.results(http)}
            assert before <= self.acknowledged | set(map(str, range(ROWS)))
            self.send(http)
            http.post(f"{self.path}/close", json={})
            end = time.monotonic() + 30
            while http.get(self.path).json()["state"] != "done":
                assert time.monotonic() < end
                time.sleep(0.02)
            return self.results(http)

    def results(self, http):
        answer = http.get(f"{self.path}/results")
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]


def check(client, early):
    """One result for each row; and those that were seen before the last death are the same ones."""
    found = client.finish()
    assert [row["row"] for row in found] == list(range(1, ROWS + 1))
    assert {row["key"] for row in found} == {str(number) for number in range(ROWS)}
    assert {row["state"] for row in found} == {"issued"}
    later = {row["key"]: row for row in found}
    for row in early:
        assert later[row["key"]] == row
    indexes = {row["verifiableCredential"]["credentialStatus"]["statusListIndex"] for row in found}
    assert len(indexes) == ROWS
    with sqlite3.connect(client.service.data / "avow.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM status_entries").fetchone() == (ROWS,)


@pytest.mark.parametrize("name", POINTS)
def test_killed_at_the_worst_moment(tmp_path, name):
    service = DyingService(tmp_path / "data", "http://localhost:8000", chain="memory")
    client = Client(service)
    service.start(POINTS[name])
    try:
        service.wait_ready()
        client.prepare()
        service.arm()
        client.attempt()
        assert service.died(within=20), name
        service.start()
        service.wait_ready()
        with client.http() as http:
            client.find(http)
            there = http.get(client.path).json()
            assert there["rows"] >= len(client.acknowledged)
            early = client.results(http)
        check(client, early)
    finally:
        service.kill()


def test_killed_again_and_again(tmp_path):
    service = DyingService(tmp_path / "data", "http://localhost:8000", chain="memory")
    client, rng, early = Client(service), random.Random(11), []
    try:
        for round_ in range(5):
            service.start()
            service.wait_ready()
            if round_ == 0:
                client.prepare()
            else:
                with client.http() as http:
                    client.find(http)
                    seen = client.results(http)
                assert seen[: len(early)] == early  # nothing that was given out is ever made anew
                early = seen
            wanted = min(ROWS, len(client.acknowledged) + 1)
            worker = threading.Thread(target=client.attempt)
            worker.start()
            while len(client.acknowledged) < wanted and worker.is_alive():
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.1))
            service.kill()
            worker.join()
        service.start()
        service.wait_ready()
        assert client.acknowledged
        check(client, early)
    finally:
        service.kill()
