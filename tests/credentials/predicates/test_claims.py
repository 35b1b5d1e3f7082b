from __future__ import annotations

import hashlib

import pytest

from credentials.errors import CredentialError
from credentials.predicates.claims import OFFSET, member_scalars, slot_scalars, typing_of
from did import jcs
from schemas import json_schemas
from tests.credentials.predicates.people import ALICE, SCHEMA, WIDTH, typing
from tests.zk.predicates.world import make_world
from zk.predicates.slots import Kind, code_list_digest

MILLION = 10_000_000


def slot(name):
    typed = typing()
    at = typed.slot_of("/credentialSubject/" + name)
    return typed.types.slots[at]


def scalars(claims=ALICE, identifier=7, typed=None):
    typed = typed or typing()
    found = slot_scalars(make_world().system, typed, {"credentialSubject": claims}, identifier=identifier)
    return dict(zip([claim.pointer.split("/", 2)[2] for claim in typed.claims] + ["!"], found, strict=False))


def refusal(**changes):
    with pytest.raises(CredentialError) as caught:
        scalars({**ALICE, **changes})
    assert caught.value.code == "claims.value"
    return caught.value


def test_slots_are_those_of_the_claims_and_a_revocation_identifier_is_last():
    typed = typing()
    assert [s.pointer for s in typed.types.slots] == [*(c.pointer for c in typed.claims), ""]
    assert typed.revocation_slot == len(typed.claims)
    last = typed.types.slots[-1]
    assert (last.kind, last.minimum, last.maximum, last.optional) == (Kind.REVOCATION, 1, 2**WIDTH - 2, False)
    assert typed.schema == hashlib.sha256(jcs.canonicalize(SCHEMA)).digest()


def test_what_cannot_be_revoked_has_no_such_slot():
    typed = typing_of(SCHEMA, width=None)
    assert typed.revocation_slot is None
    assert len(typed.types.slots) == len(typed.claims)
    assert typed.types.digest() != typing().types.digest()


@pytest.mark.parametrize(
    ("name", "kind", "least", "most", "optional", "parameter"),
    [
        ("income", Kind.INTEGER, OFFSET, OFFSET + MILLION, False, b""),
        ("score", Kind.INTEGER, 0, 2**64 - 1, False, b""),
        ("rent", Kind.DECIMAL, OFFSET, OFFSET + 9_999_999, False, b"\x02"),
        ("ratio", Kind.DECIMAL, 0, 2**64 - 1, False, b"\x03"),
        ("birthDate", Kind.DATE, 1, 3_652_059, False, b""),
        ("seen", Kind.TIMESTAMP, 0, 3_652_059 * 86_400 - 1, False, b""),
        ("resident", Kind.BOOLEAN, 0, 1, False, b""),
        ("level", Kind.ENUMERATION, 1, 3, False, code_list_digest(["low", "middle", "high"])),
        ("city", Kind.TEXT, 0, 0, False, b""),
        ("nick", Kind.TEXT, 0, 0, True, b""),
        ("work/pay", Kind.INTEGER, OFFSET, 2**64 - 1, True, b""),
    ],
)
def test_each_claim_has_its_slot(name, kind, least, most, optional, parameter):
    found = slot(name)
    assert (found.kind, found.minimum, found.maximum) == (kind, least, most)
    assert (found.optional, found.parameter) == (optional, parameter)


def test_dates_and_times_keep_their_own_bounds():
    day = {"type": "string", "format": "date", "avow:minimum": "1900-01-01", "avow:maximum": "2100-12-31"}
    time = {"type": "string", "format": "date-time", "avow:minimum": "0001-01-02T00:00:01Z"}
    typed = typing_of(
        {"properties": {"credentialSubject": {"properties": {"d": day, "t": time}}}}, width=None
    )
    assert [(s.minimum, s.maximum) for s in typed.types.slots] == [
        (693_596, 767_009),
        (86_401, 3_652_059 * 86_400 - 1),
    ]


def test_bounds_beyond_the_kind_are_those_of_the_kind_unless_nothing_is_left():
    def typed(**bounds):
        claim = {"type": "integer", **bounds}
        return typing_of({"properties": {"credentialSubject": {"properties": {"a": claim}}}}, width=None)

    wide = typed(minimum=-1e30, maximum=1e30).types.slots[0]
    assert (wide.minimum, wide.maximum) == (0, 2**64 - 1)
    with pytest.raises(CredentialError) as caught:
        typed(minimum=1e30)
    assert caught.value.code == "claims.bounds"


def test_values_become_scalars():
    found = scalars()
    world = make_world()
    assert found["income"] == OFFSET + 52_000
    assert found["score"] == OFFSET - 5
    assert found["rent"] == OFFSET + 125_050
    assert found["birthDate"] == 730_611
    assert found["seen"] == (739_946 - 1) * 86_400 + 9 * 3600 + 30 * 60
    assert found["resident"] == 1
    assert found["level"] == 2
    assert found["city"] == found["work/city"] == world.text("Lyon")
    assert found["nick"] == found["left"] == found["work/pay"] == world.ABSENT
    assert found["!"] == 7


def test_a_pointer_is_followed_through_escaped_names():
    schema = {"properties": {"credentialSubject": {"properties": {"a/b~": {"type": "integer"}}}}}
    typed = typing_of(schema, width=None)
    assert scalars({"a/b~": 3}, None, typed)["a~1b~0"] == OFFSET + 3


@pytest.mark.parametrize(
    "changes",
    [
        {"birthDate": "2001-02-29"},
        {"birthDate": 5},
        {"birthDate": None},
        {"seen": "2026-11-26T09:30:00.5Z"},
        {"seen": "2026-11-26"},
        {"income": "52000"},
        {"income": 52_000.0},
        {"income": True},
        {"income": -1},
        {"income": MILLION + 1},
        {"rent": 1250},
        {"rent": "1250.505"},
        {"rent": "100000.00"},
        {"resident": 1},
        {"resident": "true"},
        {"nationality": "XX"},
        {"nationality": 1},
        {"city": 5},
        {"city": ["Lyon"]},
        {"work": "Lyon"},
        {"work": [{"city": "Lyon"}]},
    ],
)
def test_a_value_of_another_kind_has_no_scalar(changes):
    (name,) = changes
    error = refusal(**changes)
    assert name in error.detail
    assert str(changes[name]) not in error.detail or changes[name] in {1, 5}


def test_a_claim_that_is_not_optional_must_be_there():
    with pytest.raises(CredentialError) as caught:
        scalars({name: value for name, value in ALICE.items() if name != "birthDate"})
    assert caught.value.code == "claims.value"
    assert "absent" in caught.value.detail


@pytest.mark.parametrize("identifier", [None, 0, 2**WIDTH - 1])
def test_an_identifier_goes_with_its_slot(identifier):
    with pytest.raises(CredentialError) as caught:
        scalars(identifier=identifier)
    assert caught.value.code == "claims.value"
    with pytest.raises(CredentialError) as caught:
        scalars(identifier=1, typed=typing_of(SCHEMA, width=None))
    assert caught.value.code == "claims.value"


def test_bundled_schemas_have_slots():
    for schema_id in json_schemas.known():
        assert typing_of(json_schemas.load(schema_id), width=32).revocation_slot


def test_members_of_a_set_are_the_scalars_of_values():
    typed, system = typing(), make_world().system
    country, city = (typed.slot_of(f"/credentialSubject/{name}") for name in ("nationality", "city"))
    assert member_scalars(system, typed, country, ["IT", "AT", "IT"]) == (1, 4)
    assert set(member_scalars(system, typed, city, ["Lyon"])) == {make_world().text("Lyon")}
    for slot, value in ((country, "XX"), (country, None), (city, 5)):
        with pytest.raises(CredentialError) as caught:
            member_scalars(system, typed, slot, ["AT", value])
        assert caught.value.code == "claims.value"
