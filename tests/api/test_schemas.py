"""The schema registry: versions, what is made from them, who may publish, issuing and verifying by them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from api.services import access
from credentials.holder.signing import sign_presentation
from did.keys import Ed25519Signer

from .conftest import world

pytestmark = pytest.mark.anyio

PERMIT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Parking permit",
    "description": "That a vehicle may stand in a zone.",
    "type": "object",
    "properties": {
        "credentialSubject": {
            "type": "object",
            "properties": {
                "plate": {"type": "string", "pattern": "^[A-Z0-9-]{2,12}$", "title": "Number plate"},
                "zone": {"type": "integer", "minimum": 1},
                "from": {"type": "string", "format": "date"},
                "holder-of": {"type": "object", "properties": {"floor": {"type": "integer"}}},
            },
            "required": ["plate", "zone"],
        }
    },
    "required": ["credentialSubject"],
}
CLAIMS = {"plate": "AB-12-CD", "zone": 3, "from": "2026-01-01", "holder-of": {"floor": 2}}


def with_claim(**claims):
    changed = json.loads(json.dumps(PERMIT))
    changed["properties"]["credentialSubject"]["properties"] |= claims
    return changed


async def publish(avow, name, schema, *, status=201, headers=None):
    content = schema if isinstance(schema, bytes) else json.dumps(schema, indent=1).encode()
    sent = {**(headers or await avow.headers()), "Content-Type": "application/json"}
    answer = await avow.client.post(f"/schemas/{name}", content=content, headers=sent)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("schemas")) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        running.permit = await publish(running, "parking-permit", PERMIT)
        core = running.core
        other = access.new_client("other", core.token(), frozenset(access.SCOPES))
        await core.writer.run(
            lambda unit: access.insert_client(unit, other, tenant="second", name="other", now=0)
        )
        token = await running.token(auth=(other.client_id, other.secret))
        running.other = {"Authorization": f"Bearer {token}"}
        await running.put("/policies/city", {"trustedIssuers": [running.did]})
        yield running


async def profile(avow, name, schema=None):
    body = {"did": avow.did, "formats": ["eddsa-jcs-2022"]} | ({"schema": schema} if schema else {})
    return await avow.call("PUT", f"/issuers/{name}", body)


async def issue(avow, name, credential, *, status=201):
    answer = await avow.call("POST", f"/issuers/{name}/credentials/issue", {"credential": credential})
    assert answer.status_code == status, answer.text
    return answer.json()


async def verify(avow, credential, **policy):
    body = {"verifiableCredential": credential, "options": {"policy": "city"}}
    return (await avow.call("POST", "/credentials/verify", body)).json()


async def test_the_bytes_stand_as_they_were_sent(avow):
    base = avow.settings.public_url
    assert avow.permit["id"] == f"{base}/schemas/parking-permit/v1"
    assert avow.permit["type"] == "ParkingPermitCredential"
    sent = json.dumps(PERMIT, indent=1).encode()
    answer = await avow.client.get("/schemas/parking-permit/v1")
    assert answer.content == sent
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    digest = hashlib.sha256(sent)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert avow.permit["sha256"] == digest.hexdigest()
    assert avow.permit["digestSRI"] == "sha256-" + base64.b64encode(digest.digest()).decode()
    known = {"If-None-Match": answer.headers["etag"]}
    again = await avow.client.get("/schemas/parking-permit/v1", headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_context_and_type_stand_beside_the_schema(avow):
    context = await avow.client.get("/contexts/parking-permit/v1")
    assert context.headers["content-type"] == "application/ld+json"
    terms = context.json()["@context"]
    assert terms["zone"]["@id"] == avow.permit["id"] + "#zone"
    assert terms["ParkingPermitCredential"] == avow.permit["id"] + "#ParkingPermitCredential"
    vct = (await avow.client.get("/vct/parking-permit/v1")).json()
    assert vct["vct"] == avow.permit["vct"]
    assert vct["claims"][0] == {
        "path": ["plate"],
        "display": [{"locale": "en", "label": "Number plate"}],
        "mandatory": True,
    }


async def test_a_version_never_changes_and_the_same_bytes_are_the_same_version(avow):
    first = await publish(avow, "badge", PERMIT)
    assert await publish(avow, "badge", PERMIT, status=200) == first
    second = await publish(avow, "badge", with_claim(colour={"type": "string"}))
    assert (first["version"], second["version"]) == (1, 2)
    kept = (await avow.client.get("/schemas/badge/v1")).json()
    assert "colour" not in kept["properties"]["credentialSubject"]["properties"]
    listed = (await avow.client.get("/schemas/badge")).json()["versions"]
    assert [entry["sha256"] for entry in listed] == [first["sha256"], second["sha256"]]


async def test_an_id_is_the_address_of_the_version_that_it_becomes(avow):
    address = f"{avow.settings.public_url}/schemas/pass/v1"
    await publish(avow, "pass", PERMIT | {"$id": address})
    refused = await publish(avow, "pass", with_claim(x={"type": "string"}) | {"$id": address}, status=400)
    assert refused["code"] == "schema.id"
    assert "/schemas/pass/v2" in refused["detail"]


async def test_a_repeated_request_publishes_once(avow):
    headers = {**(await avow.headers()), "Idempotency-Key": "once"}
    first = await publish(avow, "once", PERMIT, headers=headers)
    assert await publish(avow, "once", PERMIT, headers=headers) == first
    assert len((await avow.client.get("/schemas/once")).json()["versions"]) == 1


@pytest.mark.parametrize("name", ["parking-permit", "employment"])
async def test_nobody_publishes_under_anothers_name(avow, name):
    refused = await publish(avow, name, with_claim(y={"type": "string"}), status=409, headers=avow.other)
    assert refused["code"] == "schema.taken"


async def test_nobody_deprecates_or_signs_anothers_schema(avow):
    for name in ("parking-permit", "nothing"):
        place = f"/schemas/{name}/v1"
        answer = await avow.client.put(place, json={"state": "deprecated"}, headers=avow.other)
        assert (answer.status_code, answer.json()["code"]) == (404, "schema.not-found")
        answer = await avow.client.post(f"{place}/credential", json={"profile": "x"}, headers=avow.other)
        assert (answer.status_code, answer.json()["code"]) == (404, "schema.not-found")


async def test_lists_hold_ones_own_and_the_bundled(avow):
    mine = (await avow.call("GET", "/schemas")).json()
    assert "parking-permit" in {entry["name"] for entry in mine["schemas"]}
    theirs = (await avow.client.get("/schemas", headers=avow.other)).json()
    assert theirs["schemas"] == []
    assert len(theirs["bundled"]) == 3


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"type": "string", "pattern": "^(?=a)"}, "schema.pattern"),
        ({"$ref": "https://example.com/schema"}, "schema.reference"),
        ({"type": "strin"}, "schema.meta"),
        ({"type": "string", "description": "x" * 70_000}, "schema.too-large"),
    ],
    ids=["look-ahead", "remote", "no type", "huge"],
)
async def test_what_is_no_safe_schema_is_refused(avow, claim, code):
    refused = await publish(avow, "refused", with_claim(bad=claim), status=400)
    assert refused["code"] == code
    assert (await avow.client.get("/schemas/refused")).status_code == 404


async def test_a_schema_without_a_context_says_why(avow):
    made = await publish(avow, "price", with_claim(price={"type": "number"}))
    assert "context" not in made
    assert "/credentialSubject/price is a number" in made["contextRefused"]["detail"]
    assert "smaller unit" in made["contextRefused"]["remedy"]
    answer = await avow.client.get("/contexts/price/v1")
    assert (answer.status_code, answer.json()["code"]) == (404, "schema.no-context")


async def test_a_profile_that_names_a_schema_gets_context_and_type(avow):
    assert (await profile(avow, "permits", avow.permit["id"])).status_code == 201
    issued = (await issue(avow, "permits", {"credentialSubject": CLAIMS}))["verifiableCredential"]
    assert issued["@context"][1:] == [avow.permit["context"]]
    assert issued["type"] == ["VerifiableCredential", "ParkingPermitCredential"]
    assert issued["credentialSchema"] == {"id": avow.permit["id"], "type": "JsonSchema"}
    verdict = await verify(avow, issued)
    assert verdict["accepted"], verdict
    wrong = {"credentialSubject": CLAIMS | {"zone": 0}}
    refused = await issue(avow, "permits", wrong, status=400)
    assert refused["code"] == "schema.violation"
    assert "/credentialSubject/zone" in refused["detail"]


@pytest.mark.parametrize("form", ["eddsa-rdfc-2022", "bbs-2023"])
async def test_what_is_signed_as_rdf_is_read_by_the_published_context(avow, form):
    core = avow.core
    assert avow.permit["context"] in core.known.contexts
    body = {"did": avow.did, "formats": [form], "schema": avow.permit["id"]}
    await avow.call("PUT", f"/issuers/{form}", body)
    issued = (await issue(avow, form, {"credentialSubject": CLAIMS}))["verifiableCredential"]
    answer = await avow.call("POST", "/credentials/verify", {"verifiableCredential": issued})
    steps = {check["check"]: check["outcome"] for check in answer.json()["verdict"]["checks"]}
    assert steps["context"] == "passed"
    assert steps["proof"] == ("passed" if form == "eddsa-rdfc-2022" else "failed")  # a base proof
    undefined = await issue(avow, form, {"credentialSubject": CLAIMS | {"colour": "red"}}, status=400)
    assert undefined["code"].startswith("rdf.")


async def test_a_query_may_ask_for_a_published_type(avow):
    signer = Ed25519Signer(b"\x07" * 32)
    await profile(avow, "permits", avow.permit["id"])
    claims = {"id": f"did:key:{signer.public_key.multikey()}", **CLAIMS}
    held = (await issue(avow, "permits", {"credentialSubject": claims}))["verifiableCredential"]
    for name, status in (("ParkingPermitCredential", 200), ("OtherCredential", 400)):
        wanted = {"type_values": [[f"{avow.permit['id']}#{name}"]]}
        asked = {"id": "q", "format": "ldp_vc", "meta": wanted}
        body = {"domain": "https://zone.example", "query": {"credentials": [asked]}}
        challenge = (await avow.post("/challenges", body, status=201))["challenge"]
        bound = {"domain": "https://zone.example", "challenge": challenge}
        shown = sign_presentation([held], signer=signer, now=avow.core.system.now(), **bound)
        sent = {"verifiablePresentation": shown, "options": {**bound, "policy": "city"}}
        answer = await avow.call("POST", "/presentations/verify", sent)
        assert answer.status_code == status, answer.text


async def test_a_deprecated_version_verifies_and_issues_nothing(avow):
    made = await publish(avow, "old", PERMIT)
    await profile(avow, "old", made["id"])
    issued = (await issue(avow, "old", {"credentialSubject": CLAIMS}))["verifiableCredential"]
    changed = await avow.put("/schemas/old/v1", {"state": "deprecated"})
    assert changed["state"] == "deprecated"
    refused = await issue(avow, "old", {"credentialSubject": CLAIMS}, status=409)
    assert refused["code"] == "schema.deprecated"
    assert (await profile(avow, "older", made["id"])).json()["code"] == "schema.deprecated"
    assert (await verify(avow, issued))["accepted"]
    await avow.put("/schemas/old/v1", {"state": "active"})
    await issue(avow, "old", {"credentialSubject": CLAIMS})


async def test_a_profile_cannot_name_a_schema_from_elsewhere(avow):
    for schema in ("https://example.com/schemas/x/v1", avow.permit["id"].replace("v1", "v9")):
        refused = (await profile(avow, "elsewhere", schema)).json()
        assert refused["code"] == "schema.unknown"


async def test_a_schema_credential_is_issued_published_and_relied_on(avow):
    await profile(avow, "plain")
    before = await avow.client.get("/schemas/parking-permit/v1/credential")
    assert (before.status_code, before.json()["code"]) == (404, "schema.no-credential")
    made = await avow.post("/schemas/parking-permit/v1/credential", {"profile": "plain"}, status=201)
    answer = await avow.client.get("/schemas/parking-permit/v1/credential")
    signed = answer.json()
    assert signed == made["verifiableCredential"]
    assert signed["type"] == ["VerifiableCredential", "JsonSchemaCredential"]
    assert signed["credentialSubject"]["jsonSchema"] == PERMIT
    assert signed["credentialSubject"]["digestSRI"] == avow.permit["digestSRI"]
    entry = {"id": signed["id"], "type": "JsonSchemaCredential"}
    good = {"credentialSubject": CLAIMS, "credentialSchema": entry, "@context": [avow.permit["context"]]}
    issued = (await issue(avow, "plain", good))["verifiableCredential"]
    assert (await verify(avow, issued))["accepted"]
    bad = good | {"credentialSubject": CLAIMS | {"plate": "no plate"}}
    issued = (await issue(avow, "plain", bad))["verifiableCredential"]
    refused = await verify(avow, issued)
    assert refused["code"] == "schema.violation"
    assert "no plate" not in json.dumps(refused)


async def test_a_schema_credential_needs_a_profile_without_schema(avow):
    await profile(avow, "permits", avow.permit["id"])
    answer = await avow.call("POST", "/schemas/parking-permit/v1/credential", {"profile": "permits"})
    assert (answer.status_code, answer.json()["code"]) == (409, "schema.profile")
