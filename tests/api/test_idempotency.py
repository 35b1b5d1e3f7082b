"""Idempotency-Key: the first answer again, or a refusal; never a second effect."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from .conftest import world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("idempotency")) as running:
        made = await running.post("/dids", {"name": "issuer"}, status=201)
        await running.put("/issuers/x", {"did": made["did"], "formats": ["eddsa-jcs-2022"]}, status=201)
        yield running


def key(text):
    return {"Idempotency-Key": text}


CREATIONS = {
    "did": ("POST", "/dids", {"name": "a"}),
    "client": ("POST", "/clients", {"name": "a", "scopes": ["write:/dids"]}),
    "challenge": ("POST", "/challenges", {"domain": "x"}),
    "credential": (
        "POST",
        "/issuers/x/credentials/issue",
        {"credential": {"credentialSubject": {"id": "did:example:a"}}},
    ),
    "evidence": ("POST", "/evidence", {"digests": ["A" * 43, "A" * 43]}),
    "policy": ("PUT", "/policies/a", {"trustedIssuers": []}),
}


@pytest.mark.parametrize("name", CREATIONS)
async def test_a_repeat_gets_the_first_answer(avow, name):
    method, path, body = CREATIONS[name]
    first = await avow.call(method, path, body, headers=key(f"repeat {name}"))
    again = await avow.call(method, path, body, headers=key(f"repeat {name}"))
    assert first.status_code in {200, 201}
    assert (again.status_code, again.json()) == (first.status_code, first.json())


async def test_the_same_key_for_another_request_is_refused(avow):
    await avow.post("/challenges", {"domain": "x"}, status=201, headers=key("k"))
    for method, path, body in (
        ("POST", "/challenges", {"domain": "y"}),
        ("POST", "/dids", {"name": "other"}),
    ):
        answer = await avow.call(method, path, body, headers=key("k"))
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.mismatch")


async def test_parallel_repeats_have_one_effect(avow):
    answers = await asyncio.gather(
        *(avow.call("POST", "/dids", {"name": "parallel"}, headers=key("together")) for _ in range(10))
    )
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.json()["did"] for a in answers if a.status_code == 201}) == 1
    again = await avow.call("POST", "/dids", {"name": "parallel"}, headers=key("together"))
    assert again.status_code == 201


async def test_a_refused_request_keeps_nothing(avow):
    answer = await avow.call("POST", "/dids", {"name": "issuer"}, headers=key("refused"))
    assert answer.status_code == 409
    answer = await avow.call("POST", "/dids", {"name": "later"}, headers=key("refused"))
    assert answer.status_code == 201


async def test_keys_of_two_clients_do_not_meet(avow):
    other = await avow.post("/clients", {"name": "o", "scopes": ["write:/challenges"]}, status=201)
    token = await avow.token(auth=(other["client_id"], other["client_secret"]))
    mine = await avow.post("/challenges", {"domain": "x"}, status=201, headers=key("shared"))
    answer = await avow.client.post(
        "/challenges", json={"domain": "z"}, headers={**key("shared"), "Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201
    assert answer.json()["challenge"] != mine["challenge"]


@pytest.mark.parametrize("bad", ["", "a" * 256, "caf\u00e9"])
async def test_malformed_keys_are_refused(avow, bad):
    headers = {"Idempotency-Key": bad.encode("latin-1")}
    answer = await avow.call("POST", "/challenges", {"domain": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key")


async def test_stored_answers_are_sealed(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post(
            "/clients", {"name": "canary", "scopes": ["write:/dids"]}, status=201, headers=key("s")
        )
    secret = made["client_secret"].encode()
    path = avow.settings.database_path
    assert secret not in path.read_bytes()
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from answers").fetchone() == (1,)
    connection.close()
