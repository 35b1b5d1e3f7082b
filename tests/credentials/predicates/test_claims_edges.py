"""What stands in a document at the place of a claim that may be absent: the claim, nothing, or a fault."""

from __future__ import annotations

import pytest

from credentials.errors import CredentialError
from credentials.predicates.claims import OFFSET, member_scalars, slot_scalars, typing_of
from tests.credentials.predicates.people import typing
from tests.zk.predicates.world import make_world

TEXT = make_world().text
ABSENT = make_world().ABSENT
NESTED = {
    "properties": {
        "credentialSubject": {
            "properties": {
                "a": {"type": "object", "properties": {"b": {"type": "integer"}, "c": {"type": "string"}}},
                "d": {"type": "string", "avow:decimal": 0},
                "e": {"type": "boolean"},
            }
        }
    }
}


def scalars_of(subject):
    typed = typing_of(NESTED, width=None)
    return slot_scalars(make_world().system, typed, {"credentialSubject": subject}, identifier=None)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({}, (ABSENT,) * 4),
        ({"a": {}}, (ABSENT,) * 4),
        ({"a": {"b": 5, "c": "x"}, "d": "7", "e": True}, (OFFSET + 5, TEXT("x"), OFFSET + 7, 1)),
    ],
    ids=["nothing", "an empty object", "everything"],
)
def test_what_may_be_absent_is_absent_where_nothing_stands(subject, expected):
    assert scalars_of(subject) == expected


@pytest.mark.parametrize(
    "subject",
    [
        {"a": "x"},
        {"a": "b"},
        {"a": ["x"]},
        {"a": 5},
        {"a": None},
        {"a": {"b": None}},
        {"a": {"b": "5"}},
        {"a": {"b": 5.0}},
        {"a": {"b": True}},
        {"a": {"c": 5}},
        {"d": "7.0"},
        {"d": "-"},
        {"d": 7},
        {"e": 1},
        {"e": "true"},
        {"e": None},
    ],
    ids=str,
)
def test_what_may_be_absent_is_not_so_where_something_else_stands(subject):
    with pytest.raises(CredentialError) as caught:
        scalars_of(subject)
    assert caught.value.code == "claims.value"


def test_absence_is_no_member_of_a_set():
    typed, system = typing(), make_world().system
    for values in ([None], ["x", None]):
        with pytest.raises(CredentialError) as caught:
            member_scalars(system, typed, typed.slot_of("/credentialSubject/nick"), values)
        assert caught.value.code == "claims.value"
