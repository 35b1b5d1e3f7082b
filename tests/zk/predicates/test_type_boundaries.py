"""Types, headers and counts at their limits: the last that is taken, and the first that is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.zk.predicates.world import BIRTH, DAY, make_world, pseudonym
from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.header import RevocationScope
from zk.predicates.predicate import digits_of
from zk.predicates.slots import Kind, SlotType, TypeMap, code_list_digest, slot_scalar
from zk.predicates.statement import bit_count, digit_count
from zk.predicates.wires import Form, slot_form

W = make_world()
HEADER = W.alice.public.header
LENGTHS = {Kind.DECIMAL: b"\x12", Kind.ENUMERATION: code_list_digest(["a"])}
LIMITS = {
    Kind.INTEGER: (0, (1 << 64) - 1),
    Kind.DECIMAL: (0, (1 << 64) - 1),
    Kind.DATE: (1, 3_652_059),
    Kind.TIMESTAMP: (0, 3_652_059 * 86_400 - 1),
    Kind.BOOLEAN: (0, 1),
    Kind.ENUMERATION: (1, 65_535),
    Kind.REVOCATION: (1, (1 << 32) - 2),
    Kind.TEXT: (0, 0),
}


def slot(kind, least, most, **more):
    return SlotType(kind, "/p", least, most, optional=False, parameter=LENGTHS.get(kind, b""), **more)


def refusal(build, *args, **kwargs):
    with pytest.raises(ZkError) as fault:
        build(*args, **kwargs)
    return fault.value.code


@pytest.mark.parametrize("kind", list(Kind))
def test_bounds_of_a_kind(kind):
    least, most = LIMITS[kind]
    full = slot(kind, least, most)
    assert slot(kind, most, most).minimum == slot(kind, least, most).maximum == most
    assert refusal(slot, kind, least - 1, most) == "predicates.types"
    assert refusal(slot, kind, least, most + 1) == "predicates.types"
    if kind is not Kind.TEXT:
        assert [full.admits(Scalar(n), absent=W.ABSENT) for n in (least - 1, least, most, most + 1)] == [
            *(False, True),
            *(True, False),
        ]
        assert not full.admits(W.ABSENT, absent=W.ABSENT)
        assert not full.admits(Scalar(most + 1), absent=W.ABSENT)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.REVOCATION])
def test_an_optional_slot_admits_the_absent_value_and_no_other_outside_its_bounds(kind):
    optional = replace(slot(kind, *LIMITS[kind]), optional=True)
    assert optional.admits(W.ABSENT, absent=W.ABSENT)
    assert optional.admits(Scalar(W.ABSENT - 1), absent=W.ABSENT) is (kind is Kind.TEXT)


def test_texts_admit_anything():
    assert slot(Kind.TEXT, 0, 0).admits(Scalar(5), absent=W.ABSENT)


@pytest.mark.parametrize(("kind", "parameter"), [(Kind.DECIMAL, b"\x00"), (Kind.DECIMAL, b"\x12")])
def test_scales(kind, parameter):
    assert SlotType(kind, "/p", 0, 1, optional=False, parameter=parameter).parameter == parameter


def test_a_type_map_of_128_slots_with_one_identifier():
    identifier = slot(Kind.REVOCATION, 1, 5)
    assert len(TypeMap((identifier, *[slot(Kind.INTEGER, 0, 1)] * 127)).slots) == 128


@pytest.mark.parametrize(
    "changed",
    [
        {"typed": 0, "slots": 1},
        {"typed": 1, "slots": 1},
        {"typed": 128, "slots": 128},
        {"nyms": 1},
        {"nyms": 16},
        {"digit_key": b""},
    ],
)
def test_headers_at_a_limit(changed):
    header = replace(HEADER, **changed)
    assert header.wires == header.slots + 2 + header.nyms


@pytest.mark.parametrize("width", [0, 7, 9, 12, 15, 17, 25, 31, 33, 40])
def test_widths_that_are_none(width):
    assert refusal(RevocationScope, b"\x05" * 32, width) == "predicates.header"


@pytest.mark.parametrize("width", [8, 16, 24, 32])
@pytest.mark.parametrize("length", [31, 33])
def test_widths(width, length):
    assert RevocationScope(b"\x05" * 32, width).width == width
    assert refusal(RevocationScope, b"\x05" * length, width) == "predicates.header"


def test_digits_of_predicates():
    birth = slot_form(0, BIRTH)
    one_sided, two_sided = W.range(birth, DAY, None, digits=5), W.range(birth, DAY, DAY, digits=5)
    found = [
        digits_of(predicate)
        for predicate in (
            one_sided,
            two_sided,
            W.not_revoked(width=8),
            W.not_revoked(width=24),
            W.committed(birth, DAY, None),
            W.present(BIRTH),
            pseudonym(),
        )
    ]
    assert found == [5, 10, 2, 6, 0, 0, 0]


@pytest.mark.parametrize(
    ("span", "digits", "bits"),
    [
        (0, 1, 8),
        (1, 1, 8),
        (255, 1, 8),
        (256, 2, 16),
        (65_535, 2, 16),
        (65_536, 3, 32),
        ((1 << 32) - 1, 4, 32),
        (1 << 32, 5, 64),
        ((1 << 64) - 1, 8, 64),
        (1 << 64, 9, 128),
    ],
)
def test_how_many_digits_and_bits_a_span_needs(span, digits, bits):
    birth, credentials = slot_form(0, BIRTH), [W.alice.public]
    for form, lo, hi in ((birth, 7, 7 + span), (birth, 3_652_059 - span, None), (birth, None, 1 + span)):
        assert digit_count(form, lo, hi, credentials) == digits
        assert bit_count(form, lo, hi, credentials) == bits


def test_a_span_that_no_value_meets_counts_as_nothing():
    form = Form((), 0)
    assert digit_count(form, 1 << 40, 0, []) == 1
    assert bit_count(form, 1 << 40, 0, []) == 8


VALUES = {
    Kind.INTEGER: 1,
    Kind.DECIMAL: Decimal(1),
    Kind.DATE: dt.date(1, 1, 5),
    Kind.TIMESTAMP: dt.datetime(1, 1, 1, 0, 0, 5, tzinfo=dt.UTC),
    Kind.BOOLEAN: True,
    Kind.TEXT: "1",
}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("of", list(VALUES))
def test_a_value_of_one_kind_has_no_scalar_in_a_slot_of_another(kind, of):
    typed, value = slot(kind, *LIMITS[kind]), VALUES[of]
    if kind is of or (of is Kind.INTEGER and kind in {Kind.ENUMERATION, Kind.REVOCATION}):
        slot_scalar(W.system, typed, value)
    else:
        assert refusal(slot_scalar, W.system, typed, value) == "predicates.value"
