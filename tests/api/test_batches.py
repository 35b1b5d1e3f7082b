"""Batches of credentials: every acknowledged row has one result, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json

import pytest

from api.bulk import retention
from api.bulk.worker import Turn, next_turn
from api.errors import ApiError
from api.middleware.bodies import MAX_BODY
from api.services import access
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio
CLAIMS = examples.load("employment")
PATH = "/issuers/staff/batches"


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    settings = {"batch_rows": 400, "batches_at_a_time": 100}
    async with world(tmp_path_factory.mktemp("batches"), **settings) as running:
        await prepare(running)
        yield running


async def prepare(running):
    running.did = (await running.post("/dids", {"name": "city", "keys": "hosted"}, status=201))["did"]
    body = {
        "did": running.did,
        "formats": ["eddsa-jcs-2022"],
        "schema": "https://avow.example/schemas/employment/v1",
    }
    await running.put("/issuers/staff", body, status=201)


def row(key, **changes):
    return {"key": str(key), "credential": {"credentialSubject": {**CLAIMS, **changes}}}


def bad(key):
    return row(key, startDate="never")


async def make(avow, key, *, status=201, path=PATH):
    made = await avow.post(path, {}, status=status, headers={"Idempotency-Key": key})
    return f"{path}/{made['batch']}" if status < 300 else made


async def ended(avow, path):
    for _ in range(500):
        told = (await avow.call("GET", path, status=200)).json()
        if told["state"] in {"done", "cancelled"}:
            return told
        await asyncio.sleep(0.01)
    raise AssertionError(told)


async def results(avow, path, **parameters):
    answer = await avow.call("GET", f"{path}/results", status=200, params=parameters)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_row_has_one_result_and_a_refused_one_stops_nothing(avow):
    path = await make(avow, "first")
    chunk = [row("a"), bad("b"), row("c")]
    answer = await avow.post(f"{path}/rows", {"rows": chunk})
    assert answer["added"] == 3
    assert [(one["key"], one["row"]) for one in answer["rows"]] == [("a", 1), ("b", 2), ("c", 3)]
    await avow.post(f"{path}/close", {})
    told = await ended(avow, path)
    assert (told["state"], told["rows"], told["pending"]) == ("done", 3, 0)
    assert (told["issued"], told["refused"]) == (2, 1)
    first, second, third = await results(avow, path)
    assert first["key"] == "a"
    assert first["verifiableCredential"]["credentialSubject"] == CLAIMS
    assert first["verifiableCredential"]["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert (second["row"], second["state"], second["code"]) == (2, "refused", "schema.violation")
    assert second["pointer"] == "/credentialSubject/startDate"
    assert "never" not in json.dumps(second)
    assert third["row"] == 3


async def test_the_credentials_of_a_batch_verify(avow):
    path = await make(avow, "verify")
    await avow.post(f"{path}/rows", {"rows": [row("a")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    [found] = await results(avow, path)
    body = {"verifiableCredential": found["verifiableCredential"], "options": {"checks": ["proof"]}}
    assert (await avow.post("/credentials/verify", body))["verified"] is True


async def test_the_same_key_finds_the_same_batch(avow):
    path = await make(avow, "same")
    assert await make(avow, "same", status=200) == path
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022"]}
    await avow.put("/issuers/others", body, status=201)
    refused = await make(avow, "same", status=422, path="/issuers/others/batches")
    assert refused["code"] == "idempotency.mismatch"
    assert (await avow.post(PATH, {}, status=400))["code"] == "idempotency.key"


async def test_the_same_row_sent_again_gets_what_is_there(avow):
    path = await make(avow, "again")
    await avow.post(f"{path}/rows", {"rows": [row("a"), bad("b")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    before = await results(avow, path)
    answer = await avow.post(f"{path}/rows", {"rows": [bad("b"), row("a")]})
    assert answer == {
        "added": 0,
        "rows": [{"key": "b", "row": 2, "state": "refused"}, {"key": "a", "row": 1, "state": "issued"}],
    }
    assert await results(avow, path) == before


async def test_another_row_under_the_same_key_refuses_its_whole_chunk(avow):
    path = await make(avow, "mismatch")
    await avow.post(f"{path}/rows", {"rows": [row("a")]})
    chunk = [row("new"), row("a", jobTitle="Other")]
    refused = await avow.post(f"{path}/rows", {"rows": chunk}, status=422)
    assert refused["code"] == "batch.row-mismatch"
    assert "/rows/1" in refused["detail"]
    refused = await avow.post(f"{path}/rows", {"rows": [row("x"), row("x", jobTitle="Y")]}, status=422)
    assert refused["code"] == "batch.row-mismatch"
    assert (await avow.call("GET", path)).json()["rows"] == 1
    assert (await avow.post(f"{path}/rows", {"rows": [row("y"), row("y")]}))["added"] == 1


async def test_lines_of_json_are_rows_too(avow):
    path = await make(avow, "lines")
    lines = "\n".join(json.dumps(row(key)) for key in "abc") + "\n"
    kind = {"Content-Type": "application/x-ndjson"}
    answer = await avow.call("POST", f"{path}/rows", content=lines, headers=kind, status=200)
    assert answer.json()["added"] == 3
    broken = lines + '{"key": "d", "key": "e", "credential": {}}\n'
    answer = await avow.call("POST", f"{path}/rows", content=broken, headers=kind, status=400)
    assert answer.json()["detail"].startswith("line 4: ")
    answer = await avow.call("POST", f"{path}/close", content="{}", headers=kind, status=415)
    assert answer.json()["code"] == "request.media-type"


async def test_a_closed_batch_takes_no_row_that_it_does_not_have(avow):
    path = await make(avow, "closed")
    assert (await avow.post(f"{path}/close", {}))["state"] == "done"
    refused = await avow.post(f"{path}/rows", {"rows": [row("a")]}, status=409)
    assert refused["code"] == "batch.closed"


async def test_limits(avow):
    path = await make(avow, "limits")
    for start in range(0, 400, 200):
        await avow.post(f"{path}/rows", {"rows": [row(start + i) for i in range(200)]})
    refused = await avow.post(f"{path}/rows", {"rows": [row("more")]}, status=409)
    assert refused["code"] == "batch.rows"
    refused = await avow.post(f"{path}/rows", {"rows": [row(i) for i in range(1001)]}, status=400)
    assert refused["code"] == "request.invalid"
    refused = await avow.post(f"{path}/rows", {"rows": [row("x", jobTitle="x" * MAX_BODY)]}, status=413)
    assert refused["code"] == "request.too-large"
    await avow.call("DELETE", path, status=200)


async def test_so_many_batches_at_a_time(tmp_path):
    async with world(tmp_path, batches_at_a_time=2) as avow:
        await prepare(avow)
        first, _ = await make(avow, "1"), await make(avow, "2")
        assert (await make(avow, "3", status=429))["code"] == "batch.limit"
        assert await make(avow, "1", status=200) == first
        await avow.call("DELETE", first, status=200)
        await make(avow, "3")


async def test_pages_have_a_cursor(avow):
    path = await make(avow, "pages")
    await avow.post(f"{path}/rows", {"rows": [row(i) for i in range(7)]})
    answer = await avow.call("GET", f"{path}/results", params={"limit": 3})
    assert 'rel="next"' in answer.headers["link"]  # more will come while it is open
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    got, following = [], "results?after=0&limit=3"
    while following:
        answer = await avow.call("GET", f"{path}/{following}", status=200)
        got += [json.loads(line)["row"] for line in answer.text.splitlines()]
        following = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert got == [1, 2, 3, 4, 5, 6, 7]


async def stream(avow, path, last=None):
    headers = {"Last-Event-ID": last} if last is not None else {}
    answer = await avow.call("GET", f"{path}/events", headers=headers, status=200)
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.split("\n\n") if block.startswith("event:")]
    parts = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
    return [(part["event"], int(part["id"]), json.loads(part["data"])) for part in parts]


async def test_events_are_replayed_from_a_cursor(avow):
    path = await make(avow, "events")
    await avow.post(f"{path}/rows", {"rows": [row(1), bad(2), row(3), bad(4), row(5)]})
    await avow.post(f"{path}/close", {})
    found = await stream(avow, path)
    assert [event[:2] for event in found if event[0] == "refused"] == [("refused", 2), ("refused", 4)]
    assert [event[2]["pointer"] for event in found if event[0] == "refused"] == [
        "/credentialSubject/startDate"
    ] * 2
    assert found[-1][:2] == ("end", 5)
    assert found[-1][2]["refused"] == 2
    again = await stream(avow, path, last="2")
    assert [event[:2] for event in again] == [("refused", 4), ("end", 5)]
    assert [event[:2] for event in await stream(avow, path, last="5")] == [("end", 5)]
    refused = await avow.call("GET", f"{path}/events", headers={"Last-Event-ID": "x"}, status=400)
    assert refused.json()["code"] == "batch.cursor"


async def test_a_stream_ends_in_time_and_another_goes_on(avow, monkeypatch):
    monkeypatch.setattr("api.bulk.results.STREAM_SECONDS", 0.3)
    path = await make(avow, "long")
    await avow.post(f"{path}/rows", {"rows": [row(1), bad(2)]})
    first = await stream(avow, path)
    assert first[-1][0] == "progress"
    await avow.post(f"{path}/close", {})
    assert [event[0] for event in await stream(avow, path, last=str(first[-1][1]))] == ["end"]
    assert avow.core.bulk.streams == 0


async def test_cancelling_refuses_what_waits_and_keeps_what_is_there(avow, monkeypatch):
    monkeypatch.setattr("api.bulk.worker.SLICE", 5)
    path = await make(avow, "cancel")
    await avow.post(f"{path}/rows", {"rows": [row(i) for i in range(300)]})
    await avow.post(f"{path}/cancel", {})
    told = await ended(avow, path)
    assert told["state"] == "cancelled"
    assert told["pending"] == 0
    assert told["refused"] > 0
    found = await results(avow, path)
    assert {one["code"] for one in found if one["state"] == "refused"} == {"batch.cancelled"}
    assert len(found) == 300
    assert (await avow.post(f"{path}/cancel", {}))["state"] == "cancelled"
    refused = await avow.post(f"{path}/rows", {"rows": [row("more")]}, status=409)
    assert refused["code"] == "batch.closed"


async def test_nothing_of_an_erased_batch_is_left(avow):
    path = await make(avow, "erase")
    await avow.post(f"{path}/rows", {"rows": [row(i) for i in range(3)]})
    assert (await avow.call("DELETE", path, status=200)).json()["state"] == "erased"
    for method, rest in [("GET", ""), ("GET", "/results"), ("GET", "/events"), ("DELETE", "")]:
        answer = await avow.call(method, path + rest, status=410)
        assert answer.json()["code"] == "batch.erased"
    assert (await make(avow, "erase", status=410))["code"] == "batch.erased"
    batch_id = path.rsplit("/", 1)[1]
    for _ in range(200):
        if not stored(avow, "SELECT 1 FROM batch_rows WHERE batch_id = ?", batch_id):
            break
        await asyncio.sleep(0.01)
    assert stored(avow, "SELECT 1 FROM batch_rows WHERE batch_id = ?", batch_id) == []
    assert stored(avow, "SELECT wrapped FROM batches WHERE batch_id = ?", batch_id) == [(None,)]


def stored(avow, statement, *values):
    connection = avow.core.reader._engine.raw_connection()
    try:
        return connection.cursor().execute(statement, values).fetchall()
    finally:
        connection.close()


async def test_claims_and_keys_lie_sealed(avow):
    path = await make(avow, "sealed")
    await avow.post(f"{path}/rows", {"rows": [row("student-4711", jobTitle="Lighthouse keeper")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    for name in ("avow.sqlite3", "avow.sqlite3-wal"):
        content = (avow.settings.data / name).read_bytes()
        assert b"Lighthouse" not in content
        assert b"student-4711" not in content


async def test_what_nobody_fetches_expires_and_what_waits_does_not(avow):
    done, waits = await make(avow, "expires"), await make(avow, "waits")
    await avow.post(f"{done}/close", {})
    await avow.post(f"{waits}/rows", {"rows": [row("a")]})
    batch_id = waits.rsplit("/", 1)[1]
    await ended_row(avow, waits)
    keep = avow.settings.batch_hours * 3600
    now = avow.core.system.seconds()

    def pretend(unit):
        unit.connection.exec_driver_sql("UPDATE batches SET issued = 0 WHERE batch_id = ?", (batch_id,))
        retention.expire(unit, now=now + keep + 1, keep=keep)
        unit.connection.exec_driver_sql("UPDATE batches SET issued = 1 WHERE batch_id = ?", (batch_id,))

    await avow.core.writer.run(pretend)
    assert (await avow.call("GET", done, status=410)).json()["code"] == "batch.erased"
    assert (await avow.call("GET", waits)).status_code == 200
    await avow.core.writer.run(lambda unit: retention.expire(unit, now=now + 2 * keep + 2, keep=keep))
    assert (await avow.call("GET", done, status=404)).json()["code"] == "batch.unknown"


async def ended_row(avow, path):
    for _ in range(500):
        if (await avow.call("GET", path)).json()["pending"] == 0:
            return
        await asyncio.sleep(0.01)


async def test_a_removed_key_signs_no_more_rows(avow):
    made = await avow.post("/dids", {"name": "leaving", "keys": "hosted"}, status=201)
    body = {"did": made["did"], "formats": ["eddsa-jcs-2022"]}
    await avow.put("/issuers/leaving", body, status=201)
    path = await make(avow, "leaving", path="/issuers/leaving/batches")
    await avow.post("/dids/leaving/deactivate", {})
    await avow.post(f"{path}/rows", {"rows": [row("a"), row("b")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    assert [one["code"] for one in await results(avow, path)] == ["did.deactivated"] * 2


async def test_each_row_gets_a_status_of_its_own_and_a_refused_one_none(avow):
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022", "vc+jwt"], "status": True}
    await avow.put("/issuers/revocable", body, status=201)
    path = await make(avow, "status", path="/issuers/revocable/batches")
    given = {"credential": {"credentialSubject": CLAIMS, "credentialStatus": {"id": "https://x.example/"}}}
    chunk = [row(1), {"key": "2", **given}, row(3), {"key": "4", "credential": {}}, row(5)]
    before = len(stored(avow, "SELECT 1 FROM status_entries"))
    await avow.post(f"{path}/rows", {"rows": chunk})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    found = await results(avow, path)
    assert [one.get("code") for one in found] == [None, "issue.status", None, "model.subject", None]
    entries = [one["verifiableCredential"]["credentialStatus"] for one in found if one["state"] == "issued"]
    assert len({entry["statusListIndex"] for entry in entries}) == 3
    assert len(stored(avow, "SELECT 1 FROM status_entries")) == before + 3


async def test_the_profile_of_a_batch_stays_as_it_was(avow):
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022"]}
    await avow.put("/issuers/moving", body, status=201)
    path = await make(avow, "moving", path="/issuers/moving/batches")
    await avow.put("/issuers/moving", {**body, "formats": ["vc+jwt"]})
    await avow.post(f"{path}/rows", {"rows": [row("a")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    [found] = await results(avow, path)
    assert found["verifiableCredential"]["proof"]["cryptosuite"] == "eddsa-jcs-2022"


async def test_a_row_that_nobody_foresaw_is_refused_without_detail(avow, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a claim's value")

    path = await make(avow, "broken")
    with monkeypatch.context() as patch:
        patch.setattr("api.bulk.settling.issuers.sign", broken)
        await avow.post(f"{path}/rows", {"rows": [row("a")]})
        await ended_row(avow, path)
    await avow.post(f"{path}/rows", {"rows": [row("b")]})
    await avow.post(f"{path}/close", {})
    await ended(avow, path)
    first, second = await results(avow, path)
    assert first["code"] == "internal.error"
    assert "claim's" not in json.dumps(first)
    assert second["state"] == "issued"


async def test_what_passes_is_tried_again(avow, monkeypatch):
    real, calls = avow.core.pool.run, []
    faults = [ApiError("service.busy", "too much heavy work waits"), OSError("the disk")]

    async def full(work, *arguments):
        if work.__name__ == "sign_some" and len(calls) < 2:
            calls.append(1)
            raise faults[len(calls) - 1]
        return await real(work, *arguments)

    monkeypatch.setattr(avow.core.pool, "run", full)
    monkeypatch.setattr("api.bulk.worker.PAUSE_SECONDS", 0.01)
    path = await make(avow, "busy")
    await avow.post(f"{path}/rows", {"rows": [row("a")]})
    await avow.post(f"{path}/close", {})
    assert (await ended(avow, path))["issued"] == 1
    assert len(calls) == 2


async def test_many_rows_share_a_commit(avow):
    path = await make(avow, "commits")
    before = avow.core.writer.commits
    for start in range(0, 400, 100):
        await avow.post(f"{path}/rows", {"rows": [row(start + i) for i in range(100)]})
    await avow.post(f"{path}/close", {})
    assert (await ended(avow, path))["issued"] == 400
    assert avow.core.writer.commits - before < 40


async def test_another_tenant_sees_no_batch(avow):
    path = await make(avow, "mine")
    core = avow.core
    other = access.new_client("other-batches", core.token(), frozenset(access.SCOPES))
    await core.writer.run(
        lambda unit: access.insert_client(unit, other, tenant="second", name="other", now=0)
    )
    token = await avow.token(auth=(other.client_id, other.secret))
    headers = {"Authorization": f"Bearer {token}"}
    unknown = f"{PATH}/{'x' * 22}"
    for method, rest, body in [
        ("GET", "", None),
        ("GET", "/results", None),
        ("GET", "/events", None),
        ("POST", "/rows", {"rows": [row("a")]}),
        ("POST", "/close", {}),
        ("POST", "/cancel", {}),
        ("DELETE", "", None),
    ]:
        answers = []
        for address in (path, unknown):
            answer = await avow.client.request(method, address + rest, json=body, headers=headers)
            problem = answer.json()
            del problem["instance"]
            answers.append((answer.status_code, problem))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
        assert answers[0][1]["code"] == "batch.unknown"
    assert (await avow.client.get(PATH, headers=headers)).json() == {"batches": []}
    assert len((await avow.call("GET", PATH)).json()["batches"]) > 3


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ({}, ("a", "1")),
        ({"": Turn("a", "1"), "a": Turn("a", "1")}, ("b", "9")),
        ({"": Turn("b", "9"), "a": Turn("a", "1"), "b": Turn("b", "9")}, ("a", "2")),
        ({"": Turn("b", "9"), "a": Turn("a", "2"), "b": Turn("b", "9")}, ("a", "1")),
        ({"": Turn("gone", "5"), "gone": Turn("gone", "5")}, ("a", "1")),
    ],
)
def test_tenants_take_turns_and_so_do_batches(last, expected):
    waiting = [Turn("a", "1"), Turn("a", "2"), Turn("b", "9")]
    turn = next_turn(waiting, last)
    assert (turn.tenant, turn.batch_id) == expected
    assert "gone" not in last
