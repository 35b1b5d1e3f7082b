"""Clients, tokens, scopes, and who is let in where."""

from __future__ import annotations

import json
import re
import stat

import pytest
from sqlalchemy import select
from sqlmodel import col

from api.app import create_app
from api.services import bootstrap
from api.services.access import SCOPES
from api.settings import Settings
from api.store.tables import Client, Token
from api.system import System

from .conftest import world

pytestmark = pytest.mark.anyio

PUBLIC = {
    ("POST", "/token"),
    ("GET", "/dids/{name}"),
    ("GET", "/dids/{name}/did.jsonl"),
    ("GET", "/1.0/identifiers/{did}"),
    ("GET", "/log/checkpoint"),
    ("GET", "/log/policy"),
    ("GET", "/log/tile/{path}"),
    ("GET", "/log/anchors"),
    ("GET", "/log/status"),
    ("GET", "/log/entries/{index}"),
    ("GET", "/log/history/{scid}.jsonl"),
    ("GET", "/status-lists/{list_id}"),
    ("GET", "/status-lists/{list_id}/suspension"),
    ("GET", "/revocation/{list_id}"),
    ("GET", "/revocation/{list_id}/epochs/{number}"),
    ("GET", "/revocation/{list_id}/epochs/{number}/summary"),
    ("GET", "/revocation/{list_id}/epochs/{number}/pages/{page}"),
    ("GET", "/parameters/{digest}"),
    ("POST", "/chain/rpc"),
    ("POST", "/witness/add-checkpoint"),
    ("GET", "/witness/key"),
    ("GET", "/schemas/{name}"),
    ("GET", "/schemas/{name}/{version}"),
    ("GET", "/schemas/{name}/{version}/credential"),
    ("GET", "/contexts/{name}/{version}"),
    ("GET", "/vct/{name}/{version}"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),  # to whom, see test_metrics.py
}
BODIES = {
    "/clients": {"name": "x", "scopes": ["write:/clients"]},
    "/dids": {"name": "x"},
    "/dids/{name}/update": {"rotate": True},
    "/evidence": {"digest": "A" * 43},
    "/dids/{name}/deactivate": {},
    "/issuers/{profile}": {"did": "did:example:1", "formats": ["eddsa-jcs-2022"]},
    "/issuers/{profile}/credentials/issue": {"credential": {}},
    "/issuers/{profile}/batches": {},
    "/issuers/{profile}/batches/{batch}/rows": {"rows": [{"key": "x", "credential": {}}]},
    "/issuers/{profile}/batches/{batch}/close": {},
    "/issuers/{profile}/batches/{batch}/cancel": {},
    "/credentials/verify": {"verifiableCredential": {}},
    "/credentials/derive": {
        "verifiableCredential": {},
        "options": {"selectivePointers": [], "domain": "d", "challenge": "c", "holder": "did:key:z"},
    },
    "/schemas/{name}": {"type": "object"},
    "/schemas/{name}/{version}": {"state": "deprecated"},
    "/schemas/{name}/{version}/credential": {"profile": "x"},
    "/credentials/status": {"credentialId": "urn:x"},
    "/challenges": {"domain": "d"},
    "/policies/{name}": {},
    "/issuers/{profile}/offers": {"person": "x"},
    "/sets": {"schema": "https://schema.example", "claim": "x", "values": ["y"]},
    "/presentations/verify-queue": {
        "presentations": [{"verifiablePresentation": {}, "options": {"challenge": "c", "domain": "d"}}]
    },
    "/presentations": {"presentation": {}, "options": {"challenge": "c", "domain": "d"}},
    "/presentations/verify": {"verifiablePresentation": {}, "options": {"challenge": "c", "domain": "d"}},
}


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("access")) as running:
        yield running


def operations():
    app = create_app(Settings.checked({}))
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_what_is_public_is_listed_here():
    found = {
        (method, path)
        for method, path, operation in operations()
        if "client" not in str(operation.get("security"))
    }
    assert found == PUBLIC


PROTECTED = [(m, p, o) for m, p, o in operations() if (m, p) not in PUBLIC]


@pytest.mark.parametrize(
    ("method", "path", "operation"), PROTECTED, ids=[f"{m} {p}" for m, p, _ in PROTECTED]
)
async def test_every_other_route_wants_a_token_and_its_scope(avow, method, path, operation):
    address = re.sub(r"\{\w+\}", "x", path)
    body = BODIES.get(path)
    bare = await avow.client.request(method, address, json=body)
    assert bare.status_code == 401
    assert bare.json()["code"] == "auth.missing"
    assert bare.headers["www-authenticate"].startswith("Bearer")
    wrong = await avow.client.request(
        method, address, json=body, headers={"Authorization": "Bearer nonsense"}
    )
    assert wrong.status_code == 401
    assert wrong.json()["code"] == "auth.token"
    (entry,) = operation["security"]
    (needed,) = entry["client"]
    others = " ".join(sorted(set(SCOPES) - {needed}))
    token = await avow.token(others)
    refused = await avow.client.request(
        method, address, json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 403
    assert refused.json()["code"] == "auth.scope"
    assert needed in refused.headers["www-authenticate"]
    token = await avow.token(needed)
    let_in = await avow.client.request(
        method, address, json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert let_in.status_code not in {401, 403}


async def test_a_token_is_opaque_short_lived_and_stored_as_a_digest(avow):
    answer = await avow.client.post("/token", data={"grant_type": "client_credentials"}, auth=avow.bootstrap)
    token = answer.json()
    assert token["expires_in"] == 900
    assert token["token_type"] == "Bearer"
    assert len(token["access_token"]) == 43
    assert set(token["scope"].split()) == set(SCOPES)
    assert answer.headers["cache-control"] == "no-store"
    rows = avow.core.reader.all(select(col(Token.digest)))
    assert token["access_token"].encode() not in b"".join(row.digest for row in rows)
    avow.clock.offset = 901
    late = await avow.client.get("/policies/x", headers={"Authorization": f"Bearer {token['access_token']}"})
    avow.clock.offset = 0
    assert late.json()["code"] == "auth.token"


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        ("grant_type=password", True, 400, "unsupported_grant_type"),
        ("", True, 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=write:/nothing", True, 400, "invalid_scope"),
        ("grant_type=client_credentials&grant_type=client_credentials", True, 400, "invalid_request"),
        ("%zz", True, 400, "invalid_request"),
        ("grant_type=client_credentials", False, 401, "invalid_client"),
    ],
)
async def test_bad_token_requests_get_oauths_errors(avow, form, auth, status, error):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await avow.client.post(
        "/token", content=form, headers=headers, auth=avow.bootstrap if auth else (avow.bootstrap[0], "wrong")
    )
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["code"]
    assert answer.headers["content-type"] == "application/json"
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "value", ["Basic !!!", "Basic YQ==", "Basic Og==", "Bearer x", "Basic " + "A" * 2000, ""]
)
async def test_malformed_client_credentials_are_an_unknown_client(avow, value):
    headers = {"Authorization": value, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await avow.client.post("/token", content="grant_type=client_credentials", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "auth.client"


async def test_a_client_hands_on_only_what_it_holds(avow):
    made = await avow.post(
        "/clients", {"name": "shop", "scopes": ["write:/challenges", "write:/clients"]}, status=201
    )
    token = await avow.token(auth=(made["client_id"], made["client_secret"]))
    more = await avow.client.post(
        "/clients",
        json={"name": "x", "scopes": ["write:/dids"]},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert more.status_code == 403
    assert (await avow.call("POST", "/clients", {"name": "x", "scopes": ["write:/all"]})).json()[
        "code"
    ] == "scope.unknown"


async def test_the_first_client_is_in_a_private_file_and_its_secret_nowhere_else(tmp_path, capfd):
    async with world(tmp_path, log_level="debug") as avow:
        await avow.token()
        client_id, secret = avow.bootstrap
        row = avow.core.reader.first(select(col(Client.client_id), col(Client.secret_hash)))
        assert row.client_id == client_id
        assert stat.S_IMODE(avow.settings.bootstrap_path.stat().st_mode) == 0o600
    output = capfd.readouterr()
    assert secret not in output.out + output.err
    assert secret.encode() not in avow.settings.database_path.read_bytes()


async def test_a_crash_between_file_and_row_is_mended_at_the_next_start(tmp_path):
    (tmp_path / "bootstrap-client.json").write_text('{"client_id": "client-lost", "client_secret": "x"}')
    async with world(tmp_path) as avow:
        assert avow.bootstrap[0] != "client-lost"
        await avow.token()


async def test_reset_gives_a_new_secret_and_ends_the_tokens(tmp_path):
    async with world(tmp_path) as avow:
        old = avow.bootstrap
        token = await avow.token()
    path = bootstrap.reset(avow.settings, System())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with world(tmp_path) as avow:
        assert avow.bootstrap[0] == old[0]
        assert avow.bootstrap[1] != old[1]
        await avow.token()
        refused = await avow.client.post("/token", data={"grant_type": "client_credentials"}, auth=old)
        assert refused.status_code == 401
        ended = await avow.client.get("/policies/x", headers={"Authorization": f"Bearer {token}"})
        assert ended.json()["code"] == "auth.token"


async def test_reset_names_the_address_that_the_first_start_fixed(tmp_path):
    """The command line resets from any environment; programs go by what the file says."""
    async with world(tmp_path, public_url="http://localhost:9000"):
        pass
    path = bootstrap.reset(
        Settings.checked({"data": tmp_path, "public_url": "http://localhost:8000"}), System()
    )
    assert json.loads(path.read_text())["url"] == "http://localhost:9000"
