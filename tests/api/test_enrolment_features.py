"""The optional features of bbs-2023, from offer to presentation, alone and beside bbs-predicates-2026."""

from __future__ import annotations

import secrets

import pytest

from credentials.errors import CredentialError
from credentials.exchange.offers import Commitment, Offer
from credentials.exchange.request import PresentationRequest
from credentials.suites.bbs_features import Feature

from .conftest import world
from .enrolling import FORMATS, PREDICATES, SUITES, Holder, blind_profile, body, issue, offered

pytestmark = pytest.mark.anyio
TYPE = "https://avow.example/vocab/national-identity#NationalIdentityCredential"
QUERY = {
    "credentials": [
        {
            "id": "card",
            "format": "ldp_vc",
            "meta": {"type_values": [[TYPE]]},
            "claims": [{"path": ["credentialSubject", "givenName"]}],
        }
    ]
}
PSEUDONYMS = ("pseudonym", "holder_binding_pseudonym")


@pytest.fixture(scope="module")
async def avow(tmp_path_factory):
    async with world(tmp_path_factory.mktemp("features")) as running:
        running.did = (await running.post("/dids", {"name": "city"}, status=201))["did"]
        for feature in Feature:
            await blind_profile(running, _name(feature), formats=["bbs-2023"], bbs2023=feature.value)
        await blind_profile(running, "both", bbs2023="pseudonym")
        town = (await running.post("/dids", {"name": "town"}, status=201))["did"]
        await blind_profile(running, "town", town)
        await running.put("/policies/default", {"trustedIssuers": [running.did]})
        yield running


def _name(feature):
    return feature.value.replace("_", "-")


async def received(avow, profile, person):
    holder = Holder.new(avow)
    answer = await issue(avow, holder.commit(await offered(avow, person, profile)), profile)
    holder.receive(answer["verifiableCredential"])
    return holder, answer["verifiableCredential"]


async def shown(avow, holder, domain, *, policy="default", status=200):
    """What the service says of a presentation for a domain."""
    asked = await avow.post("/challenges", {"domain": domain, "query": QUERY}, status=201)
    request = PresentationRequest.parse(asked)
    disclosure = holder.wallet.match(request, suites=SUITES, now=holder.now)
    presentation = holder.wallet.present(
        disclosure, suites=SUITES, random_bytes=secrets.token_bytes, now=holder.now
    )
    options = {"challenge": request.challenge, "domain": domain, "policy": policy}
    asked_for = {"verifiablePresentation": presentation, "options": options}
    return await avow.post("/presentations/verify", asked_for, status=status)


def pseudonyms(found):
    return [item["value"] for item in found.get("pseudonyms", [])]


@pytest.mark.parametrize("feature", Feature)
async def test_each_feature_from_offer_to_presentation(avow, feature):
    holder, credential = await received(avow, _name(feature), f"{feature}-1")
    [stored] = holder.wallet.credentials
    assert list(stored.blinds) == [f"bbs-2023:{feature.value}"]
    assert credential["proof"]["cryptosuite"] == "bbs-2023"
    found = await shown(avow, holder, "https://shop.example")
    assert bool(pseudonyms(found)) is feature.names
    again = type(holder.wallet).parse(holder.wallet.to_json())
    assert again.credentials[0].blinds == stored.blinds


@pytest.mark.parametrize("feature", PSEUDONYMS)
async def test_a_pseudonym_stays_where_it_was_made_and_at_re_issue(avow, feature):
    profile = _name(Feature(feature))
    holder, _ = await received(avow, profile, f"{feature}-2")
    here = pseudonyms(await shown(avow, holder, "https://shop.example"))
    assert pseudonyms(await shown(avow, holder, "https://shop.example")) == here
    assert pseudonyms(await shown(avow, holder, "https://bank.example")) != here
    answer = await issue(avow, holder.commit(await offered(avow, f"{feature}-2", profile)), profile)
    [old] = holder.wallet.credentials
    new = holder.receive(answer["verifiableCredential"])
    holder.wallet = holder.wallet.without(old.id)
    assert holder.wallet.credentials == (new,)
    assert pseudonyms(await shown(avow, holder, "https://shop.example")) == here


async def test_beside_the_other_suite_one_offer_opens_both(avow):
    holder, credential = await received(avow, "both", "both-1")
    assert [proof["cryptosuite"] for proof in credential["proof"]] == FORMATS
    [stored] = holder.wallet.credentials
    assert set(stored.blinds) == {"bbs-2023:pseudonym", PREDICATES}
    # It can be revoked, which this proof says nothing about: a policy has to let that pass.
    refused = await shown(avow, holder, "https://shop.example", status=400)
    assert refused["code"] == "status.unproven"
    lenient = {"trustedIssuers": [avow.did], "unsafeAcceptUnsupportedStatus": True}
    await avow.put("/policies/lenient", lenient)
    assert pseudonyms(await shown(avow, holder, "https://shop.example", policy="lenient"))


async def test_a_commitment_must_be_for_what_was_offered(avow):
    holder = Holder.new(avow)
    made = Commitment.parse(holder.commit(await offered(avow, "part", "both")))
    for part in (Commitment(made.nonce, made.octets), Commitment(made.nonce, b"", made.featured)):
        assert await issue(avow, part.to_json(), "both", status=400) == "commitment.suites"
    bad = Commitment(made.nonce, made.octets, made.featured[:-1] + bytes([made.featured[-1] ^ 1]))
    assert (await issue(avow, bad.to_json(), "both", status=400)).startswith(("bbs-2023.", "zk."))
    await issue(avow, made.to_json(), "both")


async def test_an_offer_is_by_one_key_and_for_a_feature_that_there_is(avow):
    offer, other = await offered(avow, "keys", "both"), await offered(avow, "keys", "town")
    suites = offer["suites"]
    mixed = {
        **suites,
        "bbs-2023": {**suites["bbs-2023"], "issuerKey": other["suites"][PREDICATES]["issuerKey"]},
    }
    odd = {**suites, "bbs-2023": {**suites["bbs-2023"], "feature": "baseline"}}
    for wrong in (mixed, odd):
        with pytest.raises(CredentialError, match=r"offer\.malformed"):
            Offer.parse({**offer, "suites": wrong})


async def test_a_commitment_for_another_feature(avow):
    holder = Holder.new(avow)
    binding, both = _name(Feature.PSEUDONYM), _name(Feature.HOLDER_BINDING_PSEUDONYM)
    one = Commitment.parse(holder.commit(await offered(avow, "feature", both)))
    here = Offer.parse(await offered(avow, "feature", binding))
    swapped = Commitment(here.nonce, b"", one.featured)
    assert await issue(avow, swapped.to_json(), binding, status=400) == "bbs-2023.commitment"


async def test_only_its_wallet_takes_it_and_shows_it(avow):
    profile = _name(Feature.HOLDER_BINDING)
    _, credential = await received(avow, profile, "mine")
    thief, _ = await received(avow, profile, "thief")
    thief.commit(await offered(avow, "thief", profile))
    with pytest.raises(CredentialError, match=r"proof\.signature"):
        thief.receive(credential)
    options = {"selectivePointers": ["/credentialSubject/givenName"], "domain": "https://x.example"}
    options |= {"challenge": "c" * 22, "holder": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}
    asked = {"verifiableCredential": credential, "options": options}
    answer = await avow.call("POST", "/credentials/derive", asked, status=400)
    assert answer.json()["code"] == "proof.secrets"


async def test_profiles_and_requests_without_what_they_need(avow):
    wanted = {"did": avow.did, "formats": ["eddsa-jcs-2022"], "bbs2023": "pseudonym"}
    answer = await avow.call("PUT", "/issuers/never", wanted, status=400)
    assert answer.json()["code"] == "issuer.feature"
    path = "/issuers/pseudonym/credentials/issue"
    answer = await avow.call("POST", path, body(None), status=400)
    assert answer.json()["code"] == "issue.commitment"
    plain = {"did": avow.did, "formats": ["bbs-2023"], "bbs2023": "baseline"}
    made = await avow.call("PUT", "/issuers/plain", plain, status=201)
    assert "bbs2023" not in made.json()
