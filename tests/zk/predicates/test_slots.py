"""Typed slots: which scalar a value is, and which values have none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zk.predicates.world import TYPES, Party, make_world
from zk.bbs_core import calculate_domain
from zk.errors import ZkError
from zk.predicates.header import Header, RevocationScope
from zk.predicates.slots import Kind, SlotType, TypeMap, code_list_digest, quad_scalar, slot_scalar
from zk.predicates.wires import slot_form

W = make_world()
OFFSET = 1 << 63
FULL = (0, (1 << 64) - 1)
CODES = code_list_digest(["a", "b"])
UTC = dt.UTC

INTEGER = SlotType(Kind.INTEGER, "/i", *FULL, optional=False)
MONEY = SlotType(Kind.DECIMAL, "/d", *FULL, optional=False, parameter=b"\x02")
DATE = SlotType(Kind.DATE, "/t", 1, 3_652_059, optional=False)
TIME = SlotType(Kind.TIMESTAMP, "/s", 0, 3_652_059 * 86_400 - 1, optional=False)
FLAG = SlotType(Kind.BOOLEAN, "/b", 0, 1, optional=False)
CODE = SlotType(Kind.ENUMERATION, "/e", 1, 2, optional=False, parameter=CODES)
IDENTIFIER = SlotType(Kind.REVOCATION, "/r", 1, 65_534, optional=False)
TEXT = SlotType(Kind.TEXT, "/x", 0, 0, optional=False)


@pytest.mark.parametrize(
    ("slot", "value", "scalar"),
    [
        (INTEGER, 0, OFFSET),
        (INTEGER, -OFFSET, 0),
        (INTEGER, OFFSET - 1, (1 << 64) - 1),
        (MONEY, Decimal("12.34"), OFFSET + 1234),
        (MONEY, Decimal("-0.5"), OFFSET - 50),
        (MONEY, Decimal("1E+3"), OFFSET + 100_000),
        (DATE, dt.date(1, 1, 1), 1),
        (DATE, dt.date(9999, 12, 31), 3_652_059),
        (DATE, dt.date(1970, 1, 1), 719_163),
        (TIME, dt.datetime(1, 1, 1, tzinfo=UTC), 0),
        (TIME, dt.datetime(1970, 1, 1, 0, 1, 1, tzinfo=UTC), 719_162 * 86_400 + 61),
        (TIME, dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 3_652_059 * 86_400 - 1),
        (FLAG, False, 0),
        (FLAG, True, 1),
        (CODE, 2, 2),
        (IDENTIFIER, 65_534, 65_534),
    ],
)
def test_values_with_a_scalar(slot, value, scalar):
    assert slot_scalar(W.system, slot, value) == scalar


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        (INTEGER, OFFSET),
        (INTEGER, -OFFSET - 1),
        (INTEGER, True),
        (INTEGER, "1"),
        (INTEGER, Decimal(1)),
        (INTEGER, None),
        (MONEY, Decimal("0.001")),
        (MONEY, Decimal("NaN")),
        (MONEY, Decimal("Infinity")),
        (MONEY, Decimal("1E+30")),
        (MONEY, 1),
        (DATE, dt.datetime(2000, 1, 1, tzinfo=UTC)),
        (DATE, "2000-01-01"),
        (replace(DATE, minimum=10), dt.date(1, 1, 9)),
        (TIME, dt.datetime(2000, 1, 1)),  # noqa: DTZ001
        (TIME, dt.datetime(2000, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
        (TIME, dt.datetime(2000, 1, 1, microsecond=1, tzinfo=UTC)),
        (TIME, dt.date(2000, 1, 1)),
        (FLAG, 1),
        (CODE, 0),
        (CODE, 3),
        (IDENTIFIER, 0),
        (IDENTIFIER, 65_535),
        (TEXT, 5),
        (TEXT, None),
    ],
)
def test_values_without_a_scalar(slot, value):
    with pytest.raises(ZkError) as fault:
        slot_scalar(W.system, slot, value)
    assert fault.value.code == "predicates.value"
    assert not any(character.isdigit() for character in fault.value.detail)


def test_texts_are_equal_in_normal_form():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert slot_scalar(W.system, TEXT, composed) == slot_scalar(W.system, TEXT, decomposed)
    assert slot_scalar(W.system, TEXT, "cafe") != slot_scalar(W.system, TEXT, composed)


def test_a_text_and_a_quad_of_the_same_octets_differ():
    assert slot_scalar(W.system, TEXT, "a") != quad_scalar(W.system, b"a")


def test_an_optional_slot_may_be_absent():
    assert slot_scalar(W.system, replace(TEXT, optional=True), None) == W.ABSENT
    assert slot_scalar(W.system, replace(INTEGER, optional=True), None) == W.ABSENT


@given(st.integers(-OFFSET, OFFSET - 1), st.integers(-OFFSET, OFFSET - 1))
def test_order_is_kept(left, right):
    scalars = [slot_scalar(W.system, INTEGER, value) for value in (left, right)]
    assert (left < right) == (scalars[0] < scalars[1])


@pytest.mark.parametrize(
    "build",
    [
        lambda: replace(INTEGER, maximum=1 << 64),
        lambda: replace(INTEGER, minimum=-1),
        lambda: replace(INTEGER, minimum=5, maximum=4),
        lambda: replace(DATE, minimum=0),
        lambda: replace(TEXT, maximum=1),
        lambda: replace(INTEGER, parameter=b"\x01"),
        lambda: replace(MONEY, parameter=b""),
        lambda: replace(MONEY, parameter=b"\x13"),
        lambda: replace(CODE, parameter=b"\x01"),
        lambda: replace(IDENTIFIER, optional=True),
        lambda: replace(IDENTIFIER, maximum=(1 << 32) - 1),
        lambda: TypeMap((IDENTIFIER, IDENTIFIER)),
        lambda: TypeMap((INTEGER,) * 129),
    ],
    ids=map(str, range(13)),
)
def test_types_that_are_none(build):
    with pytest.raises(ZkError) as fault:
        build()
    assert fault.value.code == "predicates.types"


def test_every_property_of_a_slot_is_in_the_digest():
    digests = {TypeMap(slots).digest() for slots in ((), (INTEGER,), (INTEGER, DATE), (DATE, INTEGER))}
    for changed in (
        {"pointer": "/j"},
        {"minimum": 1},
        {"maximum": 5},
        {"optional": True},
    ):
        digests.add(TypeMap((replace(INTEGER, **changed),)).digest())
    digests |= {TypeMap((replace(MONEY, parameter=bytes([scale])),)).digest() for scale in (1, 2)}
    digests.add(TypeMap((replace(CODE, parameter=code_list_digest(["b", "a"])),)).digest())
    digests.add(TypeMap((CODE,)).digest())
    assert len(digests) == 12


HEADER = W.alice.public.header


@pytest.mark.parametrize(
    "changed",
    [
        {"proof": b""},
        {"mandatory": b"\x00" * 31},
        {"schema": b"\x00" * 33},
        {"types": b""},
        {"digit_key": b"\x00"},
        {"typed": 11},
        {"typed": -1},
        {"slots": 129},
        {"typed": 0, "slots": 0},
        {"nyms": 0},
        {"nyms": 17},
    ],
)
def test_headers_that_are_none(changed):
    with pytest.raises(ZkError) as fault:
        replace(HEADER, **changed)
    assert fault.value.code == "predicates.header"


@pytest.mark.parametrize(("list_id", "width"), [(b"", 16), (b"\x05" * 32, 12), (b"\x05" * 32, 40)])
def test_scopes_that_are_none(list_id, width):
    with pytest.raises(ZkError) as fault:
        RevocationScope(list_id, width)
    assert fault.value.code == "predicates.header"


def test_everything_in_a_header_is_in_its_octets():
    octets = {HEADER.encode()}
    for changed in (
        {"proof": b"\x09" * 32},
        {"mandatory": b"\x09" * 32},
        {"schema": b"\x09" * 32},
        {"types": b"\x09" * 32},
        {"typed": 6},
        {"slots": 11},
        {"nyms": 2},
        {"revocation": None},
        {"revocation": RevocationScope(b"\x05" * 32, 24)},
        {"digit_key": b""},
    ):
        octets.add(replace(HEADER, **changed).encode())
    assert len(octets) == 11
    assert isinstance(HEADER, Header)
    assert HEADER.typed == len(TYPES.slots)
    assert (HEADER.blind_slot, HEADER.holder_slot, HEADER.first_nym_slot, HEADER.wires) == (10, 11, 12, 13)


def test_a16_a_proof_under_another_type_map(monkeypatch):
    """Where the domain leaves the header out, a credential is read as one of another schema."""
    other = TypeMap((replace(TYPES.slots[0], pointer="/deathDate"), *TYPES.slots[1:]))
    claim = W.range(slot_form(0, 0), 1, None)

    def proof_of(party):
        header = replace(party.public.header, types=other.digest())
        held = W.resummed(replace(party.held, header=header))
        read = Party(held, replace(party.public, header=header, types=other))
        statement = W.statement([read], claim)
        return statement, W.prove(statement, [read])

    statement, proof = proof_of(W.alice)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    assert fault.value.code == "predicates.pairing"

    def headless(suite, key, generators, _header, *, api_id):
        return calculate_domain(suite, key, generators, b"", api_id=api_id)

    monkeypatch.setattr("zk.predicates.header.calculate_domain", headless)
    monkeypatch.setattr("zk.bbs_core.calculate_domain", headless)
    W.verify(*proof_of(W.issue()))
