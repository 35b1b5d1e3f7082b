"""Requests that a wallet does not answer, and what it says of those that it would."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import CredentialError
from credentials.exchange.request import PresentationRequest
from credentials.holder.contents import StoredCredential
from credentials.holder.proving import prepare
from credentials.model import Credential
from did.integrity import ProofOptions
from tests.support.proving import PREDICATES, ProvingWorld, asking, publish_members

OLD = "birthDate <= 2008-11-26"
OPEN = "birthDate <= 2008-11-26 by bulletproof"


@cache
def one():
    """A wallet with one credential; nothing here changes it."""
    world = ProvingWorld()
    world.hold()
    return world


def code_of(attempt):
    with pytest.raises(CredentialError) as caught:
        attempt()
    assert caught.value.detail
    return caught.value.code


def answered(world, *expressions, **how):
    return world.answer(world.asked(*expressions, **how))


def prepared(world, *expressions, wallet=None, **how):
    request = world.asked(*expressions, **how)
    kept = wallet or world.wallet
    disclosure = kept.match(request, suites=world.suites, now=world.now)
    return disclosure, kept.prepare(disclosure, suites=world.suites, random_bytes=world.random)


@pytest.mark.parametrize(
    ("expressions", "domain", "code"),
    [
        (("pseudonym for other.example",), None, "request.sector"),
        (('once per "a" for other.example',), None, "request.sector"),
        (("pseudonym for sub.verifier.example",), None, "request.sector"),
        (("pseudonym",), "urn:example:verifier", "request.sector"),
        (("pseudonym",), "Vote here for one year", "request.sector"),
        (("pseudonym",), "https://verifier.example.", "request.sector"),
        (("pseudonym",), "https://user@verifier.example", "request.sector"),
        (("birthDate <= today - 18y",), None, "request.unresolved"),
        (("pseudonym", "pseudonym"), None, "request.repeated"),
        (("pseudonym", "pseudonym for verifier.example"), None, "request.repeated"),
        (("salary >= 5",), None, "request.claim"),
        (("documentNumber = givenName",), None, "predicates.witness"),
    ],
    ids=str,
)
def test_a_request_that_asks_for_what_it_may_not(expressions, domain, code):
    how = {} if domain is None else {"domain": domain}
    found = code_of(lambda: answered(one(), *expressions, **how))
    assert found == code or (code == "predicates.witness" and found.startswith("predicates."))


@pytest.mark.parametrize(
    "expression",
    [
        "id = 5",
        "proof = 5",
        '`/` = "x"',
        'proof.proofValue != "x"',
        'holder != "x"',
        '`@context` != "x"',
        'identity:`` != "x"',
    ],
)
def test_nothing_but_typed_claims_of_the_subject_is_spoken_about(expression):
    assert code_of(lambda: answered(one(), expression))


@pytest.mark.parametrize(
    "path",
    [
        ["proof"],
        ["proof", "proofValue"],
        ["proof", 0, "proofValue"],
        ["proof", None, "proofValue"],
        ["@context"],
    ],
    ids=str,
)
@pytest.mark.parametrize("expressions", [(OLD,), ()], ids=["proven", "shown"])
def test_base_proofs_are_never_asked_out_of_a_wallet(path, expressions):
    query = copy.deepcopy(one().asked(*expressions, claims=("nationality",)).query.document)
    query["credentials"][0]["claims"].append({"path": path})
    asked = {"challenge": "c" * 32, "domain": "https://v.example", "query": query}
    assert code_of(lambda: PresentationRequest.parse(asked)) == "query.malformed"


def test_at_most_16_expressions_are_answered():
    many = [f"birthDate != 19{year}-01-01" for year in range(10, 27)]
    assert code_of(lambda: one().asked(*many)) == "query.limit"
    assert answered(one(), *many[:16])
    assert code_of(lambda: answered(one(), *many[:10], across=tuple(many[10:17]))) == "request.rules"


def test_bounds_that_amount_to_the_value_are_warned_about():
    _, ready = prepared(one(), "birthDate between 1994-03-17 and 1994-03-17")
    assert [item.code for item in ready.explain().warnings] == ["advice.disclosure"]
    _, ready = prepared(one(), "birthDate >= 1994-03-17", across=("birthDate <= 1994-03-20",))
    assert [item.code for item in ready.explain().warnings] == ["advice.narrow"]


@pytest.mark.parametrize(
    ("members", "more", "warned"),
    [
        (("PT",), (), ["advice.disclosure"]),
        (("ES", "PT"), (), ["advice.narrow"]),
        (("ES", "FR", "PT"), (), []),
        (("ES", "FR", "PT"), ('nationality not in ["ES", "FR"]',), ["advice.disclosure"]),
        (("ES", "FR", "PT"), ('nationality in ["DE", "PT"]',), ["advice.disclosure"]),
        (("ES", "FR"), (), ["advice.narrow"]),
    ],
    ids=str,
)
def test_a_published_set_of_few_is_warned_about(members, more, warned):
    """Whoever asks may have published it for this request alone."""
    world = ProvingWorld()
    world.hold(revocable=False)
    digest = publish_members(world, *members)
    _, ready = prepared(world, f"nationality in set {digest.hex()}", *more)
    assert [item.code for item in ready.explain().warnings] == warned


def test_what_is_explained_has_no_characters_that_hide_others():
    _, ready = prepared(one(), 'once per "a\u202eb\u200b"', "not revoked")
    lines = "\n".join(ready.explain().lines)
    assert "\u202e" not in lines
    assert "\\u202e" in lines
    assert "(epoch 48)" in lines


def test_explaining_shows_no_value():
    _, ready = prepared(one(), OLD, "not revoked", "pseudonym", claims=("nationality",))
    found = ready.explain()
    text = str(found)
    assert "Almeida" not in text
    assert "1994" not in text
    assert len(found.lines) == 4


def test_several_credentials_are_explained_by_their_queries():
    world = ProvingWorld()
    for issuer in (world.issuer, world.stranger):
        world.hold(issuer, formats=(PREDICATES,), revocable=False)
    entry = asking("other", OPEN)
    _, ready = prepared(world, OPEN, others=(entry,), across=("identity:familyName = other:familyName",))
    assert [item.answer.query for item in ready.ready] == ["identity", "other"]
    assert "one holder" in ready.explain().lines[-1]


def test_one_credential_is_not_compared_with_another_that_could_be_it():
    world = ProvingWorld()
    for _ in range(2):
        world.hold(formats=(PREDICATES,), revocable=False)
    others, across = (asking("other", OPEN),), ("identity:familyName = other:familyName",)
    attempt = lambda: answered(world, OPEN, others=others, across=across)  # noqa: E731
    assert code_of(attempt) == "request.same-credential"


def test_a_request_without_a_query_is_not_answered():
    request = replace(one().asked(OLD), query=None)
    assert code_of(lambda: one().wallet.match(request, suites=one().suites, now=one().now)) == "query.absent"
    attempt = lambda: prepare(one().suite, [], request, parameters={}, random_bytes=one().random)  # noqa: E731
    assert code_of(attempt) == "query.absent"


def test_what_an_issuer_makes_mandatory_is_told_before_it_is_shown():
    """An issuer can mark each holder's credential; the wallet says so, whoever asks."""
    world = ProvingWorld()
    secured, _ = world.issue_provable(formats=(PREDICATES,))
    document = {name: item for name, item in secured.items() if name != "proof"}
    binding, blind = world.binding(world.issuer)
    options = ProofOptions(PREDICATES, f"{world.issuer.did}#bbs", "assertionMethod")
    made = world.suite.create_base(
        document,
        options,
        world.issuer.bbs,
        binding,
        mandatory_pointers=("/issuer", "/credentialSubject/documentNumber"),
        random_bytes=world.random,
    )
    blinds = {PREDICATES: blind.to_bytes(32, "big")}
    stored = StoredCredential("e" * 16, Credential.parse(made), world.now, blinds)
    parameters = {**world.wallet.parameters, **world.revocations.octets}
    world.wallet = replace(world.wallet, credentials=(stored,), parameters=parameters)
    disclosure, ready = prepared(world, OLD)
    (choice,) = disclosure.choices
    assert choice.revealed["/credentialSubject/documentNumber"] == "PT-4471-9920"
    assert "/credentialSubject/familyName" in choice.hidden
    assert [item.text() for item in choice.proven] == [OLD]
    (credential,) = world.answer(disclosure.request)["verifiableCredential"]
    assert credential["credentialSubject"] == {"documentNumber": "PT-4471-9920"}
    assert ready is not None
