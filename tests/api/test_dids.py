"""The registrar, resolution with evidence, and what the log holds."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from sqlalchemy import event, func, select
from sqlmodel import col

from api.store.tables import DidRow, DidVersion, Key, LogEntry
from did.chain.driver import Head
from did.document import document_json
from did.encoding import decode_hex, decode_multihash34
from did.keys import Ed25519Signer
from did.methods import webvh
from did.registry.bundle import (
    ChainView,
    Expectations,
    Level,
    ObservedHead,
    Requirement,
    TrustedChain,
    verify_bundle,
)
from did.registry.policy import parse_policy
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("dids")) as running:
        await running.post("/dids", {"name": "city"}, status=201)
        yield running


async def settled(avow, did, state="final"):
    """The resolution result once the DID got that far."""
    for _ in range(3000):
        result = await resolve(avow, did)
        if result.json()["didResolutionMetadata"].get("state") == state:
            return result.json()
        await asyncio.sleep(0.02)
    raise AssertionError(result.text)


async def resolve(avow, did, accept=None, **options):
    return await avow.client.get(
        f"/1.0/identifiers/{quote(did, safe='')}",
        params=options,
        headers={"Accept": accept} if accept else {},
    )


async def expectations(avow, level):
    """What a client would demand, from what it trusts and reads by itself."""
    anchors = (await avow.client.get("/log/anchors")).json()
    policy = parse_policy((await avow.client.get("/log/policy")).text)
    trusted = TrustedChain.from_json(
        {n: anchors[n] for n in ("chain", "contract", "logId", "codeHash", "kind")}
    )
    head = anchors["head"]
    observed = ObservedHead(
        chain=trusted.chain,
        contract=trusted.contract,
        log_id=trusted.log_id,
        code_hash=trusted.code_hash,
        head=Head(
            size=head["size"],
            sequence=head["sequence"],
            block=head["blockNumber"],
            time=head["time"],
            root=decode_hex(head["root"], length=32),
            map_root=decode_hex(head["mapRoot"], length=32),
        ),
        final=True,
    )
    return Expectations(
        origin="localhost:8000/log",
        policy=policy,
        view=ChainView(
            chains=(trusted,),
            heads=(observed,),
            trusted_blocks=(),
            extensions={},
        ),
        require=Requirement(level=level, max_age=None, cosigned=False),
        now=int(datetime.now(UTC).timestamp()) + 1,
        known=(),
    )


async def test_a_did_is_created_sealed_anchored_and_its_evidence_verifies(avow):
    made = await avow.post("/dids", {"name": "town"}, status=201)
    assert made["state"] == "logged"
    did = made["did"]
    assert did.startswith("did:webvh:")
    assert did.endswith(":localhost%3A8000:dids:town")
    assert {key["type"] for key in made["keys"]} == {"Ed25519", "BLS12-381-G2"}
    result = await settled(avow, did)
    metadata = result["didResolutionMetadata"]
    assert metadata["assurance"] == "local-chain"
    assert metadata["reach"] == "loopback"
    assert metadata["logIndex"] == made["logIndex"]
    assert result["didDocument"]["id"] == did
    (bundle,) = metadata["proof"]
    wanted = await expectations(avow, Level.FINAL)
    state = verify_bundle(json.dumps(bundle).encode(), expected_did=did, expectations=wanted)
    assert state.document == made["document"]


async def test_did_jsonl_is_a_valid_history(avow):
    made = await avow.post("/dids", {"name": "jsonl"}, status=201)
    text = await avow.client.get("/dids/jsonl/did.jsonl")
    assert text.headers["content-type"].startswith("text/jsonl")
    history = webvh.verify_history(text.content, expected_did=None, witnesses=None, now=datetime.now(UTC))
    assert history.latest.version_id == made["versionId"]
    assert history.latest.parameters.portable
    assert history.latest.next_key_hashes


async def test_until_sealed_nothing_is_claimed_to_be_the_latest(tmp_path):
    async with world(tmp_path, seal_interval_ms=3_600_000) as avow:
        avow.core.registry._sealer._last_seal = avow.core.system.monotonic()  # busy: the next seal is far
        made = await avow.post("/dids", {"name": "slow"}, status=201)
        result = (await resolve(avow, made["did"])).json()
        assert result["didResolutionMetadata"]["state"] == "logged"
        assert "proof" not in result["didResolutionMetadata"]
        assert result["didDocument"]["id"] == made["did"]


async def test_rotation_keeps_old_public_keys_and_signs_with_new_ones(avow):
    made = await avow.post("/dids", {"name": "rotating"}, status=201)
    turned = await avow.post("/dids/rotating/update", {"rotate": True})
    assert turned["versionId"].startswith("2-")
    old, new = {k["id"] for k in made["keys"]}, {k["id"] for k in turned["keys"]}
    assert not old & new
    assert old | new == set(turned["document"]["assertionMethod"])
    third = await avow.post("/dids/rotating/update", {"rotate": True})
    assert third["versionId"].startswith("3-")
    history = (await avow.client.get("/dids/rotating/did.jsonl")).content
    webvh.verify_history(history, expected_did=None, witnesses=None, now=datetime.now(UTC))


async def test_keys_are_removed_and_added(avow):
    made = await avow.post("/dids", {"name": "keys"}, status=201)
    gone = next(key["id"] for key in made["keys"] if key["type"] == "Ed25519")
    body = {"removeKeys": [gone], "addKeys": [{"type": "Ed25519"}]}
    changed = await avow.post("/dids/keys/update", body)
    assert gone not in json.dumps(changed["document"])
    assert gone not in {key["id"] for key in changed["keys"]}
    assert sum(key["type"] == "Ed25519" for key in changed["keys"]) == 1
    answer = await avow.call("POST", "/dids/keys/update", {"removeKeys": [gone]})
    assert answer.json()["code"] == "did.key-unknown"


async def test_keys_of_the_nist_curves_are_kept_too_and_rotated_with_the_others(avow):
    made = await avow.post("/dids", {"name": "curves"}, status=201)
    added = await avow.post("/dids/curves/update", {"addKeys": [{"type": "P-256"}, {"type": "P-384"}]})
    fresh = {key["type"]: key["id"] for key in added["keys"] if key not in made["keys"]}
    assert set(fresh) == {"P-256", "P-384"}
    for relationship in ("assertionMethod", "authentication"):
        assert set(fresh.values()) <= set(added["document"][relationship])
    for suite, kind in (
        ("ecdsa-jcs-2019", "P-256"),
        ("ecdsa-sd-2023", "P-256"),
        ("eddsa-jcs-2022", "Ed25519"),
    ):
        body = {
            "did": made["did"],
            "formats": [suite],
            "schema": "https://avow.example/schemas/employment/v1",
        }
        await avow.put("/issuers/curves", body, status=201 if suite == "ecdsa-jcs-2019" else 200)
        credential = {"credentialSubject": examples.load("employment")}
        issued = await avow.post("/issuers/curves/credentials/issue", {"credential": credential}, status=201)
        used = issued["verifiableCredential"]["proof"]["verificationMethod"]
        assert used in {key["id"] for key in added["keys"] if key["type"] in {kind, "P-384"}}
    turned = await avow.post("/dids/curves/update", {"rotate": True})
    assert {key["type"] for key in turned["keys"]} == {"Ed25519", "P-256", "P-384", "BLS12-381-G2"}
    assert not {key["id"] for key in turned["keys"]} & {key["id"] for key in added["keys"]}


async def test_the_document_can_be_replaced(avow):
    made = await avow.post("/dids", {"name": "document"}, status=201)
    document = {**made["document"], "alsoKnownAs": ["https://city.example/"]}
    changed = await avow.post("/dids/document/update", {"document": document})
    assert changed["document"]["alsoKnownAs"] == ["https://city.example/"]
    wrong = await avow.call(
        "POST", "/dids/document/update", {"document": {**document, "id": "did:example:1"}}
    )
    assert wrong.status_code == 400


async def test_a_deactivated_did_is_gone_and_says_so(avow):
    made = await avow.post("/dids", {"name": "ending"}, status=201)
    await avow.post("/dids/ending/deactivate", {})
    answer = await resolve(avow, made["did"])
    assert answer.status_code == 410
    assert answer.json()["didDocument"] is None
    assert answer.json()["didDocumentMetadata"]["deactivated"] is True
    for path in ("update", "deactivate"):
        body = {"rotate": True} if path == "update" else {}
        again = await avow.call("POST", f"/dids/ending/{path}", body)
        assert (again.status_code, again.json()["code"]) == (409, "did.deactivated")
    first = await resolve(avow, made["did"], versionId=made["versionId"])
    assert first.status_code == 200
    assert first.json()["didDocument"]["id"] == made["did"]
    assert "proof" not in first.json()["didResolutionMetadata"]


class Controller:
    """Somebody who keeps its own keys."""

    def __init__(self, name: str) -> None:
        self.signer = Ed25519Signer(b"\x07" * 32)
        self.name = name
        place = webvh.placeholder_did("localhost", ["dids", name], port=8000)
        self.line = webvh.create(
            document_json(place, []), signer=self.signer, now=datetime.now(UTC), portable=True
        )

    @property
    def history(self):
        return webvh.verify_history(
            f"{self.line}\n".encode(), expected_did=None, witnesses=None, now=datetime.now(UTC)
        )


async def test_a_new_did_is_found_where_its_answer_says_also_below_a_path(tmp_path):
    async with world(tmp_path, public_url="http://localhost:8000/avow") as avow:
        made = await avow.call("POST", "/dids", {"name": "city"}, status=201)
        assert made.headers["location"] == "http://localhost:8000/avow/dids/city/did.jsonl"
        assert (await avow.client.get(made.headers["location"])).status_code == 200


async def test_complete_entries_signed_by_the_controller(avow):
    controller = Controller("own")
    made = await avow.post("/dids", {"name": "own", "entry": controller.line}, status=201)
    assert made["keys"] == []
    for body in ({"rotate": True}, {"addKeys": [{"type": "Ed25519"}]}):
        refused = await avow.call("POST", "/dids/own/update", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "did.keys-elsewhere")
    document = {**made["document"], "alsoKnownAs": ["https://own.example/"]}
    history = controller.history
    line = webvh.update(history, signer=controller.signer, now=datetime.now(UTC), document=document)
    changed = await avow.post("/dids/own/update", {"entry": line})
    assert changed["versionId"].startswith("2-")
    again = await avow.call("POST", "/dids/own/update", {"entry": line})
    assert again.json()["code"] == "history.version-number"
    stranger = Ed25519Signer(b"\x08" * 32)
    extended = webvh.verify_next(history, line.encode(), witnesses=None, now=datetime.now(UTC))
    forged = json.loads(line)
    forged["versionId"] = f"3-{extended.latest.version_id.split('-')[1]}"
    refused = await avow.call("POST", "/dids/own/update", {"entry": json.dumps(forged)})
    assert refused.json()["code"].startswith("history.")
    assert stranger
    last = webvh.deactivate(extended, signer=controller.signer, now=datetime.now(UTC))
    ended = await avow.post("/dids/own/deactivate", {"entry": last})
    assert ended["versionId"].startswith("3-")


async def test_an_entry_spread_over_lines_does_not_break_the_history(avow):
    controller = Controller("spread")
    made = await avow.post("/dids", {"name": "spread", "entry": controller.line}, status=201)
    line = webvh.update(controller.history, signer=controller.signer, now=datetime.now(UTC))
    for entry in (json.dumps(json.loads(line), indent=1), "\r\n" + line):
        answer = await avow.call("POST", "/dids/spread/update", {"entry": entry})
        assert (answer.status_code, answer.json()["code"]) == (400, "history.entry")
    assert (await resolve(avow, made["did"])).status_code == 200
    await avow.post("/dids/spread/update", {"entry": line + "\n"})
    assert (await resolve(avow, made["did"])).json()["didDocumentMetadata"]["versionId"].startswith("2-")


async def test_a_did_whose_history_is_full_resolves_and_can_be_ended(avow):
    made = await avow.post("/dids", {"name": "full"}, status=201)
    pad = {"id": f"{made['did']}#x", "type": "Pad", "serviceEndpoint": "https://city.example/"}
    codes = []
    for letter in "abcdef":
        document = {**made["document"], "service": [{**pad, "pad": letter * 900_000}]}
        codes.append(
            (await avow.call("POST", "/dids/full/update", {"document": document})).json().get("code")
        )
    assert codes[0] is None
    assert codes[-1] == "history.too-large"
    assert (await resolve(avow, made["did"])).status_code == 200
    await avow.post("/dids/full/deactivate", {})
    avow.core.documents._histories.clear()
    assert (await resolve(avow, made["did"])).status_code == 410


async def test_an_entry_for_another_place_is_refused(avow):
    controller = Controller("elsewhere")
    answer = await avow.call("POST", "/dids", {"name": "here", "entry": controller.line})
    assert (answer.status_code, answer.json()["code"]) == (400, "webvh.did")
    for entry in ("", "{}", "[]", controller.line[:-2], controller.line * 2):
        answer = await avow.call("POST", "/dids", {"name": "elsewhere", "entry": entry})
        assert answer.status_code == 400, entry
    await avow.post("/dids", {"name": "elsewhere", "entry": controller.line}, status=201)


async def test_a_name_is_given_once(avow):
    await avow.post("/dids", {"name": "once"}, status=201)
    answer = await avow.call("POST", "/dids", {"name": "once"})
    assert (answer.status_code, answer.json()["code"]) == (409, "did.exists")
    results = await asyncio.gather(*(avow.call("POST", "/dids", {"name": "raced"}) for _ in range(10)))
    assert sorted(r.status_code for r in results) == [201] + [409] * 9


async def test_of_parallel_changes_each_is_built_on_the_one_before(avow):
    await avow.post("/dids", {"name": "parallel"}, status=201)
    results = await asyncio.gather(
        *(avow.call("POST", "/dids/parallel/update", {"addKeys": [{"type": "Ed25519"}]}) for _ in range(8))
    )
    done = [r for r in results if r.status_code == 200]
    assert done
    assert {r.json()["code"] for r in results if r.status_code != 200} <= {"did.conflict"}
    history = (await avow.client.get("/dids/parallel/did.jsonl")).content
    versions = webvh.verify_history(history, expected_did=None, witnesses=None, now=None).versions
    assert len(versions) == 1 + len(done)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rotate": True, "document": {}},
        {"rotate": False},
        {"removeKeys": ["x"], "entry": "y"},
        {"addKeys": [{"type": "RSA"}]},
    ],
    ids=str,
)
async def test_a_change_is_one_thing(avow, body):
    assert (await avow.call("POST", "/dids/city/update", body)).json()["code"] == "request.invalid"


@pytest.mark.parametrize(
    ("did", "status", "kind"),
    [
        ("nonsense", 400, "INVALID_DID"),
        ("did:webvh:nonsense:localhost%3A8000:dids:x", 400, "INVALID_DID"),
        ("did:example:1", 501, "METHOD_NOT_SUPPORTED"),
        (
            "did:webvh:QmVhHXXtRHHZJj8jBiJpnxtsimyRWGAtPiTC8U3cMRkiCJ:localhost%3A8000:dids:x",
            404,
            "NOT_FOUND",
        ),
        (
            "did:webvh:QmVhHXXtRHHZJj8jBiJpnxtsimyRWGAtPiTC8U3cMRkiCJ:other.example",
            501,
            "FEATURE_NOT_SUPPORTED",
        ),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6Mk", 404, "NOT_FOUND"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK?a=1&a=2", 400, "INVALID_DID_URL"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#%", 400, "INVALID_DID_URL"),
    ],
)
async def test_resolution_errors_are_those_of_did_resolution(avow, did, status, kind):
    answer = await resolve(avow, did)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/did-resolution"
    error = answer.json()["didResolutionMetadata"]["error"]
    assert error["type"] == f"https://www.w3.org/ns/did#{kind}"
    assert error["code"]
    assert answer.json()["didDocument"] is None


async def test_absence_is_proved(avow):
    did = "did:webvh:QmVhHXXtRHHZJj8jBiJpnxtsimyRWGAtPiTC8U3cMRkiCJ:localhost%3A8000:dids:x"
    await settled(avow, (await avow.post("/dids", {"name": "present"}, status=201))["did"])
    (bundle,) = (await resolve(avow, did)).json()["didResolutionMetadata"]["proof"]
    wanted = await expectations(avow, Level.SEALED)
    state = verify_bundle(json.dumps(bundle).encode(), expected_did=did, expectations=wanted)
    assert state.version is None


@pytest.mark.parametrize("encoded", [True, False])
async def test_the_did_may_be_encoded_or_not(avow, encoded):
    did = (await avow.client.get("/dids/city/did.jsonl")).json()["state"]["id"]
    path = quote(did, safe="") if encoded else did
    answer = await avow.client.get(f"/1.0/identifiers/{path}")
    assert answer.json()["didDocument"]["id"] == did


@pytest.mark.parametrize(
    ("accept", "media_type", "bare"),
    [
        ("", "application/did-resolution", False),
        ("*/*", "application/did-resolution", False),
        ("application/json", "application/did-resolution", False),
        ("application/did", "application/did", True),
        ("application/did+json", "application/did+json", True),
        ("text/html;q=0.9, application/did+ld+json;q=0.3, application/did;q=0.5", "application/did", True),
        (
            'application/ld+json;profile="https://w3id.org/did-resolution"',
            'application/ld+json;profile="https://w3id.org/did-resolution"',
            False,
        ),
    ],
)
async def test_accept_is_negotiated(avow, accept, media_type, bare):
    did = (await avow.client.get("/dids/city/did.jsonl")).json()["state"]["id"]
    answer = await resolve(avow, did, accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert ("id" in answer.json()) is bare


async def test_what_cannot_be_accepted_is_406(avow):
    answer = await resolve(avow, "did:example:1", accept="text/html")
    assert answer.status_code == 406


async def test_legacy_clients_get_legacy_words(avow):
    accept = 'application/ld+json;profile="https://w3id.org/did-resolution"'
    answer = await resolve(avow, "did:example:1", accept=accept)
    assert answer.json()["didResolutionMetadata"]["error"] == "methodNotSupported"


@pytest.mark.parametrize(
    "query",
    [
        "versionId=1-x&versionTime=2026-01-01T00:00:00Z",
        "unknown=1",
        "versionTime=soon",
        "versionId=a&versionId=b",
    ],
)
async def test_options_that_do_not_fit_are_refused(avow, query):
    did = (await avow.client.get("/dids/city/did.jsonl")).json()["state"]["id"]
    answer = await avow.client.get(f"/1.0/identifiers/{quote(did, safe='')}?{query}")
    assert answer.status_code == 400
    assert answer.json()["didResolutionMetadata"]["error"]["type"].endswith("INVALID_OPTIONS")


async def test_did_urls_are_dereferenced(avow):
    line = (await avow.client.get("/dids/city/did.jsonl")).json()
    document = line["state"]
    method = document["verificationMethod"][0]
    answer = await resolve(avow, method["id"])
    assert answer.headers["content-type"] == "application/did-url-dereferencing"
    assert answer.json()["content"] == method
    versioned = f"{document['id']}?versionId={line['versionId']}#{method['id'].split('#')[1]}"
    assert (await resolve(avow, versioned)).json()["content"] == method
    moved = await resolve(avow, document["id"] + "/did.jsonl")
    assert moved.status_code == 303
    assert moved.headers["location"].endswith("/dids/city/did.jsonl")
    assert moved.content == b""
    climbing = await resolve(avow, document["id"] + "/../../clients")
    assert climbing.status_code == 400


async def test_only_web_addresses_are_redirected_to(avow):
    made = await avow.post("/dids", {"name": "services"}, status=201)
    services = [
        {"id": f"{made['did']}#{name}", "type": "T", "serviceEndpoint": endpoint}
        for name, endpoint in (
            ("good", "https://good.example/x"),
            ("script", "javascript:alert(1)"),
            ("split", "https://x.example/\r\nSet-Cookie: a=b"),
        )
    ]
    await avow.post("/dids/services/update", {"document": {**made["document"], "service": services}})
    good = await resolve(avow, made["did"] + "?service=good&relativeRef=/y")
    assert (good.status_code, good.headers["location"]) == (303, "https://good.example/x/y")
    for name in ("script", "split"):
        refused = await resolve(avow, f"{made['did']}?service={name}")
        assert refused.status_code == 501
        assert "location" not in refused.headers


async def test_did_key_resolves_by_itself(avow):
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    answer = (await resolve(avow, did)).json()
    assert answer["didDocument"]["id"] == did
    assert "proof" not in answer["didResolutionMetadata"]


async def test_dids_are_listed_for_their_tenant(avow):
    found = (await avow.call("GET", "/dids")).json()["dids"]
    assert {"name": "city", "keys": "hosted"}.items() <= next(d for d in found if d["name"] == "city").items()


async def test_record_and_leaf_are_one_transaction(tmp_path, monkeypatch):
    """A command that fails after its leaf leaves neither leaf nor record, in rows or in memory."""
    async with world(tmp_path) as avow:
        await avow.post("/dids", {"name": "one"}, status=201)
        size = avow.core.registry.sequencer.size
        real = __import__("api.keys.did_keys", fromlist=["shown"]).shown

        def failing(*_):
            raise RuntimeError("late")

        monkeypatch.setattr("api.keys.did_keys.shown", failing)
        answer = await avow.call("POST", "/dids", {"name": "two"})
        assert answer.status_code == 500
        monkeypatch.setattr("api.keys.did_keys.shown", real)
        names = {row.name for row in avow.core.reader.all(select(col(DidRow.name)))}
        assert names == {"one"}
        versions = avow.core.reader.first(select(func.count(col(DidVersion.scid))))[0]
        keys = {row.scid for row in avow.core.reader.all(select(col(Key.scid)))}
        assert versions == 1
        assert len(keys) == 2  # the service's own, and the first DID's
        await avow.post("/dids", {"name": "two"}, status=201)
        assert avow.core.registry.sequencer.size >= size + 1
        rows = avow.core.reader.first(select(func.count(col(LogEntry.position))))[0]
        assert rows == avow.core.registry.sequencer.size


async def test_a_second_start_takes_up_where_the_first_ended(tmp_path):
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "lasting"}, status=201)
        await settled(avow, made["did"])
        checkpoint = (await avow.client.get("/log/checkpoint")).text
    async with world(tmp_path) as avow:
        assert (await avow.client.get("/log/checkpoint")).text == checkpoint
        again = await resolve(avow, made["did"])
        assert again.json()["didDocument"]["id"] == made["did"]
        assert decode_multihash34(made["did"].split(":")[2])
        turned = await avow.post("/dids/lasting/update", {"rotate": True})
        await settled(avow, turned["did"])


async def test_a_resolution_asks_the_database_once_for_each_size_of_the_log(tmp_path):
    """Whatever is read again and again is at hand: the event loop waits for each question."""
    async with world(tmp_path) as avow:
        made = await avow.post("/dids", {"name": "one"}, status=201)
        await settled(avow, made["did"])
        await asyncio.sleep(0.2)
        await resolve(avow, made["did"])
        other = await avow.post("/dids", {"name": "two"}, status=201)
        await settled(avow, other["did"])
        await asyncio.sleep(0.2)
        asked = []
        # Each question takes a connection out of the pool.
        event.listen(avow.core.reader._engine, "checkout", lambda *arguments: asked.append(arguments))
        for _ in range(2):
            found = await resolve(avow, made["did"])
            assert found.json()["didResolutionMetadata"]["proof"]
            assert len(asked) == 1
