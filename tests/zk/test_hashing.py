"""Expansion, hashing and the drawing of scalars."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc.bls import hash as pyecc_hash

from zk.curve import FIELD_MODULUS, GROUP_ORDER
from zk.errors import ZkError
from zk.hashing import (
    draw_scalars,
    expand_message_xmd,
    expand_message_xof,
    hash_to_field,
    hash_to_scalar,
    reduce_to_scalar,
)


def test_rfc_9380_expansions():
    # RFC 9380 appendix K.1 and K.6, length 0x20.
    xmd, xof = b"QUUX-V01-CS02-with-expander-SHA256-128", b"QUUX-V01-CS02-with-expander-SHAKE256"
    assert expand_message_xmd(b"", xmd, 32).hex() == (
        "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"
    )
    assert expand_message_xmd(b"abc", xmd, 32).hex() == (
        "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615"
    )
    assert expand_message_xof(b"", xof, 32).hex() == (
        "2ffc05c48ed32b95d72e807f6eab9f7530dd1c2f013914c8fed38c5ccc15ad76"
    )


@given(message=st.binary(max_size=200), dst=st.binary(min_size=1, max_size=255), length=st.integers(1, 8160))
def test_xmd_agrees_with_an_independent_one(message, dst, length):
    expected = pyecc_hash.expand_message_xmd(message, dst, length, hashlib.sha256)
    assert expand_message_xmd(message, dst, length) == expected


@pytest.mark.parametrize("expand", [expand_message_xmd, expand_message_xof])
@pytest.mark.parametrize(("dst", "length"), [(b"", 48), (b"x" * 256, 48), (b"x", 0), (b"x", 65536)])
def test_lengths_out_of_range_are_refused(expand, dst, length):
    with pytest.raises(ZkError) as refused:
        expand(b"message", dst, length)
    assert refused.value.code == "zk.length"


def test_xmd_expands_to_at_most_255_blocks():
    assert len(expand_message_xmd(b"", b"x", 8160)) == 8160
    with pytest.raises(ZkError) as refused:
        expand_message_xmd(b"", b"x", 8161)
    assert refused.value.code == "zk.length"


def test_the_tag_separates():
    assert hash_to_scalar(expand_message_xmd, b"m", b"A_") != hash_to_scalar(expand_message_xmd, b"m", b"B_")


def test_scalars_and_field_elements_are_reduced_from_wide_strings():
    wide = {48: b"\xff" * 48, 128: b"\xff" * 128}
    scalar = hash_to_scalar(lambda _message, _dst, length: wide[length], b"", b"x")
    assert scalar == (2**384 - 1) % GROUP_ORDER
    fields = hash_to_field(lambda _message, _dst, length: wide[length], b"", b"x")
    assert fields == ((2**512 - 1) % FIELD_MODULUS,) * 2


def test_scalars_are_drawn_48_octets_at_a_time_in_order():
    asked = []

    def random_bytes(length):
        asked.append(length)
        return len(asked).to_bytes(length, "big")

    assert list(draw_scalars(random_bytes, 3)) == [1, 2, 3]
    assert asked == [48, 48, 48]
    assert reduce_to_scalar(GROUP_ORDER.to_bytes(48, "big")) == 0


@pytest.mark.parametrize(
    "octets", [bytes(48), GROUP_ORDER.to_bytes(48, "big"), b"\x01" * 47, b"\x01" * 49, b""]
)
def test_a_broken_random_source_is_refused(octets):
    with pytest.raises(ZkError) as refused:
        list(draw_scalars(lambda _length: octets, 1))
    assert refused.value.code == "zk.randomness"
