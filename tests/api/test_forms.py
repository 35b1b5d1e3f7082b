"""One credential in every form, through the service: issued, verified as it is sent, derived, presented."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlmodel import col

from api.store.tables import VerdictRow
from credentials import enveloping, sd_jwt
from credentials.formats import ISSUED
from credentials.holder.signing import sign_presentation
from credentials.jose import vp_jwt
from credentials.model import Enveloped
from credentials.sd_jwt.key_binding import KeyBinding, bind
from did.keys import Ed25519Signer, P256Signer
from did.methods import key as did_key
from schemas import examples

from .conftest import world

pytestmark = pytest.mark.anyio

SCHEMA = "https://avow.example/schemas/employment/v1"
DOMAIN = "https://shop.example"
FORMS = [form for form in ISSUED if not form.startswith("bbs-")]
ENVELOPED = ("vc+jwt", "vc+sd-jwt", "vc+cose", "dc+sd-jwt")
HOLDER = P256Signer(b"\x11" * 32)
HOLDER_DID = did_key.create(HOLDER.public_key).text


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("forms")) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        added = {"addKeys": [{"type": "P-256"}, {"type": "P-384"}]}
        await running.post("/dids/city/update", added)
        profile = {"did": running.did, "formats": FORMS, "schema": SCHEMA, "validityDays": 30}
        await running.put("/issuers/all", profile, status=201)
        await running.put("/issuers/unlinkable", {**profile, "formats": ["bbs-2023"]}, status=201)
        await running.put("/policies/default", {"trustedIssuers": [running.did]})
        named = {"trustedIssuers": [running.did], "holderMethods": ["key", "webvh"]}
        await running.put("/policies/named", named)
        running.forms = await issue(running)
        yield running


async def issue(avow, profile="all", subject=HOLDER_DID, **options):
    claims = examples.load("employment") | ({"id": subject} if subject else {})
    body = {"credential": {"credentialSubject": claims}, "options": {"holder": HOLDER_DID, **options}}
    answer = await avow.post(f"/issuers/{profile}/credentials/issue", body, status=201)
    return answer.get("forms", {profile: answer["verifiableCredential"]})


def content(envelope):
    return enveloping.content(Enveloped.parse(envelope))


async def raw(avow, path, media_type, body, **options):
    headers = {**(await avow.headers()), "Content-Type": media_type}
    return await avow.client.post(path, content=body, headers=headers, params=options or None)


async def verify(avow, value, **options):
    body = {"verifiableCredential": value, **({"options": options} if options else {})}
    return await avow.call("POST", "/credentials/verify", body)


async def derived_for_verifier(avow, form):
    """The credential as a verifier may see it: of a form of selective disclosure over RDF, a derived one."""
    credential = avow.forms[form]
    if form != "ecdsa-sd-2023":
        return credential
    body = {"verifiableCredential": credential, "options": {"selectivePointers": ["/credentialSubject"]}}
    return (await avow.post("/credentials/derive", body, status=201))["verifiableCredential"]


async def test_a_profile_issues_every_form_at_once(avow):
    assert list(avow.forms) == FORMS


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_verifies_as_the_object_that_was_issued(avow, form):
    answer = await verify(avow, await derived_for_verifier(avow, form))
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] is True
    assert not answer.json().get("errors")


@pytest.mark.parametrize("form", [form for form in ENVELOPED if form != "vc+cose"])
async def test_signed_texts_verify_as_texts(avow, form):
    text = content(avow.forms[form])
    assert (await verify(avow, text)).json()["accepted"] is True
    broken = text.replace(".", ".A", 1)
    refused = await verify(avow, broken)
    assert refused.status_code == 400
    assert refused.json()["verified"] is False


@pytest.mark.parametrize("form", ENVELOPED)
async def test_signed_texts_and_bytes_verify_as_bodies_of_their_media_type(avow, form):
    found = content(avow.forms[form])
    body = found if isinstance(found, bytes) else found.encode()
    answer = await raw(avow, "/credentials/verify", f"application/{form}", body, policy="default")
    assert answer.status_code == 200, answer.text
    assert answer.json()["policy"]["name"] == "default"
    unknown = await raw(avow, "/credentials/verify", f"application/{form}", body, policy="no")
    assert unknown.json()["code"] == "policy.unknown"
    proof = await raw(avow, "/credentials/verify", f"application/{form}", body, checks="proof")
    assert (proof.status_code, proof.json()["checks"]) == (200, ["proof"])


async def test_a_body_is_read_as_its_media_type_says_and_in_no_other_way(avow):
    sd, jwt = content(avow.forms["vc+sd-jwt"]), content(avow.forms["vc+jwt"])
    for media_type, body in (
        ("application/vc+jwt", sd),
        ("application/vc+sd-jwt", jwt),
        ("application/dc+sd-jwt", sd),
        ("application/vc+cose", jwt),
        ("application/vc+jwt", jwt + "\n"),
        ("application/vc+jwt", "é"),
        ("application/vc+jwt", ""),
    ):
        answer = await raw(avow, "/credentials/verify", media_type, body.encode())
        assert answer.status_code == 400, media_type
        assert answer.json()["code"] != "request.media-type"
    other = await raw(avow, "/credentials/verify", "application/vp+jwt", jwt.encode())
    assert (other.status_code, other.json()["code"]) == (415, "request.media-type")


async def test_options_are_known_or_refused_by_name(avow):
    body = {"verifiableCredential": avow.forms["vc+jwt"], "options": {"sudo": True}}
    answer = await avow.call("POST", "/credentials/verify", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.unknown-option")
    assert answer.json()["type"] == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
    text = content(avow.forms["vc+jwt"]).encode()
    inquery = await raw(avow, "/credentials/verify", "application/vc+jwt", text, sudo="1")
    assert inquery.json()["code"] == "request.unknown-option"
    twice = await raw(avow, "/credentials/verify?policy=default&policy=x", "application/vc+jwt", text)
    assert twice.json()["code"] == "request.invalid"


async def test_domain_and_challenge_are_those_that_the_proof_states(avow):
    plain = avow.forms["eddsa-jcs-2022"]
    refused = await verify(avow, plain, domain=DOMAIN)
    assert (refused.status_code, refused.json()["code"]) == (400, "proof.domain")
    asked = await verify(avow, plain, challenge="c")
    assert asked.json()["code"] == "proof.challenge"
    text = await verify(avow, content(avow.forms["vc+jwt"]), domain=DOMAIN, challenge="c")
    assert text.json()["code"] == "proof.domain"


async def test_what_a_policy_lets_pass_is_told_as_a_problem(avow):
    lax = {"trustedIssuers": [avow.did], "unsafeAcceptExpired": True}
    await avow.put("/policies/lax", lax)
    avow.clock.offset = 90 * 86_400
    avow.tokens.clear()
    try:
        answer = await verify(avow, avow.forms["eddsa-jcs-2022"], policy="lax")
        strict = await verify(avow, avow.forms["eddsa-jcs-2022"])
    finally:
        avow.clock.offset = 0
        avow.tokens.clear()
    assert answer.status_code == 200
    assert "credential.expired" in {found["code"] for found in answer.json()["problemDetails"]}
    (expired,) = [p for p in strict.json()["problemDetails"] if p["code"] == "credential.expired"]
    assert expired["type"] == "https://www.w3.org/TR/vc-data-model#RANGE_ERROR"
    assert strict.status_code == 400


async def asked(avow):
    return await avow.post("/challenges", {"domain": DOMAIN}, status=201)


async def present(avow, value, request, **options):
    binding = {"challenge": request["challenge"], "domain": request["domain"], **options}
    body = {"verifiablePresentation": value, "options": binding}
    return await avow.call("POST", "/presentations/verify", body)


def signed_jwt(credentials, request):
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER_DID,
        "verifiableCredential": credentials,
    }
    return vp_jwt.sign(
        document,
        signer=HOLDER,
        key_id=f"{HOLDER_DID}#{HOLDER.public_key.multikey()}",
        nonce=request["challenge"],
        audience=request["domain"],
        now=datetime.now(UTC),
    )


async def test_a_presentation_in_a_jwt_verifies_as_text_envelope_and_body(avow):
    credentials = [avow.forms["vc+jwt"], avow.forms["vc+cose"]]
    for number in range(3):
        request = await asked(avow)
        text = signed_jwt(credentials, request)
        if number == 0:
            answer = await present(avow, text, request)
        elif number == 1:
            answer = await present(avow, enveloping.envelope("application/vp+jwt", text), request)
        else:
            binding = {"challenge": request["challenge"], "domain": DOMAIN}
            body = text.encode()
            answer = await raw(avow, "/presentations/verify", "application/vp+jwt", body, **binding)
        assert answer.status_code == 200, answer.text
        assert answer.json()["holder"] == HOLDER_DID
        again = await present(avow, text, request)
        assert again.json()["code"] == "challenge.used"


@pytest.mark.parametrize("form", ["vc+sd-jwt", "dc+sd-jwt"])
async def test_an_sd_jwt_with_key_binding_answers_a_challenge(avow, form):
    text = content(avow.forms[form])
    for way in ("text", "body", "wrong"):
        request = await asked(avow)
        nonce = request["challenge"] if way != "wrong" else "another"
        terms = KeyBinding(HOLDER, nonce=nonce, audience=DOMAIN, now=datetime.now(UTC))
        bound = text + bind(text, terms, algorithm="sha-256")
        if way == "body":
            binding = {"challenge": request["challenge"], "domain": DOMAIN}
            media_type = f"application/{form}"
            answer = await raw(avow, "/presentations/verify", media_type, bound.encode(), **binding)
        else:
            answer = await present(avow, bound, request)
        assert answer.status_code == (400 if way == "wrong" else 200), answer.text
        assert (await present(avow, bound, request)).json()["code"] == "challenge.used"
    other = "vc+sd-jwt" if form == "dc+sd-jwt" else "dc+sd-jwt"
    request = await asked(avow)
    binding = {"challenge": request["challenge"], "domain": DOMAIN}
    mixed = await raw(avow, "/presentations/verify", f"application/{other}", bound.encode(), **binding)
    assert mixed.json()["code"] == "form.media-type"
    unbound = await present(avow, text, request)
    assert unbound.status_code == 400
    assert unbound.json()["code"].startswith("key-binding.")


async def test_text_that_does_not_parse_is_no_attempt(avow):
    request = await asked(avow)
    for junk in ("x~y", "~", "a.b.c", "", "a.b.c~"):
        assert (await present(avow, junk, request)).status_code == 400
    text = signed_jwt([avow.forms["vc+jwt"]], request)
    assert (await present(avow, text, request)).status_code == 200
    rows = avow.core.reader.all(select(col(VerdictRow.presentation_digest)))
    assert any(row.presentation_digest == sha256(text) for row in rows)


def sha256(text):
    return hashlib.sha256(text.encode()).digest()


async def derive(avow, credential, pointers, **binding):
    body = {"verifiableCredential": credential, "options": {"selectivePointers": pointers, **binding}}
    return await avow.call("POST", "/credentials/derive", body)


async def test_sd_jwts_are_derived_with_fewer_disclosures_in_the_form_they_came_in(avow):
    envelope = avow.forms["vc+sd-jwt"]
    text = content(envelope)
    name = next(name for name in examples.load("employment") if name not in {"type", "id"})
    for value in (envelope, text):
        answer = await derive(avow, value, [f"/credentialSubject/{name}"])
        assert answer.status_code == 201, answer.text
        found = answer.json()["verifiableCredential"]
        assert isinstance(found, str) is isinstance(value, str)
        shorter = found if isinstance(found, str) else content(found)
        assert len(sd_jwt.read(shorter).disclosures) == 1
        assert (await verify(avow, found)).json()["accepted"] is True
    typed = await derive(avow, avow.forms["dc+sd-jwt"], [f"/{name}"])
    assert len(sd_jwt.read(content(typed.json()["verifiableCredential"])).disclosures) == 1


async def test_ecdsa_sd_is_derived_and_verifies(avow):
    answer = await derive(avow, avow.forms["ecdsa-sd-2023"], ["/credentialSubject/id"])
    assert answer.status_code == 201, answer.text
    derived = answer.json()["verifiableCredential"]
    assert set(derived["credentialSubject"]) == {"id", "type"} & set(derived["credentialSubject"])
    assert (await verify(avow, derived)).json()["accepted"] is True
    base = await verify(avow, avow.forms["ecdsa-sd-2023"])
    assert base.json()["code"] == "proof.base"


async def test_no_holder_leaves_the_status_out(avow):
    profile = {"did": avow.did, "formats": ["ecdsa-sd-2023"], "schema": SCHEMA, "status": True}
    await avow.put("/issuers/revocable", profile, status=201)
    issued = (await issue(avow, "revocable", subject=None))["revocable"]
    derived = (await derive(avow, issued, ["/credentialSubject/jobTitle"])).json()["verifiableCredential"]
    assert derived["credentialStatus"] == issued["credentialStatus"]
    entry = {"credentialStatus": issued["credentialStatus"], "status": True}
    await avow.post("/credentials/status", entry)
    assert (await verify(avow, derived)).json()["code"] == "status.revoked"


async def test_what_cannot_be_derived_says_why(avow):
    holder = {"domain": DOMAIN, "challenge": "c", "holder": HOLDER_DID}
    base = (await issue(avow, "unlinkable", subject=None))["unlinkable"]
    for credential, pointers, binding, code in (
        (avow.forms["eddsa-jcs-2022"], [], {}, "derive.form"),
        (avow.forms["vc+jwt"], [], {}, "derive.form"),
        (content(avow.forms["vc+jwt"]), [], {}, "derive.form"),
        (avow.forms["vc+cose"], [], {}, "derive.form"),
        ({**avow.forms["eddsa-jcs-2022"], "proof": []}, [], {}, ""),
        (base, [], {}, "derive.binding"),
        (base, [], {"domain": DOMAIN}, "derive.binding"),
        (avow.forms["ecdsa-sd-2023"], [], holder, "derive.binding"),
        (avow.forms["vc+sd-jwt"], [], holder, "derive.binding"),
        (avow.forms["vc+sd-jwt"], ["/nothing"], {}, "pointer.nothing"),
        (avow.forms["vc+sd-jwt"], ["no"], {}, "pointer.malformed"),
    ):
        answer = await derive(avow, credential, pointers, **binding)
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"].startswith(code)


async def make(avow, credentials, request, **options):
    body = {
        "presentation": {"holder": avow.did, "verifiableCredential": credentials},
        "options": {"challenge": request["challenge"], "domain": request["domain"], **options},
    }
    return await avow.call("POST", "/presentations", body)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (None, "Ed25519"),
        ("eddsa-rdfc-2022", "Ed25519"),
        ("ecdsa-jcs-2019", "P-384"),
        ("vp+jwt", ""),
        ("vp+cose", ""),
    ],
)
async def test_a_hosted_did_presents_and_a_policy_decides_whether_it_may(avow, form, kind):
    forms = await issue(avow, subject=avow.did)
    shown = [forms["vc+cose"]]
    if form is None:
        shown += [forms["eddsa-jcs-2022"]]
    request = await asked(avow)
    made = await make(avow, shown, request, **({"form": form} if form else {}))
    assert made.status_code == 201, made.text
    presentation = made.json()["verifiablePresentation"]
    if kind:
        key = presentation["proof"]["verificationMethod"]
        document = avow.core.documents.named("city").latest.document
        assert key in document["authentication"]
    refused = await present(avow, presentation, request)
    assert refused.json()["code"] == "presentation.holder-method"
    request = await asked(avow)
    made = await make(avow, shown, request, **({"form": form} if form else {}))
    accepted = await present(avow, made.json()["verifiablePresentation"], request, policy="named")
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["holder"] == avow.did


async def test_a_hosted_did_presents_nothing_of_others_and_no_base_proof(avow):
    request = await asked(avow)
    mine = await make(avow, [avow.forms["vc+cose"]], request)
    foreign = await present(avow, mine.json()["verifiablePresentation"], request, policy="named")
    assert foreign.json()["code"] == "presentation.holder"
    base = (await issue(avow, "unlinkable", subject=None))["unlinkable"]
    for credentials, options, code in (
        ([base], {}, "presentation.base-proof"),
        ([], {}, "presentation.empty"),
        ([avow.forms["vc+jwt"]], {"form": "bbs-2023"}, "presentation.form"),
        ([avow.forms["eddsa-jcs-2022"]], {"form": "vp+jwt"}, "secured."),
        ([avow.forms["vc+jwt"]], {"verificationMethod": f"{avow.did}#no"}, "issuer.key-missing"),
        (["no text"], {}, ""),
        ([7], {}, "model."),
    ):
        answer = await make(avow, credentials, request, **options)
        assert answer.status_code in {400, 409}, answer.text
        assert answer.json()["code"].startswith(code)
    for holder in (None, 7, "did:key:z6Mk", "did:webvh:QmX:elsewhere.example"):
        body = {
            "presentation": {"holder": holder, "verifiableCredential": [avow.forms["vc+jwt"]]},
            "options": {"challenge": "c", "domain": DOMAIN},
        }
        answer = await avow.call("POST", "/presentations", body)
        assert answer.status_code in {400, 404}


async def test_a_removed_key_presents_no_more(avow):
    did = (await avow.post("/dids", {"name": "leaving"}, status=201))["did"]
    forms = await issue(avow, subject=did)
    request = await asked(avow)
    body = {
        "presentation": {"holder": did, "verifiableCredential": [forms["eddsa-jcs-2022"]]},
        "options": {"challenge": request["challenge"], "domain": DOMAIN},
    }
    made = (await avow.post("/presentations", body, status=201))["verifiablePresentation"]
    gone = {"removeKeys": [made["proof"]["verificationMethod"]]}
    await avow.post("/dids/leaving/update", gone)
    refused = await present(avow, made, request, policy="named")
    assert refused.json()["code"] == "key.not-authorized"


async def test_a_key_that_only_issues_does_not_present(avow):
    made = await avow.post("/dids", {"name": "issuing"}, status=201)
    did = made["did"]
    forms = await issue(avow, subject=did)
    request = await asked(avow)
    body = {
        "presentation": {"holder": did, "verifiableCredential": [forms["eddsa-jcs-2022"]]},
        "options": {"challenge": request["challenge"], "domain": DOMAIN},
    }
    presentation = (await avow.post("/presentations", body, status=201))["verifiablePresentation"]
    document = {name: value for name, value in made["document"].items() if name != "authentication"}
    await avow.post("/dids/issuing/update", {"document": document})
    refused = await present(avow, presentation, request, policy="named")
    assert refused.json()["code"] == "key.not-authorized"
    again = await avow.call("POST", "/presentations", body)
    assert (again.status_code, again.json()["code"]) == (409, "issuer.key-missing")


async def test_bbs_is_bound_to_a_hosted_holder_as_to_any_other_key(avow):
    """The header holds the key that signs; who derives for it knows it from the holder's document."""
    base = (await issue(avow, "unlinkable", subject=None))["unlinkable"]
    request = await asked(avow)
    signer = Ed25519Signer(secrets.token_bytes(32))
    binding = {"domain": DOMAIN, "challenge": request["challenge"]}
    holder = did_key.create(signer.public_key).text
    derived = await derive(avow, base, ["/credentialSubject"], holder=holder, **binding)
    shown = derived.json()["verifiableCredential"]
    presentation = sign_presentation([shown], signer=signer, now=datetime.now(UTC), **binding)
    assert (await present(avow, presentation, request, policy="named")).status_code == 200
    request = await asked(avow)
    key = next(k for k in avow.core.documents.named("city").latest.document["authentication"] if "#z6Mk" in k)
    derived = await derive(
        avow,
        base,
        ["/credentialSubject"],
        holder=f"did:key:{key.partition('#')[2]}",
        domain=DOMAIN,
        challenge=request["challenge"],
    )
    made = await make(avow, [derived.json()["verifiableCredential"]], request)
    accepted = await present(avow, made.json()["verifiablePresentation"], request, policy="named")
    assert accepted.status_code == 200, accepted.text
    stolen = await asked(avow)
    made = await make(avow, [shown], stolen)
    refused = await present(avow, made.json()["verifiablePresentation"], stolen, policy="named")
    assert refused.json()["code"] == "presentation.binding"
