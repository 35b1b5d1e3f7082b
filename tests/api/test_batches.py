"""Batches of credentials: every acknowledged row has one result, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json

import pytest

from api.bulk import retention
from api.bulk.worker import Turn, next_turn
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
