"""Composite proofs that hold: of one credential and several, beside other credentials, and what they tell."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import CredentialError
from tests.support.forging import Shown, shown
from tests.support.proving import BBS, PREDICATES, ProvingWorld, asking, publish_members
from tests.support.world import EDDSA

OLD = "birthDate <= 2008-11-26"
OPEN = "birthDate <= 2008-11-26 by bulletproof"
SAME = "identity:birthDate = other-0:birthDate"


class Issued:
    """A world with a holder of credentials by several issuers, which the policy trusts."""

    def __init__(self, *names, formats=(PREDICATES,), **how):
        self.world = ProvingWorld()
        self.issuers = [self.world.new_issuer(name) for name in names]
        for issuer in self.issuers:
            self.world.hold(issuer, formats=formats, **how)
        self.world.policy = replace(
            self.world.policy, trusted_issuers=frozenset(issuer.did for issuer in self.issuers)
        )

    def refuse(self, *expressions, **how):
        request = self.world.asked(*expressions, **how)
        return self.world.refuse(self.world.answer(request), request)


@cache
def one():
    world = ProvingWorld()
    world.hold()
    return world


def verified(world, request, **policy):
    verdict = world.verify(world.answer(request), request, **policy)
    assert verdict.accepted, verdict.cause
    return verdict.result


FACTS = [
    OLD,
    OPEN,
    "birthDate between 1990-01-01 and 1999-12-31",
    "birthDate > 1994-03-16",
    "birthDate = 1994-03-17",
    "birthDate != 1994-03-18",
    'nationality in ["FR", "PT"]',
    'nationality not in ["FR", "DE"]',
    "resident = true",
    'familyName != "Silva"',
    "givenName != familyName",
    'address.addressCountry in ["PT", "ES"]',
    "address.addressLocality = birthPlace",
    "pseudonym",
    "pseudonym for verifier.example",
    'once per "ballot 2026"',
]
LIES = [
    "birthDate <= 1994-03-16",
    "birthDate <= 1994-03-16 by bulletproof",
    "birthDate between 1990-01-01 and 1993-12-31",
    "birthDate > 1994-03-17",
    "birthDate = 1994-03-18",
    "birthDate != 1994-03-17",
    'nationality in ["FR", "DE"]',
    'nationality not in ["PT", "DE"]',
    "resident = false",
    'familyName != "Almeida"',
    "givenName = familyName",
    "address.addressCountry != nationality",
]


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_true_is_proven(fact):
    request = one().asked(fact, "not revoked")
    found = verified(one(), request)
    assert [expression.text() for expression in found.proven[0].expressions] == [fact, "not revoked"]


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_true_is_not_proven_by_an_honest_wallet(lie):
    with pytest.raises(CredentialError) as caught:
        one().answer(one().asked(lie, "not revoked"))
    assert caught.value.code.startswith("predicates.")


def test_nothing_is_shown_but_proofs():
    request = one().asked(OLD, "not revoked")
    answer = one().answer(request)
    (credential,) = answer["verifiableCredential"]
    assert credential["credentialSubject"] == {}
    assert one().refuse(answer, request) == ""


def test_claims_are_shown_beside_proofs():
    request = one().asked(OLD, "not revoked", claims=("nationality", "address.addressCountry"))
    found = verified(one(), request)
    assert found.credentials[0].credential.subjects[0].document == {
        "nationality": "PT",
        "address": {"addressCountry": "PT"},
    }


def test_everything_can_be_shown_and_something_proven():
    request = one().asked("not revoked", "pseudonym", claims=("birthDate", "resident", "familyName"))
    assert verified(one(), request).nyms


def test_a_credential_without_anything_to_prove_is_shown_in_parts():
    world = ProvingWorld()
    world.hold(formats=(PREDICATES,), revocable=False)
    found = verified(world, world.asked(claims=("nationality",)))
    assert found.credentials[0].formats == (PREDICATES,)
    assert found.proven[0].expressions == ()
    assert found.nyms == ()


def test_what_cannot_be_revoked_has_nothing_to_show():
    world = ProvingWorld()
    world.hold(revocable=False)
    assert verified(world, world.asked(OPEN))
    assert set(world.revocations.asked) == set()


def nyms(world, *expressions, domain="https://verifier.example"):
    request = world.asked(*expressions, "not revoked", domain=domain)
    return [nym.value for nym in verified(world, request).nyms]


def test_pseudonyms_are_the_same_for_a_host_and_no_other():
    world = one()
    first, again = nyms(world, "pseudonym"), nyms(world, "pseudonym")
    port, path = (
        nyms(world, "pseudonym", domain=f"https://verifier.example{end}") for end in (":8443", "/a")
    )
    elsewhere = nyms(world, "pseudonym", domain="https://other.example")
    assert first == again == port == path
    assert len(first) == 1
    assert elsewhere != first


def test_nullifiers_are_the_same_for_a_scope_and_host():
    world = one()
    ballot, again, other = (nyms(world, f'once per "{scope}"') for scope in ("a", "a", "b"))
    elsewhere = nyms(world, 'once per "a"', domain="https://other.example")
    assert ballot == again
    assert len({*ballot, *other, *elsewhere, *nyms(world, "pseudonym")}) == 4


def test_a_second_credential_of_the_holder_has_the_same_pseudonym():
    world = ProvingWorld()
    world.hold()
    first = nyms(world, "pseudonym")
    world.hold(birthDate="1950-01-01")
    kept = world.wallet
    world.wallet = replace(kept, credentials=kept.credentials[1:])
    assert nyms(world, "pseudonym") == first


def test_credentials_of_two_issuers_are_proven_together():
    found = Issued("one", "two", revocable=False)
    others = (asking("other-0", OPEN),)
    for across in ((SAME,), ("identity:familyName = other-0:familyName",), (SAME, "other-0:pseudonym")):
        assert found.refuse(OPEN, others=others, across=across) == ""


def test_a_relation_over_two_credentials_that_is_not_true():
    found = Issued("one", revocable=False)
    other = found.world.new_issuer("two")
    found.world.hold(other, formats=(PREDICATES,), revocable=False, birthDate="1994-03-18")
    trusted = frozenset({found.issuers[0].did, other.did})
    found.world.policy = replace(found.world.policy, trusted_issuers=trusted)
    others = (asking("other-0"),)
    assert found.refuse(others=others, across=("identity:birthDate != other-0:birthDate",)) == ""
    assert found.refuse(others=others, across=("identity:familyName = other-0:familyName",)) == ""
    with pytest.raises(CredentialError) as caught:
        found.refuse(others=others, across=(SAME,))
    assert caught.value.code.startswith("predicates.")


def test_four_credentials_are_proven_together():
    found = Shown(OPEN, issuers=("issuer",) * 4, formats=(PREDICATES,), revocable=False)
    found.check()
    assert [shown(found.answer, index).position for index in range(4)] == [0, 1, 2, 3]
    assert [bool(shown(found.answer, index).proof) for index in range(4)] == [True, False, False, False]


def test_queries_are_answered_in_any_order():
    """Positions count, not the order in which queries were asked: the statement names its queries."""
    found = Shown(OPEN, issuers=("issuer", "issuer"), formats=(PREDICATES,), revocable=False)
    world, request = found.world, found.request
    query = copy.deepcopy(request.query.document)
    query["credentials"].reverse()
    turned = world.asked(OPEN)
    turned = type(turned).parse({"challenge": turned.challenge, "domain": turned.domain, "query": query})
    disclosure = world.wallet.match(turned, suites=world.suites, now=world.now)
    backwards = replace(disclosure, choices=disclosure.choices[::-1])
    prepared = world.wallet.prepare(backwards, suites=world.suites, random_bytes=world.random)
    answer = world.wallet.present(
        backwards, suites=world.suites, random_bytes=world.random, now=world.now, prepared=prepared
    )
    assert [shown(answer, index).query for index in range(2)] == ["identity", "issuer-0"]
    verdict = world.verify(answer, turned)
    assert verdict.accepted
    assert [match.query.id for match in verdict.result.matches] == ["issuer-0", "identity"]


@pytest.mark.parametrize("other", [BBS, EDDSA])
@pytest.mark.parametrize("first", [True, False])
def test_other_credentials_stand_beside(other, first):
    world = ProvingWorld()
    world.hold()
    entry = asking("shown", claims=("familyName",))
    request = world.asked(OLD, "not revoked", others=(entry,))
    world.receive(world.issue(other))
    if other == EDDSA:
        world.policy = replace(world.policy, unsafe_accept_unsupported_status=True)
    if first:
        query = copy.deepcopy(request.query.document)
        query["credentials"].reverse()
        request = type(request).parse(
            {"challenge": request.challenge, "domain": request.domain, "query": query}
        )
    answer = world.answer(request)
    verdict = world.verify(answer, request)
    assert verdict.accepted, verdict.cause
    assert [item.query for item in verdict.result.proven] == ["identity"]
    names = {match.query.id: match.credential for match in verdict.result.matches}
    assert "familyName" in names["shown"].subjects[0].document
    assert "familyName" not in names["identity"].subjects[0].document


def test_the_same_request_is_answered_differently_each_time():
    request = one().asked(OLD, "not revoked")
    first, second = one().answer(request), one().answer(request)
    assert first["holder"] != second["holder"]
    assert shown(first).proof != shown(second).proof
    assert len(shown(first).proof) == len(shown(second).proof)


def test_holders_of_one_schema_prove_with_equal_length():
    """What is hidden does not show in how long a proof is."""
    lengths = set()
    for claims in ({}, {"givenName": "A" * 190, "birthDate": "1899-01-01"}, {"resident": False}):
        world = ProvingWorld()
        world.hold(**claims)
        lengths.add(len(shown(world.answer(world.asked(OLD, "not revoked"))).proof))
    assert len(lengths) == 1


def test_membership_in_a_published_set_is_proven():
    world = ProvingWorld()
    world.hold(revocable=False)
    digest = publish_members(world, "ES", "FR", "PT")
    request = world.asked(f"nationality in set {digest.hex()}")
    assert verified(world, request).proven
    other = publish_members(world, "ES", "FR")
    with pytest.raises(CredentialError) as caught:
        world.answer(world.asked(f"nationality in set {other.hex()}"))
    assert caught.value.code.startswith("predicates.")


def test_a_set_is_the_one_that_was_named():
    world = ProvingWorld()
    world.hold(revocable=False)
    digest, wider = publish_members(world, "ES", "PT"), publish_members(world, "ES", "FR", "PT")
    request = world.asked(f"nationality in set {digest.hex()}")
    answer = world.answer(request)
    kept = dict(world.revocations.octets)
    world.revocations.octets[digest] = kept[wider]
    assert world.refuse(answer, request) == "composite.set"
    del world.revocations.octets[digest]
    assert world.refuse(answer, request) == "revocation.unreachable"
    world.wallet = world.wallet.with_parameters(digest, kept[wider])
    with pytest.raises(CredentialError) as caught:
        world.answer(request)
    assert caught.value.code == "wallet.set"
