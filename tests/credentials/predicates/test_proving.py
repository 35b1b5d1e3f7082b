"""Each kind of expression, compiled and proven with a real credential: what is true, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credentials.predicates.compiling import Gaps
from tests.credentials.predicates.people import (
    ALICE,
    alice,
    alice_twice,
    compiled,
    issue,
    proven,
    query_of,
    sets,
    verified,
)
from tests.zk.predicates.world import make_world
from zk.errors import ZkError
from zk.predicates.predicate import CommittedRange, Exclude, Member, NotRevoked, Range, SignedMember

TRUE = [
    "birthDate <= 2008-11-26",
    "birthDate <= 2001-05-06",
    "birthDate < 2001-05-07",
    "birthDate > 2001-05-05",
    "2001-05-06 >= birthDate",
    "birthDate between 1960-01-01 and 2001-05-06",
    "-birthDate between -2001-05-06 and -1960-01-01",
    "birthDate <= 2008-11-26 by bulletproof",
    "birthDate between 2001-05-06 and 2001-06-01 by bulletproof",
    "joined - birthDate >= 6570d",
    "joined - birthDate < 6846d",
    "joined > birthDate + 6844d",
    "seen >= 2026-11-26T09:30:00Z",
    "seen - 90min = 2026-11-26T08:00:00Z",
    "income >= 52000",
    "income > 51999.99",
    "income + bonus >= 52800",
    "2 * income <= 104001",
    "2 * income + 2 * bonus < 105601",
    "3 * bonus - income <= -49600",
    "income + bonus + 200 = 53000",
    "score <= -5",
    "score in [-5, 3]",
    "score not in [5, -4, 0]",
    "income + bonus in [1, 52800]",
    "income + bonus not in [52801]",
    "rent <= 1250.5",
    "rent < 1250.501",
    "rent > 1250.499",
    "rent = 1250.50",
    "rent - bonus <= 450.50",
    "ratio between 0.12 and 0.13",
    "resident = true",
    "resident != false",
    "resident in [true, false]",
    "nationality = birthplace",
    'nationality = "FR"',
    'nationality in ["FR", "DE"]',
    'nationality not in ["AT"]',
    'level >= "middle"',
    'level < "high"',
    "city = work.city",
    'city != "Paris"',
    'city in ["Lyon", "Paris"]',
    'city not in ["Nice", "Paris"]',
    "bonus != 0",
    "bonus not in [0, 1]",
    "not revoked",
    "pseudonym for shop.example",
    'once per "ballot 2026"',
]
FALSE = [
    "birthDate <= 2001-05-05",
    "birthDate < 2001-05-06",
    "birthDate >= 2001-05-07",
    "birthDate > 2001-05-06",
    "2001-05-05 >= birthDate",
    "birthDate between 2001-05-07 and 2008-11-26",
    "-birthDate between -2001-05-05 and -1960-01-01",
    "birthDate <= 2001-05-05 by bulletproof",
    "joined - birthDate > 6845d",
    "seen < 2026-11-26T09:30:00Z",
    "income > 52000",
    "income + bonus >= 52801",
    "2 * income >= 104001",
    "3 * bonus - income < -49600",
    "income + bonus = 53000",
    "score >= -4",
    "score in [5, -4]",
    "score != -5",
    "income + bonus not in [52800]",
    "rent < 1250.50",
    "rent > 1250.501",
    "ratio != 0.125",
    "resident = false",
    "nationality != birthplace",
    'nationality = "DE"',
    'nationality in ["AT", "DE"]',
    'nationality not in ["FR", "DE"]',
    'level > "middle"',
    "city != work.city",
    'city in ["Nice", "Paris"]',
    'city != "Lyon"',
    "left >= 1900-01-01",
    "left not in [1900-01-01]",
    "joined != left",
    "nick = city",
    "work.pay + income >= 0",
    "work.pay not in [3]",
]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_is_proven(text):
    statement = compiled(query_of(text))
    assert verified(statement, proven(statement)).statement == statement


@pytest.mark.parametrize("text", FALSE)
def test_what_is_not_true_cannot_be_proven(text):
    statement = compiled(query_of(text))
    with pytest.raises(ZkError) as caught:
        proven(statement)
    assert caught.value.code == "predicates.witness"


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("birthDate <= 2008-11-26", "birthDate <= 2008-11-25"),
        ("birthDate <= 2008-11-26", "joined <= 2008-11-26"),
        ("birthDate <= 2008-11-26", "birthDate < 2008-11-26"),
        ("birthDate between 1960-01-01 and 2008-11-26", "birthDate between 1960-01-02 and 2008-11-26"),
        ("income + bonus >= 30000", "income + 2 * bonus >= 30000"),
        ("income + bonus >= 30000", "income - bonus >= 30000"),
        ('nationality in ["FR", "DE"]', 'nationality in ["FR", "IT"]'),
        ('nationality not in ["AT"]', 'nationality not in ["DE"]'),
        ('nationality in ["FR", "DE"]', 'nationality not in ["FR", "DE"]'),
        ("city = work.city", "nationality = birthplace"),
        ("income + bonus = 52800", "income + bonus = 52801"),
        ("pseudonym", 'once per "x"'),
        ('once per "ballot 1"', 'once per "ballot 2"'),
    ],
)
def test_a_proof_is_of_no_other_expression(asked, other):
    proof = proven(compiled(query_of(asked)))
    with pytest.raises(ZkError) as caught:
        verified(compiled(query_of(other)), proof)
    assert caught.value.code in {"predicates.challenge", "predicates.length"}


def test_a_proof_is_for_no_other_request():
    statement = compiled(query_of("birthDate <= 2008-11-26"))
    with pytest.raises(ZkError) as caught:
        verified(replace(statement, ph=b"\x08" * 32), proven(statement))
    assert caught.value.code == "predicates.challenge"


def test_a_member_of_a_published_set():
    (digest,) = sets()
    statement = compiled(query_of(f"city in set {digest.hex()}"))
    assert [type(predicate) for predicate in statement.predicates] == [SignedMember]
    verified(statement, proven(statement))
    stranger = issue({**ALICE, "city": "Graz"})
    with pytest.raises(ZkError) as caught:
        proven(statement, stranger)
    assert caught.value.code == "predicates.witness"


def test_everything_at_once():
    query = query_of(
        "birthDate <= 2008-11-26",
        "income + bonus >= 30000",
        'nationality in ["FR", "DE"]',
        "city = work.city",
        "not revoked",
        "pseudonym",
        'once per "ballot" for shop.example',
    )
    statement = compiled(query)
    kinds = [type(predicate).__name__ for predicate in statement.predicates]
    assert kinds == ["Range", "Range", "Member", "NotRevoked", "Pseudonym", "Pseudonym", "Exclude"]
    assert len(verified(statement, proven(statement)).nyms) == 2
    assert compiled(query).encode(make_world().system) == statement.encode(make_world().system)


@pytest.mark.parametrize(
    "texts",
    [
        ["person:nationality = second:nationality"],
        ["person:birthDate > second:birthDate"],
        ["person:birthDate - second:birthDate < 900d by bulletproof"],
        ["person:income + second:income >= 92000"],
        ["person:income - second:income = 12000", "second:income != person:bonus"],
        ["person:city = second:city", "second:city = second:work.city"],
        ["not person:revoked", "not second:revoked", "second:pseudonym"],
    ],
)
def test_several_credentials_of_one_holder(texts):
    people = alice_twice()
    statement = compiled(query_of(ids=("person", "second"), whole=texts), *people)
    verified(statement, proven(statement, *people), *people)


@pytest.mark.parametrize(
    "text",
    [
        "person:birthDate = second:birthDate",
        "person:income + second:income > 92000",
        "person:nick = second:nick",
    ],
)
def test_what_is_not_true_of_several_credentials(text):
    people = alice_twice()
    with pytest.raises(ZkError) as caught:
        proven(compiled(query_of(ids=("person", "second"), whole=[text]), *people), *people)
    assert caught.value.code == "predicates.witness"


def test_credentials_of_two_holders_are_not_presented_together():
    world = make_world()
    other = replace(world.secrets, holder=type(world.secrets.holder)(4321))
    people = (alice(), issue(query="second", key=world.issuer_2, secrets=other))
    statement = compiled(query_of(ids=("person", "second")), *people)
    assert len(statement.relations) == 1
    with pytest.raises(ZkError) as caught:
        proven(statement, *people)
    assert caught.value.code == "predicates.witness"


def test_who_is_revoked_cannot_prove_the_next_epoch():
    statement = compiled(query_of("not revoked"))
    (claim,) = statement.predicates
    assert isinstance(claim, NotRevoked)
    later = replace(alice().subject, gaps=Gaps(claim.list_id, claim.width, claim.epoch + 1, claim.gap_key))
    other = compiled(query_of("not revoked"), replace(alice(), subject=later))
    with pytest.raises(ZkError) as caught:
        verified(other, proven(statement))
    assert caught.value.code == "predicates.epoch"


def test_predicates_are_of_the_kind_that_was_asked_for():
    def kinds(text):
        return [type(predicate) for predicate in compiled(query_of(text)).predicates]

    assert kinds("birthDate <= 2008-11-26") == [Range]
    assert kinds("birthDate <= 2008-11-26 by bulletproof") == [CommittedRange]
    assert kinds('nationality in ["FR", "DE"]') == [Member]
    assert kinds("income - bonus >= 0") == [Range, Exclude]
    assert kinds("bonus not in [0]") == [Exclude]
    assert kinds("city = work.city") == []


def test_an_optional_claim_is_shown_present_once():
    statement = compiled(query_of("bonus != 0", "income - bonus >= 0", "income + bonus >= 0"))
    absent = make_world().ABSENT
    assert sum(isinstance(found, Exclude) and absent in found.values for found in statement.predicates) == 1
    verified(statement, proven(statement))
