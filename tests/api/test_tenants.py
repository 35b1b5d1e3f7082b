"""Two tenants on one service: each sees its own, and of the other's what it sees of random names."""

from __future__ import annotations

import pytest

from api.services import access
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("tenants")) as running:
        running.did = (await running.post("/dids", {"name": "first"}, status=201))["did"]
        body = {"did": running.did, "formats": ["eddsa-jcs-2022"]}
        await running.put("/issuers/first", body, status=201)
        await running.put("/policies/first", {"trustedIssuers": [running.did]})
        core = running.core
        other = access.new_client("other", core.token(), frozenset(access.SCOPES))
        await core.writer.run(
            lambda unit: access.insert_client(unit, other, tenant="second", name="other", now=0)
        )
        token = await running.token(auth=(other.client_id, other.secret))
        running.other = {"Authorization": f"Bearer {token}"}
        yield running


def calls(name, did):
    claims = {"credential": {"credentialSubject": examples.load("employment")}}
    return [
        ("POST", f"/dids/{name}/update", {"rotate": True}),
        ("POST", f"/dids/{name}/deactivate", {}),
        ("GET", f"/issuers/{name}", None),
        ("POST", f"/issuers/{name}/credentials/issue", claims),
        ("PUT", "/issuers/mine", {"did": did, "formats": ["eddsa-jcs-2022"]}),
        ("GET", f"/policies/{name}", None),
        ("POST", "/credentials/verify", {"verifiableCredential": {}, "options": {"policy": name}}),
    ]


@pytest.mark.parametrize("number", range(len(calls("", ""))))
async def test_what_another_tenant_has_is_as_unknown_as_what_nobody_has(avow, number):
    random = avow.did.replace(":dids:first", ":dids:random")
    answers = []
    for name, did in (("first", avow.did), ("random", random)):
        method, path, body = calls(name, did)[number]
        answer = await avow.client.request(method, path, json=body, headers=avow.other)
        problem = answer.json()
        del problem["instance"]
        answers.append((answer.status_code, problem))
    assert answers[0] == answers[1]
    assert answers[0][0] in {400, 404}


async def test_lists_hold_ones_own(avow):
    assert (await avow.client.get("/dids", headers=avow.other)).json() == {"dids": []}


async def test_the_same_profile_and_policy_names_do_not_meet(avow):
    made = await avow.client.post("/dids", json={"name": "second"}, headers=avow.other)
    body = {"did": made.json()["did"], "formats": ["eddsa-jcs-2022"]}
    assert (await avow.client.put("/issuers/first", json=body, headers=avow.other)).status_code == 201
    stored = await avow.call("GET", "/issuers/first")
    assert stored.json()["did"] == avow.did
