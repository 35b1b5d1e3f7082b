"""The octets of small things, written out by hand, so that our own encoder is not its only witness."""

from __future__ import annotations

import hashlib

import pytest

from tests.zk.predicates.world import SLOTS, TYPES, make_world
from zk.errors import ZkError
from zk.predicates.predicate import CommittedRange, NymContext, Range
from zk.predicates.slots import Kind, SlotType, TypeMap, code_list_digest, quad_scalar, slot_scalar
from zk.predicates.wires import slot_form

W = make_world()


def framed(label, value):
    """A frame: length of the label, label, length of the value, value."""
    return bytes([len(label)]) + label + len(value).to_bytes(8, "big") + value


def test_only_typed_slots_have_a_type():
    public = W.alice.public
    assert [public.slot_type(slot) for slot in range(len(TYPES.slots))] == list(TYPES.slots)
    assert [public.slot_type(slot) for slot in (-1, -2, len(TYPES.slots), SLOTS, SLOTS + 1)] == [None] * 5


@pytest.mark.parametrize("scope", ["", "scope"])
def test_a_kind_of_context_that_is_none(scope):
    with pytest.raises(ZkError) as fault:
        NymContext("other", "rp.example", scope)
    assert fault.value.code == "predicates.context"


@pytest.mark.parametrize(
    ("lo", "hi", "octets"),
    [
        (5, None, b"\x01" + (5).to_bytes(16, "big") + bytes(16)),
        (None, 7, b"\x02" + bytes(16) + (7).to_bytes(16, "big")),
        (-1, 7, b"\x03" + b"\xff" * 16 + (7).to_bytes(16, "big")),
        (0, 0, b"\x03" + bytes(32)),
    ],
)
def test_bounds(lo, hi, octets):
    form = slot_form(0, 3)
    counted = (1).to_bytes(8, "big") + bytes(8) + (3).to_bytes(8, "big") + bytes(31) + b"\x01" + bytes(32)
    assert form.encode() == counted
    key = b"k" * 96
    base, two = (256).to_bytes(8, "big"), (2).to_bytes(8, "big")
    assert Range(form, lo, hi, 2, key).encode() == framed(b"range", counted + octets + base + two + key)
    assert CommittedRange(form, lo, hi, 2).encode() == framed(b"range-bp", counted + octets + two)


def test_type_map():
    codes = hashlib.sha256(framed(b"code", b"AT") + framed(b"code", b"DE")).digest()
    assert code_list_digest(["AT", "DE"]) == codes
    types = TypeMap(
        (
            SlotType(Kind.DATE, "/birthDate", 3, 260, optional=True),
            SlotType(Kind.ENUMERATION, "/country", 1, 2, optional=False, parameter=codes),
        )
    )
    first = (
        bytes(8)
        + framed(b"kind", b"date")
        + framed(b"param", b"")
        + b"\x01"
        + (3).to_bytes(16, "big")
        + (260).to_bytes(16, "big")
        + framed(b"pointer", b"/birthDate")
    )
    second = (
        (1).to_bytes(8, "big")
        + framed(b"kind", b"enumeration")
        + framed(b"param", codes)
        + b"\x00"
        + (1).to_bytes(16, "big")
        + (2).to_bytes(16, "big")
        + framed(b"pointer", b"/country")
    )
    assert types.digest() == hashlib.sha256(framed(b"slot", first) + framed(b"slot", second)).digest()


def test_texts_and_quads():
    suite, dst = W.system.suite, W.system.api_id + b"MAP_TYPED_"
    typed = SlotType(Kind.TEXT, "/city", 0, 0, optional=False)
    line = b"_:c14n0 <a> <b> .\n"
    assert slot_scalar(W.system, typed, "Lyon") == suite.hash_to_scalar(
        framed(b"kind", b"text") + framed(b"value", b"Lyon"), dst
    )
    assert quad_scalar(W.system, line) == suite.hash_to_scalar(
        framed(b"kind", b"quad") + framed(b"value", line), dst
    )
