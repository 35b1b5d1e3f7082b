"""The hot routes against the framework's way to the same endpoints: one answer, whatever is sent."""

from __future__ import annotations

import json

import httpx
import pytest

from api.app import build_app
from api.middleware.bodies import StrictRoute
from api.routes.hot import HotRoute
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio

SCHEMA = "https://avow.example/schemas/employment/v1"
VOLATILE = frozenset({"instance"})


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


@pytest.fixture
async def plain(avow, monkeypatch):
    """The same service, whose routes are all the framework's own."""
    monkeypatch.setattr(HotRoute, "handle", StrictRoute.handle)
    app = build_app(avow.settings, avow.core.system)
    app.state.core = avow.core
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=avow.settings.public_url
    ) as client:
        yield client


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


async def test_each_request_gets_the_same_answer_on_either_way(avow, plain):
    scoped = f"Bearer {await avow.token('write:/challenges')}"
    table = list(requests(avow.credential, (await avow.headers())["Authorization"]))
    table.append(("scope", {"Authorization": scoped, "Content-Type": "application/json"}, {}))
    statuses = set()
    for name, headers, body in table:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {key: value.encode("latin-1") for key, value in headers.items()}
        answers = [
            await client.post("/credentials/verify", content=content, headers=sent)
            for client in (avow.client, plain)
        ]
        hot, slow = answers
        assert hot.status_code == slow.status_code, name
        found = [{k: v for k, v in a.json().items() if k not in VOLATILE} for a in answers]
        assert found[0] == found[1], name
        dressed = [{k: v for k, v in a.headers.items() if k != "x-request-id"} for a in answers]
        for each in dressed:
            each.pop("content-length")
        assert dressed[0] == dressed[1], name
        statuses.add(hot.status_code)
    assert statuses == {200, 400, 401, 403, 413, 415}


async def test_other_methods_and_the_description_are_as_on_other_routes(avow, plain):
    for method in ("GET", "DELETE", "OPTIONS"):
        answers = [await client.request(method, "/credentials/verify") for client in (avow.client, plain)]
        assert [a.status_code for a in answers] == [405, 405]
        assert answers[0].headers["allow"] == answers[1].headers["allow"] == "POST"
    described = avow.app.openapi()["paths"]
    for path in ("/credentials/verify", "/presentations/verify"):
        content = described[path]["post"]["requestBody"]["content"]
        assert {"application/json", "application/dc+sd-jwt"} <= set(content)


async def test_it_is_counted_and_logged_under_its_template(avow):
    await avow.call("POST", "/credentials/verify", {"verifiableCredential": avow.credential}, status=200)
    counts = avow.app.state.metrics.requests._counts
    assert ("POST", "/credentials/verify", 200) in counts
