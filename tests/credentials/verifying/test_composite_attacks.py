"""Attacks on composite proofs: by a holder, a network in between, an issuer that nobody trusts."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

import pytest

from credentials.errors import CredentialError
from credentials.exchange.request import PresentationRequest
from credentials.suites.predicates.value import SlotCounts
from credentials.verifying.composite import check_composite
from did.keys import Ed25519Signer
from tests.support.forging import Shown, alone, foreign_facts, proof_of, restated, sealed, shown
from tests.support.proving import BBS, PREDICATES, ProvingWorld, asking

OPEN = "birthDate <= 2008-11-26 by bulletproof"
CLAIM = "/credentialSubject/nationality"


@cache
def one():
    """One credential that shows a claim, and of which facts are proven."""
    return Shown("birthDate <= 2008-11-26", "not revoked", "pseudonym")


@cache
def two():
    return Shown(OPEN, issuers=("issuer", "issuer"), formats=(PREDICATES,), revocable=False)


@cache
def three():
    return Shown(OPEN, issuers=("issuer",) * 3, formats=(PREDICATES,), revocable=False)


def refuse(found, credentials, request=None):
    asked = request or found.request
    return found.world.refuse(sealed(found.world, credentials, asked), asked)


def asked_anew(found, **changes):
    """The same request but for what changes."""
    request = found.request
    document = {"challenge": request.challenge, "domain": request.domain, "query": request.query.document}
    return PresentationRequest.parse({**document, **changes})


def expressions(found, *texts):
    query = copy.deepcopy(found.request.query.document)
    query["credentials"][0]["avow_prove"] = list(texts)
    return asked_anew(found, query=query)


def test_what_the_attacks_start_from_is_accepted():
    assert refuse(one(), one().credentials) == ""
    assert refuse(two(), two().credentials) == ""
    assert refuse(three(), three().credentials) == ""


# replayed


def test_a_proof_is_for_one_challenge_and_domain():
    assert refuse(one(), one().credentials, asked_anew(one(), challenge="c" * 48)) == "predicates.challenge"
    other = asked_anew(one(), domain="https://other.example")
    assert refuse(one(), one().credentials, other) == "predicates.challenge"
    port = asked_anew(one(), domain="https://verifier.example:8443")
    assert refuse(one(), one().credentials, port) == "predicates.challenge"


def test_a_proof_is_for_one_holder_key():
    thief = one().world.wrap(one().credentials, one().request, signer=Ed25519Signer(b"t" * 32))
    assert one().world.refuse(thief, one().request) == "predicates.challenge"


QUERIES = [
    ("birthDate <= 2008-11-25", "not revoked", "pseudonym"),
    ("birthDate <= 2008-11-27", "not revoked", "pseudonym"),
    ("birthDate < 2008-11-26", "not revoked", "pseudonym"),
    ("birthDate >= 1990-11-26", "not revoked", "pseudonym"),
    ("birthDate <= 2008-11-26 by bulletproof", "not revoked", "pseudonym"),
    ("not revoked", "birthDate <= 2008-11-26", "pseudonym"),
    ("birthDate <= 2008-11-26", "not revoked", 'once per "ballot"'),
    ("birthDate <= 2008-11-26", "not revoked", "pseudonym", "resident = true"),
    ("birthDate <= 2008-11-26", "not revoked"),
    ("not revoked", "pseudonym"),
    ("not revoked",),
]


@pytest.mark.parametrize("texts", QUERIES, ids=" + ".join)
def test_a_proof_answers_one_query(texts):
    code = refuse(one(), one().credentials, expressions(one(), *texts))
    assert code in {f"predicates.{name}" for name in ("challenge", "length", "encoding", "scalar")}


def test_what_was_proven_does_not_answer_a_request_for_less():
    request = expressions(one(), "birthDate <= 2008-11-26", "pseudonym")
    assert refuse(one(), one().credentials, request) == "predicates.length"


def test_a_proof_without_a_query_says_nothing():
    request = replace(one().request, query=None)
    assert refuse(one(), one().credentials, request) == "composite.query"


# parts


def test_parts_stand_in_order_each_once():
    first, second, third = three().credentials
    for wrong in (
        [second, first, third],
        [first, third, second],
        [first, third],
        [second, third],
        [second],
        [first, second, third, third],
        [first, first, second, third],
        [first, second, third, alone(two().credentials[1])],
    ):
        assert refuse(three(), wrong) == "composite.order"


def test_a_part_dropped_from_the_end_is_missed():
    first, second = two().credentials
    assert refuse(two(), [first]) == "request.subject"
    assert refuse(two(), [second]) == "composite.order"


def test_two_composite_proofs_of_two_holders_are_not_one():
    """Friends who each prove a part of what was asked."""
    first, second = two().credentials
    other = restated(second, position=0, proof=shown(two().answer).proof)
    assert refuse(two(), [first, other]) == "composite.order"


def test_two_parts_of_one_credential_are_refused():
    first, second = two().credentials
    both = {**first, "proof": [proof_of(first), proof_of(second)]}
    assert refuse(two(), [both]) == "composite.order"
    assert refuse(two(), [both, second]) == "composite.order"


def test_a_part_of_another_presentation_does_not_fit():
    world, mine = two().world, two().world.last_signer
    again = copy.deepcopy(world.answer(two().request)["verifiableCredential"])
    world.last_signer = mine
    first, second = two().credentials
    assert first != again[0]
    assert refuse(two(), [again[0], second]) == "predicates.challenge"
    # What a later part shows is the same each time: its mandatory statements, and who is asked.
    assert second == again[1]


def test_swapped_queries_are_another_statement():
    first, second = two().credentials
    swapped = [restated(first, query="issuer-0"), restated(second, query="identity")]
    assert refuse(two(), swapped) in {"predicates.challenge", "predicates.encoding"}
    assert refuse(two(), [first, restated(second, query="identity")]) == "composite.query"
    assert refuse(two(), [first, restated(second, query="more")]) == "composite.query"


def test_a_part_says_the_counts_and_lists_that_were_signed():
    (credential,) = one().credentials
    value = shown(one().answer)
    for changes in (
        {"counts": SlotCounts(value.counts.slots + 16, 1)},
        {"counts": SlotCounts(value.counts.slots, 2)},
        {"digit_list": b""},
        {"digit_list": bytes(32)},
        {"revocable": None},
        {"revocable": replace(value.revocable, url="http://localhost:8000/revocation/9")},
        {"revocable": replace(value.revocable, width=24)},
        {"revocable": replace(value.revocable, number=value.revocable.number - 1)},
        {"schema": bytes(32)},
        {"selective_indexes": tuple(index + 1 for index in value.selective_indexes)},
        {"selective_indexes": value.selective_indexes[:1]},
        {"mandatory_indexes": value.mandatory_indexes[1:]},
        {"labels": dict(zip(value.labels, reversed(value.labels.values()), strict=True))},
        {"labels": {name: f"b{int(label[1:]) + 5}" for name, label in value.labels.items()}},
        {"labels": {}},
        {"proof": value.proof[:-1]},
        {"proof": value.proof + b"\0"},
        {"proof": value.proof[:200] + bytes([value.proof[200] ^ 1]) + value.proof[201:]},
        {"proof": bytes(len(value.proof))},
        {"proof": b"p"},
    ):
        assert refuse(one(), [restated(credential, **changes)]), changes


def test_a_derived_proof_alone_and_a_base_proof_are_refused():
    world = one().world
    (credential,) = one().credentials
    assert world.refuse_credential(credential) == "proof.alone"
    base, _ = world.issue_provable(formats=(PREDICATES,))
    assert world.refuse_credential(base) == "proof.base"
    assert refuse(one(), [base]) == "presentation.base-proof"


def test_a_base_proof_beside_a_derived_one_is_refused():
    world = one().world
    (credential,) = one().credentials
    base, _ = world.issue_provable(formats=(PREDICATES,))
    assert refuse(one(), [{**credential, "proof": [credential["proof"], proof_of(base)]}])


def test_an_issuer_that_nobody_trusts_makes_nobody_be_asked():
    found = one()
    found.world.revocations.asked.clear()
    code = found.world.refuse(found.answer, found.request, trusted_issuers=frozenset())
    assert code == "issuer.untrusted"
    assert found.world.revocations.asked == []
    assert found.world.refuse(found.answer, found.request) == ""
    assert set(found.world.revocations.asked) == {found.world.issuer.did}


def test_one_stranger_among_trusted_issuers_makes_nobody_be_asked():
    found = Shown("not revoked", issuers=("issuer", "other"), formats=(PREDICATES,))
    assert found.world.refuse(found.answer, found.request) == ""
    found.world.revocations.asked.clear()
    trusted = frozenset({found.world.issuer.did})
    assert found.world.refuse(found.answer, found.request, trusted_issuers=trusted) == "issuer.untrusted"
    assert found.world.revocations.asked == []


def test_facts_of_a_stranger_do_not_stand_beside_an_issuers_proof():
    world = ProvingWorld()
    request, credential = foreign_facts(world, "birthDate <= 1950-01-01", birthDate="1949-12-31")
    for proofs in (credential["proof"], credential["proof"][::-1], credential["proof"][1]):
        shown_so = sealed(world, [{**credential, "proof": proofs}], request)
        assert world.refuse(shown_so, request) in {"composite.signer", "issuer.mismatch"}
    trusted = frozenset({world.issuer.did, world.stranger.did})
    answer = sealed(world, [credential], request)
    assert world.refuse(answer, request, trusted_issuers=trusted) == "composite.signer"


def test_a_query_that_wants_proof_is_not_answered_without():
    world = ProvingWorld()
    world.receive(world.issue(BBS))
    plain = world.asked(claims=("nationality",))
    answer = world.answer(plain)
    own = world.asked("birthDate <= 2008-11-26", claims=("nationality",))
    whole = world.asked(claims=("nationality",), across=("birthDate <= 2008-11-26",))
    for request, code in ((own, "query.unsatisfied"), (whole, "query.unproven")):
        asked = replace(request, challenge=plain.challenge)
        assert world.refuse(answer, asked) == code


def test_a_proof_of_one_credential_does_not_answer_for_another():
    """Both queries want proof; the second is answered by claims that are shown."""
    world = ProvingWorld()
    world.hold(revocable=False)
    entry = asking("other", OPEN, claims=("nationality",))
    both = world.asked(OPEN, claims=("nationality",), others=(entry,))
    single = world.asked(OPEN, claims=("nationality",))
    kept, world.wallet = world.wallet, world.wallet
    mine = world.answer(replace(single, challenge=both.challenge))
    world.wallet = kept
    credentials = copy.deepcopy(mine["verifiableCredential"])
    assert world.refuse(sealed(world, credentials, both), both) == "request.subject"


def test_a_relation_is_not_proven_by_one_of_its_credentials():
    world = ProvingWorld()
    world.hold(revocable=False)
    world.receive(world.issue(BBS))
    entry = asking("other", claims=("nationality",))
    across = world.asked(
        OPEN, claims=("nationality",), others=(entry,), across=("identity:birthDate = other:birthDate",)
    )
    plain = world.asked(OPEN, claims=("nationality",), others=(entry,))
    answer = world.answer(replace(plain, challenge=across.challenge))
    assert world.refuse(answer, plain.__class__(**{**vars_of(plain), "challenge": across.challenge})) == ""
    assert world.refuse(answer, across) == "request.subject"


def vars_of(request):
    return {"challenge": request.challenge, "domain": request.domain, "query": request.query}


def test_a_composite_answers_for_what_it_was_made_from():
    found = one()
    holds = check_composite(found.parsed(), found.world.means(), found.occasion)
    (credential,) = found.credentials
    key = found.world.issuer.bbs.public_key
    holds.check(credential, key)
    other_proof = {**credential, "proof": {**credential["proof"], "nonce": "n"}}
    for secured, under in (
        (credential, found.world.stranger.bbs.public_key),
        (other_proof, key),
        ({**credential, "name": "x"}, key),
        ({**credential, "proof": [credential["proof"]]}, key),
        ({name: item for name, item in credential.items() if name != "proof"}, key),
    ):
        with pytest.raises(CredentialError) as caught:
            holds.check(secured, under)
        assert caught.value.code == "proof.signature"
    assert [holds.answers(place) for place in (0, 1)] == ["identity", None]
