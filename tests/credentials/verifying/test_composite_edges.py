"""What a composite proof tells, to the letter, and what lies beside it: other proofs, envelopes, silence."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import CredentialError
from credentials.model import Credential, Enveloped
from credentials.model.enveloped import Holds
from credentials.suites.predicates.value import NAME
from credentials.verifying.composite import ProvenClaims, ProvenNym, check_composite, has_composite
from credentials.verifying.presentation_walk import Expected
from credentials.verifying.queue import Waiting, verify_queue
from tests.support.forging import Shown, restated
from tests.support.proving import PREDICATES, asking
from tests.support.world import cause

OLD = "birthDate <= 2008-11-26"
OPEN = "birthDate <= 2008-11-26 by bulletproof"
SAME = "identity:familyName = other-0:familyName"


@cache
def one():
    return Shown(OLD, "not revoked", "pseudonym", 'once per "ballot"')


@cache
def two():
    return Shown(OPEN, issuers=("issuer", "other"), formats=(PREDICATES,), revocable=False, across=(SAME,))


def held(which):
    found = which()
    return check_composite(found.parsed(), found.world.means(), found.occasion)


def test_what_the_others_start_from_holds():
    assert held(one).received
    assert held(two).received
    assert all(held(lambda name=name: of_two(name)).received for name in ("identity", "other-0"))


def test_what_was_proven_is_told_by_query():
    query = one().request.query
    (entry,) = query.credentials
    assert held(one).proven(query) == (ProvenClaims("identity", entry.prove),)
    assert len(entry.prove) == 4


def test_what_was_proven_over_the_whole_query_is_told_too():
    query = two().request.query
    first, second = query.credentials
    assert held(two).proven(query) == (
        ProvenClaims("identity", first.prove),
        ProvenClaims("other-0", second.prove),
        ProvenClaims("", query.prove),
    )
    assert len(query.prove) == 1


def test_nothing_is_told_of_queries_that_something_else_answers():
    more = one().world.asked(OLD, others=(asking("shown", OPEN),)).query
    assert [claims.query for claims in held(one).proven(more)] == ["identity"]


def test_each_part_tells_which_query_it_answers():
    assert [held(two).answers(index) for index in range(3)] == ["identity", "other-0", None]


def test_pseudonyms_tell_for_whom_they_are():
    pseudonym, nullifier = held(one).nyms
    assert len({pseudonym.value, nullifier.value}) == 2
    assert all(len(nym.value) == 48 for nym in (pseudonym, nullifier))
    assert pseudonym == ProvenNym(
        query="identity",
        issuer=one().world.issuer.did,
        suite=NAME,
        kind="pseudonym",
        sector="verifier.example",
        scope="",
        value=pseudonym.value,
    )
    assert nullifier == ProvenNym(
        query="identity",
        issuer=one().world.issuer.did,
        suite=NAME,
        kind="nullifier",
        sector="verifier.example",
        scope="ballot",
        value=nullifier.value,
    )


@cache
def of_two(query):
    """Two credentials that can be revoked, of which one is shown not to be."""
    both = tuple(f"{name}:{OPEN}" for name in ("identity", "other-0"))
    return Shown(issuers=("issuer", "other"), formats=(PREDICATES,), across=(*both, f"not {query}:revoked"))


def list_of(found, index):
    return found.parsed()[index].document["credentialStatus"]["id"]


@pytest.mark.parametrize("index", [0, 1])
def test_only_the_credential_that_was_shown_unrevoked_is_so(index):
    found = of_two(("identity", "other-0")[index])
    composite = held(lambda: found)
    lists = [list_of(found, number) if number == index else None for number in range(2)]
    assert [composite.unrevoked(number) for number in range(3)] == [*lists, None]
    assert found.world.refuse(found.answer, found.request) == "status.unproven"


def test_it_is_so_at_its_place_in_the_presentation():
    composite = held(one)
    moved = replace(composite, received=(replace(composite.received[0], index=3),))
    assert [moved.unrevoked(number) for number in range(5)] == [None, None, None, list_of(one(), 0), None]


def test_what_cannot_be_revoked_is_not_shown_unrevoked():
    assert [held(two).unrevoked(number) for number in range(2)] == [None, None]


def test_what_is_not_revocable_is_not_asked_about_at_any_list():
    asked = two().world.asked("not revoked", others=(asking("other-0"),)).query
    with pytest.raises(CredentialError) as caught:
        check_composite(two().parsed(), two().world.means(), replace(two().occasion, query=asked))
    assert caught.value.code == "request.revocation"


def test_the_key_is_the_issuers_whoever_else_is_known():
    (credential,) = one().credentials
    proof, stranger = credential["proof"], f"{one().world.stranger.did}#bbs"
    credential["proof"] = [{**proof, "cryptosuite": "bbs-2023"}, {**proof, "verificationMethod": stranger}]
    with pytest.raises(CredentialError) as caught:
        check_composite([Credential.parse(credential)], one().world.means(), one().occasion)
    assert caught.value.code == "composite.signer"


def suites():
    return one().world.suites


def test_an_envelope_holds_no_composite_proof():
    envelope = Enveloped({}, Holds.CREDENTIAL, "application/vc+jwt", b"")
    assert not has_composite([envelope], suites())
    assert has_composite([envelope, *one().parsed()], suites())


def test_a_proof_of_another_suite_is_none_whatever_its_value_says():
    (credential,) = one().credentials
    credential["proof"]["cryptosuite"] = "bbs-2023"
    assert not has_composite([Credential.parse(credential)], suites())
    assert not has_composite(one().parsed(), {})


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"digit_list": b""}, "request.digit-key"), ({"revocable": None}, f"{NAME}.revocation")],
    ids=["digit list", "revocation list"],
)
def test_a_list_that_a_part_conceals_is_asked_of_nobody(changes, code):
    (credential,) = one().credentials
    one().world.revocations.asked.clear()
    with pytest.raises(CredentialError) as caught:
        one().check([restated(credential, **changes)])
    assert caught.value.code == code


# queues


def waiting(value, found):
    request = found.request
    return Waiting(value, Expected(request.challenge, request.domain, request.query))


def test_a_text_with_tildes_waits_with_the_others():
    queue = [waiting("a~b~", one()), waiting(one().answer, one())]
    found = verify_queue(queue, one().world.means(), weight_seed=b"s" * 32)
    assert [verdict.accepted for verdict in found] == [False, True]
    assert cause(found[0]) == one().world.refuse("a~b~", one().request) == "jws.form"


def test_a_verdict_says_what_was_checked():
    (found,) = verify_queue([waiting(one().answer, one())], one().world.means(), weight_seed=b"s" * 32)
    alone = one().world.verify(one().answer, one().request)
    assert found.verified is True
    assert found.accepted
    assert [check.name for check in found.checks] == [check.name for check in alone.checks]
    assert found.result.nyms == alone.result.nyms
