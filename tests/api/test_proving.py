"""Proofs about hidden claims through the service: asked, answered by a wallet, judged; also in queues."""

from __future__ import annotations

import secrets

import httpx
import pytest

from api.client.revocation import fetch_epoch, fetch_gaps, fetch_metadata, fetch_parameters
from credentials.exchange.request import PresentationRequest
from credentials.holder.stored_gaps import StoredGap
from credentials.revocation import check_gap
from schemas import examples
from tests.support.world import IDENTITY_TYPE

from .conftest import world
from .enrolling import PREDICATES, SCHEMA, SUITES, Documents, Holder, blind_profile, issue, offered

pytestmark = pytest.mark.anyio
SHOP = "https://shop.example"
EPOCH = 3600
ADULT = "birthDate <= today - 18y"
SYSTEM = SUITES[PREDICATES].suite.system


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("proving"), revocation_epoch_seconds=EPOCH) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        await blind_profile(running)
        await running.put("/policies/shop", {"trustedIssuers": [running.did]})
        running.holder = Holder.new(running)
        running.stored, running.revocation = await enrol(running, running.holder, "citizen-1")
        yield running


class Service:
    """What a wallet fetches with, over the application itself; answers are had before it asks."""

    def __init__(self, url, answers):
        self.url = url
        self.answers = answers

    def read(self, path, *, scope):
        assert scope == ""
        return self.answers[path]


async def enrol(avow, holder, person):
    """A credential in a wallet, and by what it is revoked."""
    issued = await issue(avow, holder.commit(await offered(avow, person)))
    return holder.receive(issued["verifiableCredential"]), issued["revocation"]


async def sync(avow, holder):
    """Fetch gaps and digit lists for every credential; those that are revoked get none."""
    for stored, value in holder.wallet.provable():
        service = Service(avow.settings.public_url, {})
        base = value.revocable.url.removeprefix(service.url)
        metadata = await read(avow, service, base)
        found = fetch_metadata(
            service,
            value.revocable.url,
            issuer=stored.credential.issuer,
            documents=Documents(avow.core),
            now=holder.now,
        )
        epoch = found.epoch_at(holder.now)
        await read(avow, service, f"{base}/epochs/{epoch}/summary")
        await read(avow, service, f"{base}/epochs/{epoch}")
        await read(avow, service, f"/parameters/{value.digit_list.hex()}")
        file = fetch_gaps(service, found, fetch_epoch(service, found, epoch=epoch).summary)
        checked = check_gap(SYSTEM, file, value.revocable.number, metadata=found)
        gap = StoredGap(found.url, checked.epoch, checked.key, checked.gap)
        wallet = holder.wallet.with_gap(stored.id, gap)
        holder.wallet = wallet.with_parameters(value.digit_list, fetch_parameters(service, value.digit_list))
        assert metadata


async def read(avow, service, path):
    answer = await avow.client.get(path)
    assert answer.status_code == httpx.codes.OK, answer.text
    service.answers[path] = answer.content
    return answer.content


async def asked(avow, *expressions, claims=(), domain=SHOP):
    entry = {
        "id": "identity",
        "format": "ldp_vc",
        "meta": {"type_values": [[IDENTITY_TYPE]]},
        "avow_prove": list(expressions),
    }
    if claims:
        entry["claims"] = [{"path": ["credentialSubject", name]} for name in claims]
    return await avow.post("/challenges", {"domain": domain, "query": {"credentials": [entry]}}, status=201)


def answered(holder, challenge):
    request = PresentationRequest.parse(challenge)
    disclosure = holder.wallet.match(request, suites=SUITES, now=holder.now)
    prepared = holder.wallet.prepare(disclosure, suites=SUITES, random_bytes=secrets.token_bytes)
    return holder.wallet.present(
        disclosure, suites=SUITES, random_bytes=secrets.token_bytes, now=holder.now, prepared=prepared
    )


def body(presentation, challenge):
    options = {"challenge": challenge["challenge"], "domain": challenge["domain"]}
    return {"verifiablePresentation": presentation, "options": options}


async def judged(avow, presentation, challenge, *, status=200):
    asked_for = body(presentation, challenge)
    asked_for["options"]["policy"] = "shop"
    return await avow.post("/presentations/verify", asked_for, status=status)


async def test_what_is_proven_is_said_and_nothing_else_is_shown(avow):
    await sync(avow, avow.holder)
    challenge = await asked(avow, ADULT, "not revoked", "pseudonym", claims=("nationality",))
    expressions = challenge["query"]["credentials"][0]["avow_prove"]
    assert "today" not in expressions[0]
    presentation = answered(avow.holder, challenge)
    verdict = await judged(avow, presentation, challenge)
    assert verdict["accepted"]
    assert verdict["claims"] == {"identity": {"/credentialSubject/nationality": "PT"}}
    assert verdict["proven"] == [{"query": "identity", "expressions": expressions}]
    [nym] = verdict["pseudonyms"]
    assert (nym["kind"], nym["sector"], nym["suite"]) == ("pseudonym", "shop.example", PREDICATES)
    hidden = examples.load("national-identity")
    assert hidden["birthDate"] not in str(presentation)
    assert hidden["familyName"] not in str(presentation)


async def test_one_pseudonym_for_a_site_and_another_elsewhere(avow):
    await sync(avow, avow.holder)
    found = []
    for domain in (SHOP, SHOP, "https://bank.example"):
        challenge = await asked(avow, "not revoked", "pseudonym", domain=domain)
        verdict = await judged(avow, answered(avow.holder, challenge), challenge)
        found.append(verdict["pseudonyms"][0]["value"])
    assert found[0] == found[1] != found[2]


async def test_a_person_has_one_nullifier_by_every_credential_of_an_issuer(avow):
    holder = Holder.new(avow)
    await blind_profile(avow, "residents")
    found = []
    for profile in ("identity", "residents"):
        issued = await issue(avow, holder.commit(await offered(avow, "twice", profile)), profile)
        holder.receive(issued["verifiableCredential"])
        await sync(avow, holder)
        challenge = await asked(avow, "not revoked", 'once per "ballot 2026"')
        verdict = await judged(avow, answered(holder, challenge), challenge)
        found.append(verdict["pseudonyms"][0]["value"])
        holder.wallet = holder.wallet.without(holder.wallet.credentials[0].id)
    assert found[0] == found[1]


async def test_a_proof_is_good_once_for_its_challenge_and_its_domain(avow):
    await sync(avow, avow.holder)
    challenge, other = await asked(avow, "not revoked"), await asked(avow, "not revoked")
    presentation = answered(avow.holder, challenge)
    assert (await judged(avow, presentation, other, status=400))["code"] == "proof.challenge"
    await judged(avow, presentation, challenge)
    assert (await judged(avow, presentation, challenge, status=400))["code"] == "challenge.used"


async def test_a_revoked_holder_can_prove_until_the_epoch_is_too_old(tmp_path):
    async with world(tmp_path / "revoked", revocation_epoch_seconds=EPOCH) as avow:
        avow.did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await blind_profile(avow)
        await avow.put("/policies/shop", {"trustedIssuers": [avow.did]})
        holder = Holder.new(avow)
        _, revocation = await enrol(avow, holder, "citizen-2")
        await sync(avow, holder)
        await avow.post("/credentials/status", {"credentialStatus": revocation, "status": True})
        codes = []
        for _ in range(3):
            challenge = await asked(avow, "not revoked")
            answer = await avow.call(
                "POST", "/presentations/verify", with_policy(answered(holder, challenge), challenge, "shop")
            )
            codes.append(answer.json().get("code", "accepted"))
            later(avow)
        assert codes == ["accepted", "accepted", "composite.epoch"]
        with pytest.raises(Exception, match=r"revocation\.revoked"):
            await sync(avow, holder)


async def test_a_strict_policy_wants_the_epoch_of_now(tmp_path):
    async with world(tmp_path / "strict", revocation_epoch_seconds=EPOCH) as avow:
        avow.did = (await avow.post("/dids", {"name": "city"}, status=201))["did"]
        await blind_profile(avow)
        await avow.put("/policies/strict", {"trustedIssuers": [avow.did], "epochAge": 0})
        holder = Holder.new(avow)
        await enrol(avow, holder, "citizen-3")
        await sync(avow, holder)
        codes = []
        for _ in range(2):
            challenge = await asked(avow, "not revoked")
            asked_for = with_policy(answered(holder, challenge), challenge, "strict")
            answer = await avow.call("POST", "/presentations/verify", asked_for)
            codes.append(answer.json().get("code", "accepted"))
            later(avow)
        assert codes == ["accepted", "composite.epoch"]


def later(avow):
    """The next epoch; tokens do not live so long."""
    avow.clock.offset += EPOCH
    avow.tokens.clear()


def with_policy(presentation, challenge, policy):
    asked_for = body(presentation, challenge)
    asked_for["options"]["policy"] = policy
    return asked_for


async def test_silence_about_revocation_is_not_accepted(avow):
    await sync(avow, avow.holder)
    challenge = await asked(avow, ADULT)
    verdict = await judged(avow, answered(avow.holder, challenge), challenge, status=400)
    assert verdict["code"] == "status.unproven"


async def test_a_stranger_learns_that_nobody_trusts_the_issuer(avow):
    await avow.put("/policies/nobody", {"trustedIssuers": []})
    challenge = await asked(avow, "not revoked")
    asked_for = with_policy(answered(avow.holder, challenge), challenge, "nobody")
    verdict = await avow.post("/presentations/verify", asked_for, status=400)
    assert verdict["code"] == "issuer.untrusted"


async def test_a_queue_has_the_verdict_that_each_has_alone(avow):
    await sync(avow, avow.holder)
    challenges = [await asked(avow, ADULT, "not revoked", "pseudonym") for _ in range(5)]
    presentations = [answered(avow.holder, challenge) for challenge in challenges]
    presentations[1] = answered(avow.holder, challenges[2])
    part = presentations[3]["verifiableCredential"][0]["proof"]
    part["proofValue"] = (
        part["proofValue"][:60] + ("A" if part["proofValue"][60] != "A" else "B") + (part["proofValue"][61:])
    )
    queue = [body(one, challenge) for one, challenge in zip(presentations, challenges, strict=True)]
    queue.append(queue[0])
    unknown = body(presentations[0], {"challenge": "A" * 43, "domain": SHOP})
    answer = await avow.post(
        "/presentations/verify-queue", {"presentations": [*queue, unknown], "options": {"policy": "shop"}}
    )
    results = answer["results"]
    assert [result["status"] for result in results] == [200, 400, 200, 400, 200, 400, 400]
    assert [result.get("code") for result in results] == [
        None,
        "proof.challenge",
        None,
        results[3]["code"],
        None,
        "challenge.used",
        "challenge.unknown",
    ]
    assert results[0]["pseudonyms"][0]["value"] == results[4]["pseudonyms"][0]["value"]
    # Each challenge is used up, whatever its verdict was.
    again = await avow.post(
        "/presentations/verify-queue", {"presentations": queue[:5], "options": {"policy": "shop"}}
    )
    assert {result["code"] for result in again["results"]} == {"challenge.used"}


async def test_a_queue_has_an_end(avow):
    challenge = await asked(avow, "not revoked")
    one = body({"type": "x"}, challenge)
    assert (await avow.call("POST", "/presentations/verify-queue", {"presentations": []})).status_code == 400
    answer = await avow.call("POST", "/presentations/verify-queue", {"presentations": [one] * 65})
    assert answer.status_code == 400


async def test_membership_in_a_published_set(avow):
    await sync(avow, avow.holder)
    wanted = {"schema": SCHEMA, "claim": "nationality", "values": ["DE", "FR", "PT"]}
    made = await avow.post("/sets", wanted, status=201)
    assert made["members"] == len(wanted["values"])
    challenge = await asked(avow, made["expression"], "not revoked")
    service = Service(avow.settings.public_url, {})
    await read(avow, service, f"/parameters/{made['set']}")
    digest = bytes.fromhex(made["set"])
    holder = avow.holder
    holder.wallet = holder.wallet.with_parameters(digest, fetch_parameters(service, digest))
    verdict = await judged(avow, answered(holder, challenge), challenge)
    assert verdict["proven"][0]["expressions"][0] == made["expression"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"claim": "birthday"}, "claims.unknown"),
        ({"schema": "https://elsewhere.example/s"}, "schema.unknown"),
        ({"values": ["PT", "PT"]}, "claims.set"),
        ({"values": ["PT", 7]}, "claims.value"),
        ({"claim": "resident", "values": [False]}, "predicates.set"),
    ],
)
async def test_a_set_that_cannot_be_published(avow, change, code):
    wanted = {"schema": SCHEMA, "claim": "nationality", "values": ["DE"], **change}
    answer = await avow.call("POST", "/sets", wanted)
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500


async def test_a_set_that_nobody_published_leaves_the_proof_undecided(avow):
    await sync(avow, avow.holder)
    challenge = await asked(avow, f"nationality in set {'ab' * 32}", "not revoked")
    with pytest.raises(Exception, match=r"wallet\.set"):
        answered(avow.holder, challenge)
