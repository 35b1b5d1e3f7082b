"""Ten thousand mutated requests over the whole OpenAPI: no 5xx, and every error in its form.

Seeded, so that a failure can be had again: the message names the request.
"""

# ruff: noqa: E501  a table of seeds reads better in long lines

from __future__ import annotations

import asyncio
import base64
import copy
import json
import random
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from api.services.revocation import allocating, lists, parameters
from credentials.holder.signing import sign_presentation
from did.keys import Ed25519Signer
from schemas import examples
from tests.did.registry.test_witness import LOG

from .conftest import world
from .test_witness import configured

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

REQUESTS = 10_000
SEED = 20261120
SCHEMA = "https://avow.example/schemas/national-identity/v1"
PERMIT = {
    "title": "Permit",
    "properties": {
        "credentialSubject": {
            "type": "object",
            "properties": {
                "plate": {"type": "string", "pattern": "^[A-Z]+$", "format": "date"},
                "zones": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/zone"},
                    "uniqueItems": True,
                    "minItems": 1,
                },
                "place": {
                    "anyOf": [{"properties": {"street": {"enum": ["a", "b"]}}}, {"$ref": "#/$defs/named"}]
                },
            },
        }
    },
    "$defs": {
        "zone": {"type": "integer"},
        "named": {"type": "object", "properties": {"id": {"const": "urn:x"}}},
    },
}
BATCHES = "/issuers/plain/batches"
DIGEST = "A" * 43
ODD = [
    None, True, False, 0, -1, 2**53 - 1, -(2**53) + 1, 1e308, 1.5, "", " ", "\x00", "\u202e", "é" * 300, "a" * 5000,
    "did:", "did:webvh:", "did:key:z6Mk", "did:webvh:{SCID}:localhost", "https://", "../..", "%2e%2e%2f", "' OR 1=1 --",
    "{{7*7}}", "${jndi:x}", "\n", "z" * 100, "u" + "A" * 50, [], {}, [[]], [{}], [None], {"": ""}, {"id": 1}, {"@id": []},
    [1] * 50, {"@context": None}, {"type": []}, "/credentialSubject", "/~2", "//", {"@vocab": "x:"}, {"@base": "y:"},
    "9" * 400, "2026-13-45T99:99:99Z", "0000-00-00T00:00:00Z", "1-Qm", "_:b0", "urn:x", "\ufffe", "\U0010ffff",
]  # fmt: skip
HEADERS = [
    ("content-type", "text/plain"), ("content-type", "application/json; charset=utf-16"), ("content-type", ""),
    ("accept", "*/*;q=0"), ("accept", ",;q=x,"), ("accept", "application/did;q=1e999"), ("authorization", ""),
    ("authorization", "Bearer "), ("authorization", "Basic x"), ("authorization", "Bearer \u00ff"),
    ("idempotency-key", ""), ("idempotency-key", "k"), ("idempotency-key", "x" * 300), ("host", "evil.example"),
    ("content-length", "5"), ("transfer-encoding", "chunked"), ("x-forwarded-host", "evil"), ("expect", "100-continue"),
]  # fmt: skip
SEGMENTS = [
    "",
    "x",
    "..",
    "%2e%2e",
    "%00",
    "a" * 300,
    "UPPER",
    "é",
    "did:",
    "%",
    "%zz",
    "%ff",
    "city%2fupdate",
    "-",
    "\x7f",
]


@pytest.fixture
async def avow(tmp_path):
    async with world(tmp_path / "data", log_level="error", witness_logs=configured(tmp_path)) as running:
        made = await running.post("/dids", {"name": "city"}, status=201)
        running.did = made["did"]
        running.changing = (await running.post("/dids", {"name": "changing"}, status=201))["document"]
        await running.post("/dids", {"name": "ending"}, status=201)
        for profile, suite in (
            ("plain", "eddsa-jcs-2022"),
            ("selective", "bbs-2023"),
            ("blind", "bbs-predicates-2026"),
        ):
            body = {"did": running.did, "formats": [suite], "schema": SCHEMA, "validityDays": 30}
            await running.put(f"/issuers/{profile}", body, status=201)
        running.batches = [
            await running.post(BATCHES, {}, status=201, headers={"Idempotency-Key": key}) for key in "abc"
        ]
        running.batches = [f"{BATCHES}/{made['batch']}" for made in running.batches]
        await running.post(f"{running.batches[0]}/close", {})
        running.evidence = (await running.post("/evidence", {"digest": DIGEST}, status=201))["id"]
        running.erased = (await running.post("/evidence", {"digest": DIGEST}, status=201))["id"]
        revocable = {
            "did": running.did,
            "formats": ["eddsa-jcs-2022"],
            "status": ["revocation", "suspension"],
        }
        await running.put("/issuers/revocable", revocable, status=201)
        issued = await running.post(
            "/issuers/revocable/credentials/issue",
            {"credential": {"credentialSubject": {"name": "x"}}},
            status=201,
        )
        running.entry = issued["verifiableCredential"]["credentialStatus"][0]
        running.list = running.entry["statusListCredential"].removeprefix(running.settings.public_url)
        running.gaps = await lists.ensure_list(running.core, "default", running.did)
        running.kept = await allocating.allocate(running.core, running.gaps)
        running.digits = await parameters.ensure_digit_list(running.core, "default", running.did)
        await running.put("/policies/default", {"trustedIssuers": [running.did]})
        await running.put("/issuers/bare", {"did": running.did, "formats": ["eddsa-jcs-2022"]}, status=201)
        await running.post("/schemas/permit", PERMIT, status=201)
        await running.post("/schemas/permit/v1/credential", {"profile": "bare"}, status=201)
        yield running


async def seeds(avow):
    """A good request for each route: method, path, body (JSON value or bytes), headers; and its weight."""
    claims = {"credentialSubject": examples.load("national-identity")}
    plain = (await avow.post("/issuers/plain/credentials/issue", {"credential": claims}, status=201))[
        "verifiableCredential"
    ]
    base = (await avow.post("/issuers/selective/credentials/issue", {"credential": claims}, status=201))[
        "verifiableCredential"
    ]
    asked = await avow.post("/challenges", {"domain": "https://shop.example"}, status=201)
    signer = Ed25519Signer(b"\x05" * 32)
    binding = {"challenge": asked["challenge"], "domain": asked["domain"]}
    holder = f"did:key:{signer.public_key.multikey()}"
    options = {"selectivePointers": ["/credentialSubject/nationality"], "holder": holder, **binding}
    derived = (
        await avow.post("/credentials/derive", {"verifiableCredential": base, "options": options}, status=201)
    )["verifiableCredential"]
    shown = sign_presentation([derived], signer=signer, now=datetime.now(UTC), **binding)
    line = (await avow.client.get("/dids/city/did.jsonl")).text
    basic = base64.b64encode(":".join(avow.bootstrap).encode()).decode()
    query = {
        "credentials": [
            {
                "id": "q",
                "format": "ldp_vc",
                "meta": {"type_values": [["https://x.example/T"]]},
                "claims": [{"path": ["credentialSubject", "nationality"], "values": ["PT"]}],
            }
        ]
    }
    rpc = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "eth_call",
        "params": [{"to": "0x" + "00" * 20, "data": "0x"}, "latest"],
    }
    light = [
        ("POST", "/token", b"grant_type=client_credentials&scope=write:/dids", {"authorization": f"Basic {basic}"}),
        ("POST", "/clients", {"name": "x", "scopes": ["write:/dids"]}, {}),
        ("POST", "/dids", {"name": "x", "keys": "hosted"}, {}),
        ("POST", "/dids", {"name": "x", "entry": line}, {}),
        ("GET", "/dids", None, {}),
        ("POST", "/dids/changing/update", {"removeKeys": [avow.changing["assertionMethod"][0]], "addKeys": [{"type": "Ed25519"}]}, {}),
        ("POST", "/dids/changing/update", {"document": avow.changing}, {}),
        ("POST", "/dids/changing/update", {"entry": line}, {}),
        ("POST", "/dids/ending/deactivate", {"entry": line}, {}),
        ("GET", "/dids/city", None, {}),
        ("GET", "/dids/city/did.jsonl", None, {}),
        ("GET", f"/1.0/identifiers/{quote(avow.did, safe='')}", None, {}),
        ("GET", f"/1.0/identifiers/{avow.did}?versionId=1-x", None, {"accept": "application/did+json"}),
        ("GET", f"/1.0/identifiers/{avow.did}?assurance=final", None, {}),
        ("GET", "/log/checkpoint", None, {}),
        ("GET", f"/log/history/{avow.did.split(':')[2]}.jsonl", None, {}),
        ("GET", "/log/policy", None, {}),
        ("GET", "/log/anchors", None, {}),
        ("GET", "/log/status", None, {}),
        ("GET", "/log/entries/1", None, {}),
        ("GET", "/log/tile/0/000.p/1", None, {}),
        ("POST", "/chain/rpc", rpc, {}),
        ("POST", "/witness/add-checkpoint", LOG.request(0, 5), {"content-type": "text/plain"}),
        ("POST", "/witness/add-checkpoint", LOG.request(5, 16), {"content-type": "text/plain"}),
        ("GET", "/witness/key", None, {}),
        ("POST", "/evidence", {"digest": DIGEST}, {}),
        ("POST", "/evidence", {"digests": [DIGEST, DIGEST]}, {}),
        ("GET", f"/evidence?digest={DIGEST}", None, {}),
        ("GET", f"/evidence/{avow.evidence}", None, {}),
        ("DELETE", f"/evidence/{avow.erased}", None, {}),
        ("PUT", "/issuers/x", {"did": avow.did, "formats": ["bbs-2023"], "schema": SCHEMA, "mandatoryPointers": ["/issuer"]}, {}),
        ("GET", "/issuers/plain", None, {}),
        ("POST", "/issuers/revocable/credentials/issue", {"credential": {"credentialSubject": {"name": "x"}}}, {}),
        ("POST", "/credentials/status", {"credentialId": "urn:uuid:x", "credentialStatus": avow.entry, "status": False}, {}),
        ("GET", f"{avow.list}", None, {"accept": "application/statuslist+jwt, application/vc"}),
        ("GET", f"{avow.list}/suspension", None, {}),
        ("POST", "/credentials/status", {"credentialStatus": avow.kept.to_json()}, {}),
        ("GET", f"/revocation/{avow.gaps.list_id}", None, {}),
        ("GET", f"/revocation/{avow.gaps.list_id}/epochs/0", None, {}),
        ("GET", f"/revocation/{avow.gaps.list_id}/epochs/0/summary", None, {}),
        ("GET", f"/revocation/{avow.gaps.list_id}/epochs/0/pages/0", None, {}),
        ("GET", f"/revocation/{avow.gaps.list_id}/identifiers/{avow.kept.identifier}", None, {}),
        ("GET", f"/parameters/{avow.digits.hex()}", None, {}),
        ("GET", f"{avow.list}/entries/{avow.entry['statusListIndex']}", None, {}),
        ("POST", "/issuers/plain/credentials/issue", {"credential": claims, "options": {}}, {}),
        ("POST", "/schemas/permit", PERMIT | {"title": "Another", "if": {"required": ["type"]}}, {}),
        ("POST", "/schemas/fresh", PERMIT, {}),
        ("GET", "/schemas", None, {}),
        ("GET", "/schemas/permit", None, {}),
        ("GET", "/schemas/permit/v1", None, {"if-none-match": '"x"'}),
        ("PUT", "/schemas/permit/v1", {"state": "deprecated"}, {}),
        ("POST", "/schemas/permit/v1/credential", {"profile": "bare"}, {}),
        ("GET", "/schemas/permit/v1/credential", None, {}),
        ("GET", "/contexts/permit/v1", None, {}),
        ("GET", "/vct/permit/v1", None, {}),
        ("POST", BATCHES, {}, {"idempotency-key": "x"}),
        ("GET", BATCHES, None, {}),
        ("GET", avow.batches[0], None, {}),
        ("GET", f"{avow.batches[0]}/events", None, {"last-event-id": "1"}),
        ("GET", f"{avow.batches[0]}/results?after=0&limit=5", None, {}),
        ("POST", f"{avow.batches[1]}/rows", {"rows": [{"key": "a", "credential": claims, "options": {"holder": holder}}]}, {}),
        ("POST", f"{avow.batches[1]}/rows", json.dumps({"key": "b", "credential": claims}).encode() + b"\n", {"content-type": "application/x-ndjson"}),
        ("POST", f"{avow.batches[0]}/close", {}, {}),
        ("POST", f"{avow.batches[0]}/cancel", {}, {}),
        ("DELETE", avow.batches[2], None, {}),
        ("PUT", "/policies/x", {"trustedIssuers": [avow.did], "requiredAssurance": "sealed", "clockSkewSeconds": 5}, {}),
        ("GET", "/policies/default", None, {}),
        ("POST", "/credentials/verify", {"verifiableCredential": plain, "options": {"policy": "default", "checks": ["proof"]}}, {}),
        ("POST", "/challenges", {"domain": "x", "query": query}, {}),
        ("POST", "/presentations", {"presentation": {"holder": avow.did, "verifiableCredential": [plain]}, "options": {**binding, "form": "eddsa-jcs-2022"}}, {}),
        ("POST", "/presentations/verify", {"verifiablePresentation": sign_presentation([plain], signer=signer, now=datetime.now(UTC), **binding), "options": binding}, {}),
        ("POST", "/sets", {"schema": SCHEMA, "claim": "nationality", "values": ["PT", "ES"]}, {}),
        ("POST", "/issuers/blind/offers", {"person": "x"}, {}),
        ("GET", "/", None, {}),
        ("GET", "/openapi.json", None, {}),
        ("GET", "/livez", None, {}),
        ("GET", "/readyz", None, {}),
        ("GET", "/metrics", None, {}),
        ("GET", "/assets/avow.css", None, {}),
    ]  # fmt: skip
    heavy = [  # these reach canonicalization and pairings when the mutation lets them
        ("POST", "/issuers/selective/credentials/issue", {"credential": claims, "options": {"mandatoryPointers": ["/issuer"]}}, {}),
        ("POST", "/credentials/verify", {"verifiableCredential": derived}, {}),
        ("POST", "/credentials/derive", {"verifiableCredential": base, "options": options}, {}),
        ("POST", "/presentations/verify", {"verifiablePresentation": shown, "options": binding}, {}),
        ("POST", "/presentations/verify-queue", {"presentations": [{"verifiablePresentation": shown, "options": binding}]}, {}),
    ]  # fmt: skip
    return light * 4 + heavy


def places(value, path=()):
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, child in children:
        yield from places(child, (*path, step))


def mutate_value(rng, body):
    body = copy.deepcopy(body)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        path = rng.choice(list(places(body)))
        if not path:
            if rng.random() < 0.1:
                return rng.choice(ODD)
            continue
        parent = body
        for step in path[:-1]:
            parent = parent[step]
        last, kind = path[-1], rng.randrange(6)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(parent, dict):
            parent[rng.choice(["", "x", "@id", "@context", "proof", "id", "type", "a" * 200])] = rng.choice(
                ODD
            )
        elif kind == 2 and isinstance(parent[last], str) and parent[last]:
            text = parent[last]
            at = rng.randrange(len(text))
            parent[last] = text[:at] + rng.choice(["", "\x00", "é", text, "%", '"', "/"]) + text[at + 1 :]
        elif kind == 3:
            parent[last] = [parent[last]] if rng.random() < 0.5 else {"x": parent[last]}
        else:
            parent[last] = copy.deepcopy(rng.choice(ODD))
    return body


def mutate_bytes(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at : at + rng.choice((1, 4, 50))]
        elif kind == 2:
            data[at:at] = rng.choice(
                [b"\xff", b"\x00", b'"', b"{", b"[" * 70, b"\\ud800", b"NaN", b"1e999", b"9" * 30]
            )
        elif kind == 3:
            data[at:at] = data[at : at + 40]
        else:
            data = data[:at]
    return bytes(data)


def mutate(rng, seed):
    method, path, body, headers = seed
    headers = dict(headers)
    if isinstance(body, bytes):
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        content = mutate_bytes(rng, body)
    elif body is None:
        content = b""
    else:
        headers.setdefault("content-type", "application/json")
        value = mutate_value(rng, body) if rng.random() < 0.8 else body
        content = json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        if rng.random() < 0.25:
            content = mutate_bytes(rng, content)
    if body is None or rng.random() < 0.1:
        path = mutate_path(rng, path)
    if rng.random() < 0.1:
        name, value = rng.choice(HEADERS)
        headers[name] = value
    if rng.random() < 0.03:
        method = rng.choice(["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "X"])
    return method, path, headers, content


def mutate_path(rng, path):
    path, _, query = path.partition("?")
    kind = rng.randrange(4)
    if kind == 0:
        parts = path.split("/")
        parts[rng.randrange(len(parts))] = rng.choice(SEGMENTS)
        path = "/".join(parts)
    elif kind == 1:
        at = rng.randrange(len(path) + 1)
        path = path[:at] + rng.choice(["%", "%25", "%00", "?", "#", "//", ";", "é", "%c3%28"]) + path[at:]
    elif kind == 2:
        query = rng.choice(
            [
                "versionId=",
                "versionTime=x",
                "versionTime=2026-01-01T00:00:00Z",
                "&&&",
                "a=1&a=2",
                "%",
                "=",
                "noCache=1",
            ]
        )
    return path + ("?" + query if query else "")


async def ask(app, method, target, headers, content):
    """Call the application as a server does, without a client's opinion of what is well formed."""
    path, _, query = target.partition("?")
    raw = path.encode("utf-8")
    sent = []
    given = False

    async def receive():
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": bytes_unquoted(raw),
        "raw_path": raw,
        "query_string": query.encode("utf-8"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "server": ("localhost", 8000),
        "client": ("127.0.0.1", 1),
        "state": {},
    }
    await app(scope, receive, send)
    begun = sent[0]
    kinds = [value for name, value in begun["headers"] if name.lower() == b"content-type"]
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return begun["status"], (kinds or [b""])[0].decode(), body


def bytes_unquoted(raw):
    from urllib.parse import unquote  # noqa: PLC0415

    return unquote(raw.decode("ascii", "replace"))


async def test_mutated_requests_are_answered_and_never_with_a_5xx(avow):
    rng = random.Random(SEED)
    chosen = await seeds(avow)
    assert missing(avow.app.openapi(), chosen) == set()
    authorization = (await avow.headers())["Authorization"]
    counts: dict[int, int] = {}
    codes: set[str] = set()

    async def one(number, method, path, headers, content):
        status, kind, body = await ask(avow.app, method, path, headers, content)
        counts[status] = counts.get(status, 0) + 1
        told = f"request {number}: {method} {path} {headers} {content[:600]!r} → {status} {body[:600]!r}"
        assert status < 500 or status in {501, 503}, told
        if status == 501:
            assert path.startswith("/1.0/identifiers/"), told
        if status == 503:
            assert json.loads(body)["code"] == "service.busy", told
        if status >= 400:
            codes.add(check_form(method, path, kind, body, told))

    pending = []
    for number in range(REQUESTS):
        method, path, headers, content = mutate(rng, rng.choice(chosen))
        headers.setdefault("authorization", authorization)
        pending.append(one(number, method, path, headers, content))
        if len(pending) == 20:
            await asyncio.gather(*pending)
            pending.clear()
    await asyncio.gather(*pending)
    assert sum(counts.values()) == REQUESTS
    assert len(codes) > 60, sorted(codes)
    assert counts[200] > 500  # some mutations do no harm, so the others reach far
    assert (await avow.client.get("/readyz")).status_code == 200


def missing(description, chosen):
    """Operations of the OpenAPI description that no seed reaches."""
    reached = {(method, path.partition("?")[0]) for method, path, _, _ in chosen}
    return {
        (method.upper(), path)
        for path, item in description["paths"].items()
        for method in item
        if not any(
            m == method.upper() and re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(path)), p)
            for m, p in reached
        )
    }


def check_form(method, path, kind, body, told):
    """The code of an error in the form of problem details, or of its protocol."""
    if method == "HEAD":
        return ""
    if kind == "text/x.tlog.size":
        assert re.fullmatch(rb"\d+\n", body), told
        return "witness.conflict"
    value = json.loads(body)
    if kind == "application/problem+json":
        assert value["type"], told
        assert value["status"], told
        assert value["code"], told
        assert value["instance"].startswith("urn:uuid:"), told
        return value["code"]
    if path.startswith("/token"):
        assert kind == "application/json", told
        assert value["error"], told
        return value["code"]
    assert path.startswith("/1.0/identifiers/"), told
    error = value["didResolutionMetadata"].get("error")
    if error is None:
        assert value["didDocumentMetadata"]["deactivated"] is True, told
        return ""
    return error["code"] if isinstance(error, dict) else error
