"""The octets of small things, written out by hand: what is hashed must not depend on our own encoder alone."""

from __future__ import annotations

import pytest

from tests.zk.predicates.world import SLOTS, TYPES, make_world
from zk.errors import ZkError
from zk.predicates.predicate import NymContext
from zk.predicates.statement import presentation_header

W = make_world()


def framed(label, value):
    """A frame: length of the label, label, length of the value, value."""
    return bytes([len(label)]) + label + len(value).to_bytes(8, "big") + value


def test_presentation_header():
    found = presentation_header(
        purpose="login",
        audience="https://rp.example",
        nonce=b"nonce",
        expiry=258,
        response="https://rp.example/r",
        holder_key=b"thumbprint",
    )
    assert found == b"".join(
        (
            framed(b"purpose", b"login"),
            framed(b"audience", b"https://rp.example"),
            framed(b"nonce", b"nonce"),
            framed(b"expiry", (258).to_bytes(8, "big")),
            framed(b"response", b"https://rp.example/r"),
            framed(b"holder-key", b"thumbprint"),
        )
    )


def test_only_typed_slots_have_a_type():
    public = W.alice.public
    assert [public.slot_type(slot) for slot in range(len(TYPES.slots))] == list(TYPES.slots)
    assert [public.slot_type(slot) for slot in (-1, -2, len(TYPES.slots), SLOTS, SLOTS + 1)] == [None] * 5


@pytest.mark.parametrize("scope", ["", "scope"])
def test_a_kind_of_context_that_is_none(scope):
    with pytest.raises(ZkError) as fault:
        NymContext("other", "rp.example", scope)
    assert fault.value.code == "predicates.context"
