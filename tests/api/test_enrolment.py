"""Blind issuance through the service: offers, commitments, who is enrolled; and those who try otherwise."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from api.errors import ApiError
from api.services import housekeeping
from api.services.core import Caller
from api.services.enrolment import issuing, offers
from api.services.idempotency import once
from api.services.issuers import Wanted
from api.store.tables import Answer, Enrolment, OfferRow, RevocationIdentifier
from credentials.errors import CredentialError
from credentials.exchange.offers import Commitment, Offer
from credentials.suites.predicates.value import BaseValue
from schemas import examples

from .conftest import world
from .enrolling import (
    FORMATS,
    PREDICATES,
    SCHEMA,
    Holder,
    altered,
    blind_profile,
    body,
    for_offer,
    issue,
    offered,
)

pytestmark = pytest.mark.anyio
GIVEN = examples.load("national-identity")["givenName"]


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("enrolment")) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        running.profile = await blind_profile(running)
        yield running


def counted(avow, table, *conditions):
    return avow.core.reader.first(select(func.count()).select_from(table).where(*conditions))[0]


def base_value(credential):
    [proof] = [one for one in credential["proof"] if one["cryptosuite"] == PREDICATES]
    return BaseValue.read(proof["proofValue"])


async def enrolled(avow, person, profile="identity"):
    """A holder that got a credential; gives holder, answer."""
    holder = Holder.new(avow)
    answer = await issue(avow, holder.commit(await offered(avow, person, profile)), profile)
    holder.receive(answer["verifiableCredential"])
    return holder, answer


# What works


async def test_a_profile_gets_its_lists_once(avow):
    again = await blind_profile(avow, "residence")
    assert {name: again[name] for name in ("digitList", "revocationList")} == {
        name: avow.profile[name] for name in ("digitList", "revocationList")
    }
    for name in ("digitList", "revocationList"):
        assert (await avow.client.get(again[name])).status_code == 200
    without = await blind_profile(avow, "lasting", revocable=False)
    assert "revocationList" not in without
    assert without["digitList"] == again["digitList"]


async def test_an_offer_leads_to_a_credential_with_both_proofs(avow):
    holder, answer = await enrolled(avow, "person-1")
    [stored] = holder.wallet.credentials
    assert [proof["cryptosuite"] for proof in answer["verifiableCredential"]["proof"]] == FORMATS
    assert set(answer["forms"]) == set(FORMATS)
    assert list(stored.blinds) == [PREDICATES]
    assert holder.wallet.secrets.pending == ()
    # The issuer's record names what the credential holds.
    value = base_value(answer["verifiableCredential"])
    assert answer["revocation"] == {"list": value.revocable.url, "identifier": value.revocable.number}
    assert avow.profile["digitList"].endswith(value.digit_list.hex())


async def test_who_comes_again_gets_the_same_entropy_and_another_identifier(avow):
    holder, first = await enrolled(avow, "person-2")
    before = counted(avow, Enrolment)
    second = await issue(avow, holder.commit(await offered(avow, "person-2")))
    holder.receive(second["verifiableCredential"])
    one, two = base_value(first["verifiableCredential"]), base_value(second["verifiableCredential"])
    assert one.entropy == two.entropy
    assert one.revocable.number != two.revocable.number
    assert counted(avow, Enrolment) == before
    # By another profile it is the same, so that a person counts once; for another person it is another one.
    await blind_profile(avow, "residence")
    third = await issue(avow, holder.commit(await offered(avow, "person-2", "residence")), "residence")
    _, other = await enrolled(avow, "person-3")
    assert base_value(third["verifiableCredential"]).entropy == one.entropy
    assert base_value(other["verifiableCredential"]).entropy != one.entropy


async def test_a_credential_that_cannot_be_revoked_has_no_identifier(avow):
    await blind_profile(avow, "lasting", revocable=False)
    _, answer = await enrolled(avow, "person-4", "lasting")
    assert "revocation" not in answer
    assert base_value(answer["verifiableCredential"]).revocable is None


async def test_the_same_request_under_its_key_gets_the_same_answer(avow):
    holder, key = Holder.new(avow), {"Idempotency-Key": "enrol 5"}
    commitment = holder.commit(await offered(avow, "person-5"))
    first = await issue(avow, commitment, headers=key)
    assert await issue(avow, commitment, headers=key) == first
    assert await issue(avow, commitment, status=409) == "offer.used"


async def test_an_offer_under_its_key_is_made_once(avow):
    key = {"Idempotency-Key": "offer 6"}
    first = await avow.post("/issuers/identity/offers", {"person": "person-6"}, status=201, headers=key)
    again = await avow.post("/issuers/identity/offers", {"person": "person-6"}, status=201, headers=key)
    assert first == again


async def test_the_two_forms_alone_need_what_they_need(avow):
    await blind_profile(avow, "proofs", formats=[PREDICATES])
    holder = Holder.new(avow)
    answer = await issue(avow, holder.commit(await offered(avow, "person-7", "proofs")), "proofs")
    assert answer["verifiableCredential"]["proof"]["cryptosuite"] == PREDICATES
    holder.receive(answer["verifiableCredential"])


# Offers


async def test_an_answered_offer_is_used_up(avow):
    holder = Holder.new(avow)
    commitment = holder.commit(await offered(avow, "used-1"))
    await issue(avow, commitment)
    identifiers = counted(avow, RevocationIdentifier)
    assert await issue(avow, commitment, status=409) == "offer.used"
    assert counted(avow, RevocationIdentifier) == identifiers


async def test_a_refused_answer_uses_nothing_up(avow):
    holder = Holder.new(avow)
    commitment = holder.commit(await offered(avow, "used-2"))
    tags, identifiers = counted(avow, Enrolment), counted(avow, RevocationIdentifier)
    assert await issue(avow, commitment, status=400, birthDate="yesterday") == "schema.violation"
    assert await issue(avow, altered(commitment, -1), status=400) == "predicates.commitment-proof"
    assert (counted(avow, Enrolment), counted(avow, RevocationIdentifier)) == (tags, identifiers)
    await issue(avow, commitment)


async def test_an_expired_offer_is_refused_by_both_sides(tmp_path):
    async with world(tmp_path) as avow:
        avow.did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await blind_profile(avow)
        holder, late = Holder.new(avow), Holder.new(avow)
        offer = await offered(avow, "late", validSeconds=60)
        commitment = holder.commit(offer)
        avow.clock.offset = 61
        assert await issue(avow, commitment, status=410) == "offer.expired"
        with pytest.raises(CredentialError, match=r"offer\.expired"):
            late.commit(offer)

        async def cleaned(seconds):
            now = avow.core.system.seconds() + seconds
            await avow.core.writer.run(lambda unit: housekeeping.clean(unit, now=now))
            avow.tokens.clear()
            return counted(avow, OfferRow)

        assert await cleaned(0) == 1
        assert await cleaned(offers.KEPT_SECONDS) == 0
        assert await issue(avow, commitment, status=404) == "offer.unknown"


async def test_offers_of_one_issuer_that_wait_are_limited(avow, monkeypatch):
    waiting = counted(avow, OfferRow, col(OfferRow.used).is_(None))
    monkeypatch.setattr(offers, "MAX_OPEN", waiting + 1)
    await offered(avow, "limit-1")
    answer = await avow.call("POST", "/issuers/identity/offers", {"person": "limit-2"}, status=429)
    assert answer.json()["code"] == "offer.limit"


@pytest.mark.parametrize("wrong", [{}, {"person": ""}, {"person": "x" * 257}, {"person": 7}])
async def test_a_person_is_a_text(avow, wrong):
    answer = await avow.call("POST", "/issuers/identity/offers", wrong, status=400)
    assert answer.json()["code"] == "request.invalid"


async def test_no_person_is_written_down(avow, caplog):
    person = "Zaphod-Beeblebrox-4711"
    key = {"Idempotency-Key": "by name"}
    holder = Holder.new(avow)
    made = await avow.post("/issuers/identity/offers", {"person": person}, status=201, headers=key)
    answer = await issue(avow, holder.commit(made), headers={"Idempotency-Key": "by name, issue"})
    assert person not in json.dumps([made, answer])
    files = [path for path in avow.settings.data.rglob("*") if path.is_file()]
    assert files
    assert not any(person.encode() in path.read_bytes() for path in files)
    assert person not in caplog.text
    # The digest of the request that named the person is keyed: nobody confirms a guess by it.
    plain = once(
        "by name", method="POST", path="/issuers/identity/offers", body=b'{"person":"%s"}' % person.encode()
    )
    [row] = avow.core.reader.all(
        select(col(Answer.request_digest)).where(col(Answer.key_digest) == plain.key)
    )
    assert row.request_digest != plain.request


# Commitments that answer something else


async def test_a_commitment_to_another_offer(avow):
    holder = Holder.new(avow)
    first, second = await offered(avow, "other-1"), await offered(avow, "other-1")
    commitment = for_offer(holder.commit(first), second)
    assert await issue(avow, commitment, status=400) == "predicates.commitment-proof"


async def test_a_commitment_to_another_profile(avow):
    holder = Holder.new(avow)
    await blind_profile(avow, "residence")
    commitment = holder.commit(await offered(avow, "other-2", "residence"))
    assert await issue(avow, commitment, status=404) == "offer.unknown"
    here = await offered(avow, "other-2")
    assert await issue(avow, for_offer(commitment, here), status=400) == "predicates.commitment-proof"
    # The same octets, committed under this profile's name, but under another's nonce and key.
    renamed = {**await offered(avow, "other-2", "residence"), "profile": "identity"}
    assert await issue(avow, for_offer(holder.commit(renamed), here), status=400) == (
        "predicates.commitment-proof"
    )


async def test_a_commitment_to_another_issuer(avow):
    if "town" not in vars(avow):
        avow.town = (await avow.post("/dids", {"name": "town"}, status=201))["did"]
    await blind_profile(avow, "town", avow.town)
    holder = Holder.new(avow)
    commitment = holder.commit(await offered(avow, "other-3", "town"))
    assert await issue(avow, commitment, status=404) == "offer.unknown"
    here = await offered(avow, "other-3")
    assert await issue(avow, for_offer(commitment, here), status=400) == "predicates.commitment-proof"
    # Two issuers see no common tag of one wallet.
    mine = Commitment.parse(holder.commit(here)).octets[48:96]
    assert mine != Commitment.parse(commitment).octets[48:96]


async def test_a_profile_that_moved_to_another_issuer_has_offered_nothing(avow):
    town = (await avow.post("/dids", {"name": "moved"}, status=201))["did"]
    await blind_profile(avow, "moving")
    commitment = Holder.new(avow).commit(await offered(avow, "moved", "moving"))
    await blind_profile(avow, "moving", town)
    assert await issue(avow, commitment, "moving", status=404) == "offer.unknown"


async def test_a_made_up_offer(avow):
    holder = Holder.new(avow)
    offer = {**await offered(avow, "made-up"), "offer": "A" * 43}
    assert await issue(avow, holder.commit(offer), status=404) == "offer.unknown"


async def test_another_number_of_nym_secrets(avow):
    holder = Holder.new(avow)
    commitment = Commitment.parse(holder.commit(await offered(avow, "wrong-n")))
    longer = Commitment(commitment.nonce, commitment.octets + commitment.octets[-32:])
    assert await issue(avow, longer.to_json(), status=400) == "predicates.length"
    shorter = Commitment(commitment.nonce, commitment.octets[:-32])
    assert await issue(avow, shorter.to_json(), status=400) == "predicates.length"


@pytest.mark.parametrize("position", [0, 1, 47, 48, 95, 96, 127, 128, 223])
async def test_altered_octets(avow, position):
    holder = Holder.new(avow)
    commitment = altered(holder.commit(await offered(avow, f"altered-{position}")), position)
    code = await issue(avow, commitment, status=400)
    assert code in {"predicates.commitment-proof", "predicates.encoding", "predicates.scalar"}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"offer": "A" * 43},
        {"offer": "A" * 43, "commitments": {}},
        {"offer": "A" * 43, "commitments": {PREDICATES: 7}},
        {"offer": "A" * 42, "commitments": {PREDICATES: "AAAA"}},
        {"offer": "A" * 43, "commitments": {PREDICATES: "AAA="}},
        {"offer": "A" * 43, "commitments": {PREDICATES: "AAAA"}, "more": 1},
        {"offer": "A" * 43, "commitments": {PREDICATES: "AAAA", "vc+jwt": "AAAA"}},
        {"offer": "A" * 43, "commitments": {PREDICATES: "A" * 4096}},
    ],
)
async def test_what_is_no_commitment(avow, wrong):
    assert await issue(avow, wrong, status=400) == "commitment.malformed"


# Persons and wallets


async def test_a_second_identity_at_re_issue(avow):
    await enrolled(avow, "twice")
    fresh, identifiers = Holder.new(avow), counted(avow, RevocationIdentifier)
    commitment = fresh.commit(await offered(avow, "twice"))
    assert await issue(avow, commitment, status=409) == "enrolment.other-tag"
    assert counted(avow, RevocationIdentifier) == identifiers


async def test_one_wallet_for_two_persons(avow):
    holder, _ = await enrolled(avow, "lender")
    identifiers = counted(avow, RevocationIdentifier)
    commitment = holder.commit(await offered(avow, "borrower"))
    assert await issue(avow, commitment, status=409) == "enrolment.other-person"
    assert counted(avow, RevocationIdentifier) == identifiers


async def test_one_holder_secret_with_fresh_nym_secrets_is_another_tag(avow):
    holder, _ = await enrolled(avow, "renewed")
    holder.wallet = holder.wallet.with_secrets(
        type(holder.wallet.secrets)(holder.wallet.secrets.holder, {}, ())
    )
    commitment = holder.commit(await offered(avow, "renewed"))
    assert await issue(avow, commitment, status=409) == "enrolment.other-tag"


# At once, and interrupted


async def test_of_two_answers_to_one_offer_one_wins(avow):
    holder = Holder.new(avow)
    offer = await offered(avow, "at once")
    asked = [body(holder.commit(offer)) for _ in range(4)]
    path = "/issuers/identity/credentials/issue"
    found = await asyncio.gather(*(avow.call("POST", path, one) for one in asked))
    assert sorted(answer.status_code for answer in found) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in found if answer.status_code == 409} == {"offer.used"}
    [won] = [answer for answer in found if answer.status_code == 201]
    holder.receive(won.json()["verifiableCredential"])


async def test_of_two_wallets_of_one_person_at_once_one_wins(avow):
    asked = [body(Holder.new(avow).commit(await offered(avow, "two wallets"))) for _ in range(2)]
    path = "/issuers/identity/credentials/issue"
    found = await asyncio.gather(*(avow.call("POST", path, one) for one in asked))
    assert sorted(answer.status_code for answer in found) == [201, 409]
    [lost] = [answer for answer in found if answer.status_code == 409]
    assert lost.json()["code"] == "enrolment.other-tag"


async def test_two_persons_with_one_wallet_at_once(avow):
    holder = Holder.new(avow)
    asked = [body(holder.commit(await offered(avow, person))) for person in ("both-1", "both-2")]
    path = "/issuers/identity/credentials/issue"
    found = await asyncio.gather(*(avow.call("POST", path, one) for one in asked))
    assert sorted(answer.status_code for answer in found) == [201, 409]
    [lost] = [answer for answer in found if answer.status_code == 409]
    assert lost.json()["code"] == "enrolment.other-person"


async def test_a_step_that_fails_leaves_nothing(avow, monkeypatch):
    holder = Holder.new(avow)
    commitment = holder.commit(await offered(avow, "broken"))
    tags, answers = counted(avow, Enrolment), counted(avow, Answer)
    used = counted(avow, OfferRow, col(OfferRow.used).is_not(None))

    def broken(*_):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "_enrol", broken)
        path = "/issuers/identity/credentials/issue"
        await avow.call("POST", path, body(commitment), headers={"Idempotency-Key": "broken"}, status=500)
    assert (counted(avow, Enrolment), counted(avow, Answer)) == (tags, answers)
    assert counted(avow, OfferRow, col(OfferRow.used).is_not(None)) == used
    await issue(avow, commitment, headers={"Idempotency-Key": "broken"})


# Profiles and batches


async def test_a_profile_that_signs_blindly_wants_a_commitment(avow):
    answer = await avow.call("POST", "/issuers/identity/credentials/issue", body(None), status=400)
    assert answer.json()["code"] == "issue.commitment"
    assert "offer" in answer.json()["remedy"]


async def test_a_profile_that_does_not_takes_none(avow):
    await avow.call("PUT", "/issuers/plain", {"did": avow.did, "formats": ["bbs-2023"], "schema": SCHEMA})
    holder = Holder.new(avow)
    commitment = holder.commit(await offered(avow, "plain"))
    assert await issue(avow, commitment, "plain", status=400) == "issue.commitment"
    answer = await avow.call("POST", "/issuers/plain/offers", {"person": "x"}, status=409)
    assert answer.json()["code"] == "offer.profile"


async def test_a_batch_is_refused_with_the_way_to_go(avow):
    answer = await avow.call(
        "POST", "/issuers/identity/batches", {}, status=400, headers={"Idempotency-Key": "b"}
    )
    assert answer.json()["code"] == "issue.commitment"
    assert "offer for each person" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"formats": FORMATS, "schema": None}, "issue.schema"),
        ({"formats": ["bbs-2023"], "schema": SCHEMA, "revocable": True}, "issuer.revocable"),
        ({"formats": FORMATS, "schema": SCHEMA, "status": True}, "issue.linkable"),
        ({"formats": FORMATS, "schema": "https://avow.example/schemas/none/v1"}, "schema.unknown"),
    ],
)
async def test_profiles_that_could_never_issue(avow, changed, code):
    wanted = {name: value for name, value in {"did": avow.did, **changed}.items() if value is not None}
    answer = await avow.call("PUT", "/issuers/never", wanted, status=400)
    assert answer.json()["code"] == code


# The wallet


async def test_nobody_else_can_take_the_credential(avow):
    holder, thief = Holder.new(avow), Holder.new(avow)
    thief.commit(await offered(avow, "thief"))
    answer = await issue(avow, holder.commit(await offered(avow, "robbed")))
    with pytest.raises(CredentialError, match=r"proof\.signature"):
        thief.receive(answer["verifiableCredential"])
    with pytest.raises(CredentialError, match=r"wallet\.secrets"):
        Holder.new(avow).receive(answer["verifiableCredential"])
    holder.receive(answer["verifiableCredential"])
    with pytest.raises(CredentialError, match=r"wallet\.duplicate"):
        holder.receive(answer["verifiableCredential"])


async def test_a_wallet_tries_each_of_its_open_offers(avow):
    holder = Holder.new(avow)
    commitments = [holder.commit(await offered(avow, "several")) for _ in range(3)]
    answer = await issue(avow, commitments[1])
    holder.receive(answer["verifiableCredential"])
    assert len(holder.wallet.secrets.pending) == 2
    parsed = type(holder.wallet).parse(holder.wallet.to_json())
    assert parsed.to_json() == holder.wallet.to_json()


async def test_a_credential_without_an_open_offer_is_refused(avow):
    holder, _ = await enrolled(avow, "closed")
    offer = await offered(avow, "closed")
    answer = await issue(avow, holder.commit(offer))
    holder.wallet = holder.wallet.with_secrets(holder.wallet.secrets.without_pending(offer["offer"]))
    with pytest.raises(CredentialError, match=r"wallet\.offer"):
        holder.receive(answer["verifiableCredential"])


async def test_an_altered_claim_is_refused(avow):
    holder = Holder.new(avow)
    answer = await issue(avow, holder.commit(await offered(avow, "altered")))
    credential = answer["verifiableCredential"]
    [predicates] = [one for one in credential["proof"] if one["cryptosuite"] == PREDICATES]
    forged = json.loads(json.dumps({**credential, "proof": predicates}))
    forged["credentialSubject"]["givenName"] = "Mallory"
    with pytest.raises(CredentialError, match=r"proof\.signature"):
        holder.receive(forged)


async def test_an_offer_by_a_key_that_the_issuer_has_not(avow):
    offer = await offered(avow, "false key")
    town = (await avow.post("/dids", {"name": "false-key"}, status=201))["did"]
    await blind_profile(avow, "false-key", town)
    other = await offered(avow, "false key", "false-key")
    with pytest.raises(CredentialError, match=r"offer\.issuer-key"):
        Holder.new(avow).commit({**offer, "suites": other["suites"]})


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"offer": "A" * 42},
        {"offer": 7},
        {"issuer": "city"},
        {"profile": "Up Case"},
        {"expires": "tomorrow"},
        {"suites": {}},
        {"suites": {PREDICATES: {}}},
        {
            "suites": {
                PREDICATES: {"issuerKey": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "nyms": 1}
            }
        },
        {"suites": {PREDICATES: {"issuerKey": "zUC7", "nyms": 1}}},
    ],
)
async def test_what_is_no_offer(avow, change):
    with pytest.raises(CredentialError, match=r"offer\.malformed"):
        Offer.parse({**await offered(avow, "form"), **change})


@pytest.mark.parametrize("nyms", [0, 17, True, "1"])
async def test_numbers_of_nym_secrets_that_there_are_not(avow, nyms):
    offer = await offered(avow, "nyms")
    terms = {**offer["suites"][PREDICATES], "nyms": nyms}
    with pytest.raises(CredentialError, match=r"offer\.malformed"):
        Offer.parse({**offer, "suites": {PREDICATES: terms}})
    with pytest.raises(CredentialError, match=r"offer\.nyms"):
        Holder.new(avow).commit({**offer, "suites": {PREDICATES: {**terms, "nyms": 2}}})


# Deriving for machines


async def test_a_machine_derives_bbs_2023_and_is_told_that_the_other_is_the_wallets(avow):
    _, answer = await enrolled(avow, "derive")
    credential = answer["verifiableCredential"]
    options = {"selectivePointers": ["/credentialSubject/givenName"], "domain": "https://x.example"}
    options |= {"challenge": "c" * 22, "holder": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}

    async def derive(proof):
        asked = {"verifiableCredential": {**credential, "proof": proof}, "options": options}
        return (await avow.call("POST", "/credentials/derive", asked)).json()

    bbs, predicates = credential["proof"]
    derived = await derive(credential["proof"])
    assert derived["verifiableCredential"]["proof"]["cryptosuite"] == "bbs-2023"
    assert derived["verifiableCredential"]["credentialSubject"] == {"givenName": GIVEN}
    assert (await derive(bbs))["verifiableCredential"]["proof"]["cryptosuite"] == "bbs-2023"
    refused = await derive(predicates)
    assert refused["code"] == "presentation.composite"
    assert "avow prove" in refused["remedy"]


async def test_two_tenants_do_not_meet(avow):
    stranger = Caller("other", "other", frozenset())
    commitment = Holder.new(avow).commit(await offered(avow, "tenant"))
    subject = {"credentialSubject": examples.load("national-identity")}
    with pytest.raises(ApiError, match=r"issuer\.unknown"):
        await issuing.issue(avow.core, stranger, "identity", subject, Wanted(), commitment, None)
