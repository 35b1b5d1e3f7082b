"""Issuing, verifying, deriving and presenting, with the holder's wallet at the other end."""

from __future__ import annotations

import asyncio
import copy
import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.routes.models import PolicyBody
from api.store.tables import VerdictRow
from credentials.errors import CredentialError
from credentials.exchange.request import PresentationRequest
from credentials.holder.signing import sign_presentation
from credentials.holder.wallet import Wallet
from credentials.verifying.policy import Policy
from did.document import DidDocument
from did.identifiers import Did
from did.keys import Ed25519Signer
from did.methods import key as did_key
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio

SCHEMA = "https://avow.example/schemas/national-identity/v1"
TYPE = "https://avow.example/contexts/national-identity/v1#NationalIdentityCredential"
QUERY = {
    "credentials": [
        {
            "id": "identity",
            "format": "ldp_vc",
            "meta": {"type_values": [["https://www.w3.org/2018/credentials#VerifiableCredential"]]},
            "claims": [
                {"path": ["credentialSubject", "nationality"]},
                {"path": ["credentialSubject", "resident"]},
            ],
        }
    ]
}
DOMAIN = "https://shop.example"


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("presentations")) as running:
        made = await running.post("/dids", {"name": "city"}, status=201)
        running.did = made["did"]
        running.keys = made["keys"]
        for profile, suite in (("plain", "eddsa-jcs-2022"), ("selective", "bbs-2023")):
            body = {"did": running.did, "formats": [suite], "schema": SCHEMA, "validityDays": 30}
            await running.put(f"/issuers/{profile}", body, status=201)
        await running.put("/policies/default", {"trustedIssuers": [running.did]})
        yield running


async def issue(avow, profile="selective", **claims):
    subject = {**examples.load("national-identity"), **claims}
    body = {"credential": {"credentialSubject": subject}}
    answer = await avow.post(f"/issuers/{profile}/credentials/issue", body, status=201)
    return answer["verifiableCredential"]


async def challenge(avow, domain=DOMAIN, query=QUERY):
    return await avow.post("/challenges", {"domain": domain, "query": query}, status=201)


def wallet_of(avow, credential):
    wallet, _ = Wallet().receive(
        credential,
        documents=avow.core.documents,
        suites=avow.core.suites.by_name,
        now=datetime.now(UTC),
    )
    return wallet


def answer_to(avow, wallet, request):
    disclosure = wallet.match(
        PresentationRequest.parse(request), suites=avow.core.suites.by_name, now=datetime.now(UTC)
    )
    return wallet.present(
        disclosure, suites=avow.core.suites.by_name, random_bytes=secrets.token_bytes, now=datetime.now(UTC)
    )


async def verify(avow, presentation, request, **options):
    body = {
        "verifiablePresentation": presentation,
        "options": {"challenge": request["challenge"], "domain": request["domain"], **options},
    }
    return await avow.call("POST", "/presentations/verify", body)


async def test_a_selective_presentation_is_accepted_with_its_claims(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    answer = await verify(avow, answer_to(avow, wallet, request), request)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["verified"]
    assert body["accepted"]
    assert body["claims"]["identity"] == {
        "/credentialSubject/nationality": "PT",
        "/credentialSubject/resident": True,
    }
    assert "Almeida" not in answer.text
    assert body["policy"] == {"name": "default", "version": 1}
    assert body["verdict"]["checks"]


async def test_of_fifty_parallel_answers_exactly_one_counts(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    presentation = answer_to(avow, wallet, request)
    before = avow.core.reader.first(select(func.count(col(VerdictRow.challenge_digest))))[0]
    answers = await asyncio.gather(*(verify(avow, presentation, request) for _ in range(50)))
    counts = {}
    for answer in answers:
        name = "accepted" if answer.status_code == 200 else answer.json()["code"]
        counts[name] = counts.get(name, 0) + 1
    assert counts == {"accepted": 1, "challenge.used": 49}
    after = avow.core.reader.first(select(func.count(col(VerdictRow.challenge_digest))))[0]
    assert after == before + 1


async def test_a_replayed_presentation_is_refused(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    presentation = answer_to(avow, wallet, request)
    assert (await verify(avow, presentation, request)).status_code == 200
    again = await verify(avow, presentation, request)
    assert (again.status_code, again.json()["code"]) == (400, "challenge.used")


async def test_an_answer_that_fails_uses_the_challenge_up_too(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    presentation = answer_to(avow, wallet, request)
    changed = copy.deepcopy(presentation)
    changed["verifiableCredential"][0]["credentialSubject"]["nationality"] = "FR"
    refused = await verify(avow, changed, request)
    assert (refused.status_code, refused.json()["code"]) == (400, "proof.signature")
    assert refused.json()["verified"] is False
    assert (await verify(avow, presentation, request)).json()["code"] == "challenge.used"


async def test_what_does_not_parse_is_no_attempt(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    assert (await verify(avow, {"nonsense": 1}, request)).json()["code"].startswith("model.")
    assert (await verify(avow, answer_to(avow, wallet, request), request)).status_code == 200


async def test_a_challenge_is_its_clients_alone(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    presentation = answer_to(avow, wallet, request)
    other = await avow.post(
        "/clients", {"name": "other", "scopes": ["write:/presentations/verify"]}, status=201
    )
    token = await avow.token(auth=(other["client_id"], other["client_secret"]))
    body = {
        "verifiablePresentation": presentation,
        "options": {"challenge": request["challenge"], "domain": DOMAIN},
    }
    headers = {"Authorization": f"Bearer {token}"}
    foreign = await avow.client.post("/presentations/verify", json=body, headers=headers)
    body["options"]["challenge"] = secrets.token_urlsafe(32)
    random = await avow.client.post("/presentations/verify", json=body, headers=headers)
    assert foreign.json()["code"] == random.json()["code"] == "challenge.unknown"
    assert foreign.json()["detail"] == random.json()["detail"]
    assert (await verify(avow, presentation, request)).status_code == 200


async def test_an_expired_challenge_is_refused(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    presentation = answer_to(avow, wallet, request)
    avow.clock.offset = avow.settings.challenge_seconds + 1
    late = await verify(avow, presentation, request)
    avow.clock.offset = 0
    assert late.json()["code"] == "challenge.expired"


async def test_a_presentation_for_another_audience_is_refused(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    elsewhere = {**request, "domain": "https://evil.example"}
    presentation = answer_to(avow, wallet, elsewhere)
    assert (await verify(avow, presentation, elsewhere)).json()["code"] == "challenge.domain"
    assert (await verify(avow, presentation, request)).json()["code"] == "proof.domain"


async def test_a_captured_derived_credential_under_a_fresh_challenge_is_refused(avow):
    wallet = wallet_of(avow, await issue(avow))
    first = await challenge(avow)
    captured = answer_to(avow, wallet, first)["verifiableCredential"]
    fresh = await challenge(avow)
    thief = Ed25519Signer(secrets.token_bytes(32))
    wrapped = sign_presentation(
        captured, signer=thief, challenge=fresh["challenge"], domain=DOMAIN, now=datetime.now(UTC)
    )
    refused = await verify(avow, wrapped, fresh)
    assert (refused.status_code, refused.json()["code"]) == (400, "presentation.binding")


async def test_a_base_proof_in_a_presentation_is_refused(avow):
    credential = await issue(avow)
    request = await challenge(avow)
    signer = Ed25519Signer(secrets.token_bytes(32))
    wrapped = sign_presentation(
        [credential], signer=signer, challenge=request["challenge"], domain=DOMAIN, now=datetime.now(UTC)
    )
    assert (await verify(avow, wrapped, request)).json()["code"] == "presentation.base-proof"


async def test_an_untrusted_issuer_is_refused(avow):
    await avow.put("/policies/strict", {"trustedIssuers": []})
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    refused = await verify(avow, answer_to(avow, wallet, request), request, policy="strict")
    assert refused.json()["code"] == "issuer.untrusted"
    assert refused.json()["verified"] is True
    assert refused.json()["accepted"] is False


async def test_too_little_disclosed_is_refused(avow):
    wallet = wallet_of(avow, await issue(avow))
    request = await challenge(avow)
    less = copy.deepcopy(request)
    less["query"]["credentials"][0]["claims"].pop()
    refused = await verify(avow, answer_to(avow, wallet, less), request)
    assert refused.status_code == 400
    assert refused.json()["code"].startswith("query.")


async def test_a_removed_key_dies_at_once(avow):
    made = await avow.post("/dids", {"name": "turning"}, status=201)
    did = made["did"]
    await avow.put("/issuers/turning", {"did": did, "formats": ["eddsa-jcs-2022"]}, status=201)
    await avow.put("/policies/turning", {"trustedIssuers": [did]})
    body = {"credential": {"credentialSubject": {"id": "did:example:holder"}}}
    answer = await avow.post("/issuers/turning/credentials/issue", body, status=201)
    check = {**answer, "options": {"policy": "turning"}}
    assert (await avow.call("POST", "/credentials/verify", check)).status_code == 200
    old = next(key["id"] for key in made["keys"] if key["type"] == "Ed25519")
    await avow.post("/dids/turning/update", {"removeKeys": [old], "addKeys": [{"type": "Ed25519"}]})
    refused = await avow.call("POST", "/credentials/verify", check)
    assert (refused.status_code, refused.json()["code"]) == (400, "key.not-authorized")
    fresh = await avow.post("/issuers/turning/credentials/issue", body, status=201)
    check["verifiableCredential"] = fresh["verifiableCredential"]
    assert (await avow.call("POST", "/credentials/verify", check)).status_code == 200


async def test_a_rotated_key_goes_on_verifying(avow):
    did = (await avow.post("/dids", {"name": "planned"}, status=201))["did"]
    await avow.put("/issuers/planned", {"did": did, "formats": ["eddsa-jcs-2022"]}, status=201)
    await avow.put("/policies/planned", {"trustedIssuers": [did]})
    body = {"credential": {"credentialSubject": {"id": "did:example:holder"}}}
    old = await avow.post("/issuers/planned/credentials/issue", body, status=201)
    turned = await avow.post("/dids/planned/update", {"rotate": True})
    new = await avow.post("/issuers/planned/credentials/issue", body, status=201)
    methods = [c["verifiableCredential"]["proof"]["verificationMethod"] for c in (old, new)]
    assert methods[0] != methods[1]
    assert methods[1] in {key["id"] for key in turned["keys"]}
    for credential in (old, new):
        check = {**credential, "options": {"policy": "planned"}}
        assert (await avow.call("POST", "/credentials/verify", check)).status_code == 200


async def test_a_changed_claim_is_noticed(avow):
    credential = await issue(avow, "plain")
    assert (
        await avow.call("POST", "/credentials/verify", {"verifiableCredential": credential})
    ).status_code == 200
    credential["credentialSubject"]["resident"] = False
    refused = await avow.call("POST", "/credentials/verify", {"verifiableCredential": credential})
    assert (refused.status_code, refused.json()["code"]) == (400, "proof.signature")
    assert refused.json()["verdict"]["checks"]


async def test_the_proof_alone_can_be_looked_at_and_says_so(avow):
    credential = await issue(avow, "plain")
    await avow.put("/policies/nobody", {})
    body = {"verifiableCredential": credential, "options": {"checks": ["proof"], "policy": "nobody"}}
    answer = await avow.call("POST", "/credentials/verify", body)
    assert answer.status_code == 200
    assert answer.json()["checks"] == ["proof"]
    assert answer.json()["accepted"] is False


async def test_derive_gives_what_a_verifier_accepts_for_that_holder(avow):
    credential = await issue(avow)
    request = await challenge(avow)
    signer = Ed25519Signer(secrets.token_bytes(32))
    options = {
        "selectivePointers": ["/credentialSubject/nationality", "/credentialSubject/resident"],
        "domain": DOMAIN,
        "challenge": request["challenge"],
        "holder": did_key.create(signer.public_key).text,
    }
    body = {"verifiableCredential": credential, "options": options}
    derived = (await avow.post("/credentials/derive", body, status=201))["verifiableCredential"]
    presentation = sign_presentation(
        [derived], signer=signer, challenge=request["challenge"], domain=DOMAIN, now=datetime.now(UTC)
    )
    assert (await verify(avow, presentation, request)).status_code == 200
    for bad, code in (
        ({"holder": "did:example:1"}, "holder.did-key"),
        ({"selectivePointers": ["/nothing"]}, "pointer."),
        ({"selectivePointers": ["no pointer"]}, "pointer."),
    ):
        refused = await avow.call("POST", "/credentials/derive", {**body, "options": {**options, **bad}})
        assert refused.status_code == 400
        assert refused.json()["code"].startswith(code)


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        ({}, "model."),
        ({"credentialSubject": {}}, ""),
        ({"credentialSubject": {"givenName": 7}}, "schema."),
        ({"credentialSubject": {"x": 1}, "issuer": "did:example:other"}, "issuer.mismatch"),
        ({"credentialSubject": {"x": 1}, "@context": ["https://nowhere.example/v1"]}, "context.unknown"),
        ({"credentialSubject": {"x": 1}, "proof": {}}, "issue.proof"),
    ],
    ids=str,
)
async def test_what_cannot_be_issued_says_why(avow, credential, code):
    answer = await avow.call("POST", "/issuers/plain/credentials/issue", {"credential": credential})
    assert answer.status_code == 400
    assert answer.json()["code"].startswith(code)


async def test_profiles_are_checked_when_they_are_set(avow):
    base = {"did": avow.did, "formats": ["eddsa-jcs-2022"]}
    for change, status, code in (
        ({"formats": ["rot13"]}, 400, "issue.format"),
        ({"schema": "https://nowhere.example/v1"}, 400, "schema.unknown"),
        ({"did": "did:example:1"}, 404, "did.unknown"),
        ({"verificationMethods": [f"{avow.did}#absent"]}, 409, "issuer.key-missing"),
        ({"mandatoryPointers": ["/issuer"]}, 400, "issue.pointers"),
        ({"formats": ["bbs-2023"], "mandatoryPointers": ["issuer"]}, 400, "pointer.malformed"),
    ):
        answer = await avow.call("PUT", "/issuers/checked", {**base, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    absent = await avow.call("POST", "/issuers/checked/credentials/issue", {"credential": {}})
    assert (absent.status_code, absent.json()["code"]) == (404, "issuer.unknown")
    stored = await avow.call("GET", "/issuers/plain")
    assert stored.json()["schema"] == SCHEMA


async def test_policies_have_versions(avow):
    one = await avow.put("/policies/versions", {"trustedIssuers": [avow.did]})
    same = await avow.put("/policies/versions", {"trustedIssuers": [avow.did]})
    two = await avow.put("/policies/versions", {"trustedIssuers": []})
    assert [one["version"], same["version"], two["version"]] == [1, 1, 2]
    assert (await avow.call("GET", "/policies/versions")).json() == two
    missing = await avow.call(
        "POST", "/credentials/verify", {"verifiableCredential": {}, "options": {"policy": "no"}}
    )
    assert missing.json()["code"] == "policy.unknown"


async def test_documents_come_from_the_newest_logged_version(avow):
    document = avow.core.documents.document(Did.parse(avow.did))
    assert isinstance(document, DidDocument)
    assert avow.core.documents.document(Did.parse(avow.did)) is document


def test_over_http_a_policy_takes_every_member_that_policies_have():
    with pytest.raises(CredentialError) as found:
        Policy.parse({"nothing": True})
    known = found.value.detail.partition("known are ")[2].split(", ")
    assert set(PolicyBody.model_fields) == set(known)
