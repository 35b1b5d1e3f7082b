"""What a query needs beside the credentials, and which values a published set may have."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.predicates import sets
from credentials.predicates.needs import Needs, needs_of
from credentials.predicates.sets import KEY, set_scalars
from tests.credentials.predicates.people import query_of, typing
from tests.zk.predicates.world import make_world

DIGEST = "ab" * 32
NATIONALITY = "/credentialSubject/nationality"


def needs(*texts, ids=("person", "second"), of="person", whole=()):
    return needs_of(query_of(*texts, ids=ids, whole=whole), of)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("income >= 5", True),
        ("income > 5", True),
        ("income <= 5", True),
        ("income < 5", True),
        ("income between 5 and 6", True),
        ("not revoked", True),
        ("income >= 5 by bulletproof", False),
        ("income between 5 and 6 by bulletproof", False),
        ("income = 5", False),
        ("income != 5", False),
        ("income in [5, 6]", False),
        ("pseudonym", False),
        ('once per "ballot"', False),
    ],
)
def test_ranges_need_digits_unless_they_are_bulletproofs(text, digits):
    assert needs(text) == Needs(proof=True, digits=digits, gaps=text == "not revoked", sets=frozenset())


def test_sets_are_named_by_their_digests():
    found = needs(f"nationality in set {DIGEST}", f"city in set {'cd' * 32}", "income = 5")
    assert found == Needs(proof=True, digits=False, gaps=False, sets=frozenset({b"\xab" * 32, b"\xcd" * 32}))


def test_nothing_asked_needs_nothing():
    nothing = Needs(proof=False, digits=False, gaps=False, sets=frozenset())
    assert needs() == needs("not revoked", of="second") == needs("not revoked", of="nobody") == nothing


def test_what_is_asked_of_the_whole_counts_for_those_that_it_names():
    whole = ("person:income >= 5", "not second:revoked")
    assert needs(whole=whole) == Needs(proof=True, digits=True, gaps=False, sets=frozenset())
    assert needs(whole=whole, of="second") == Needs(proof=True, digits=True, gaps=True, sets=frozenset())
    third = ("person", "second", "third")
    assert not needs(ids=third, whole=whole, of="third").proof


def test_a_query_for_one_credential_means_it_without_naming_it():
    assert needs(ids=("person",), whole=("income >= 5",)).digits
    assert needs("not revoked", ids=("person",), whole=("income = 5",)).gaps


def members(values, pointer=NATIONALITY):
    return set_scalars(make_world().system, typing(), pointer, values)


def code_of(*args):
    with pytest.raises(CredentialError) as caught:
        members(*args)
    return caught.value.code


def test_members_ascend():
    assert members(["IT", "AT"]) == (1, 4)


def test_a_set_is_for_a_claim_and_has_each_value_once(monkeypatch):
    assert code_of(["IT"], "/credentialSubject/shoe") == "claims.unknown"
    assert code_of([]) == code_of(["IT", "IT"]) == "claims.set"
    assert code_of(["XX"]) == "claims.value"
    monkeypatch.setattr(sets, "MAX_MEMBERS", 2)
    assert members(["IT", "AT"])
    assert code_of(["IT", "AT", "FR"]) == "claims.set"


def test_the_key_stands_behind_the_count():
    for published in (make_world().digits, make_world().set):
        assert len(published.key) == 96
    assert (KEY.start, KEY.stop) == (8, 104)
