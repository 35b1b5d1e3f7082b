"""The hot routes against the framework's way to the same endpoints: one answer, whatever is sent."""

from __future__ import annotations

import json

import pytest

from api.middleware.bodies import StrictRoute
from api.routes.hot import HotRoute
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio

SCHEMA = "https://avow.example/schemas/employment/v1"
VOLATILE = frozenset({"instance"})
VOLATILE_HEADERS = frozenset({"x-request-id", "content-length"})


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("hot")) as running:
        did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        await running.put(
            "/issuers/city", {"did": did, "formats": ["eddsa-jcs-2022"], "schema": SCHEMA}, status=201
        )
        await running.put("/policies/default", {"trustedIssuers": [did]})
        claims = {"credentialSubject": examples.load("employment")}
        issued = await running.post("/issuers/city/credentials/issue", {"credential": claims}, status=201)
        running.credential = issued["verifiableCredential"]
        yield running


def requests(credential, bearer):
    changed = {**credential, "credentialSubject": {}}
    good = {"Authorization": bearer, "Content-Type": "application/json"}
    yield "good", good, {"verifiableCredential": credential}
    yield "options", good, {"verifiableCredential": credential, "options": {}}
    yield "proof only", good, {"verifiableCredential": credential, "options": {"checks": ["proof"]}}
    yield "null options", good, {"verifiableCredential": credential, "options": None}
    yield "changed", good, {"verifiableCredential": changed}
    yield "policy unknown", good, {"verifiableCredential": credential, "options": {"policy": "no"}}
    yield "option unknown", good, {"verifiableCredential": credential, "options": {"sudo": True}}
    yield "two unknown", good, {"verifiableCredential": credential, "x": 1, "options": {"y": True}}
    yield "wrong type", good, {"verifiableCredential": 7}
    yield "text", good, {"verifiableCredential": "no.jwt.here"}
    yield "options text", good, {"verifiableCredential": credential, "options": "x"}
    yield "domain", good, {"verifiableCredential": credential, "options": {"domain": "https://a.example"}}
    yield (
        "domain of text",
        good,
        {"verifiableCredential": "a.b.c", "options": {"domain": "https://a.example"}},
    )
    yield "empty domain", good, {"verifiableCredential": credential, "options": {"domain": ""}}
    yield "checks twice", good, {"verifiableCredential": credential, "options": {"checks": ["proof", "x"]}}
    yield "missing", good, {}
    for value in (None, [], "x", 1, True):
        yield f"body {value}", good, value
    yield "no JSON", good, b"{"
    yield "two names", good, b'{"a":1,"a":2}'
    yield "no body", good, b""
    yield "media type", {**good, "Content-Type": "text/plain"}, {"verifiableCredential": credential}
    yield "large", good, b" " * (1 << 20) + b"{}"
    for name, value in (("none", None), ("empty", ""), ("basic", "Basic eDp5"), ("odd", "Bearer \u00ff")):
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": value} if value is not None else {}
        )
        yield f"authorization {name}", headers, {"verifiableCredential": credential}


@pytest.fixture
def slowly(monkeypatch):
    """Let the same routes of the same service go the framework's way from now on."""
    return lambda: monkeypatch.setattr(HotRoute, "handle", StrictRoute.handle)


async def test_each_request_gets_the_same_answer_on_either_way(avow, slowly):
    scoped = f"Bearer {await avow.token('write:/challenges')}"
    table = list(requests(avow.credential, (await avow.headers())["Authorization"]))
    table.append(("scope", {"Authorization": scoped, "Content-Type": "application/json"}, {}))
    hot = [await sent(avow, headers, body) for _, headers, body in table]
    slowly()
    slow = [await sent(avow, headers, body) for _, headers, body in table]
    for (name, _, _), *answers in zip(table, hot, slow, strict=True):
        assert answers[0].status_code == answers[1].status_code, name
        found = [{k: v for k, v in a.json().items() if k not in VOLATILE} for a in answers]
        assert found[0] == found[1], name
        dressed = [{k: v for k, v in a.headers.items() if k not in VOLATILE_HEADERS} for a in answers]
        assert dressed[0] == dressed[1], name
    assert {answer.status_code for answer in hot} == {200, 400, 401, 403, 413, 415}


async def sent(avow, headers, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    return await avow.client.post("/credentials/verify", content=content, headers=encoded)


async def test_other_methods_and_the_description_are_as_on_other_routes(avow):
    for method in ("GET", "DELETE", "OPTIONS"):
        answer = await avow.client.request(method, "/credentials/verify")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    described = avow.app.openapi()["paths"]
    for path in ("/credentials/verify", "/presentations/verify"):
        content = described[path]["post"]["requestBody"]["content"]
        assert {"application/json", "application/dc+sd-jwt"} <= set(content)


async def test_it_is_counted_and_logged_under_its_template(avow):
    await avow.call("POST", "/credentials/verify", {"verifiableCredential": avow.credential}, status=200)
    counts = avow.app.state.metrics.requests._counts
    assert ("POST", "/credentials/verify", 200) in counts
