"""The strict CBOR decoder beside cbor2: what it reads is the same, what it refuses has a code of ours."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.cose import cbor
from credentials.errors import CredentialError

INTEGERS = st.integers(-(2**64), 2**64 - 1)
SCALARS = (
    INTEGERS
    | st.text(max_size=40)
    | st.binary(max_size=300)
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-100, 100) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


def decode(data, **options):
    return cbor.decode(data, max_bytes=1 << 16, **options)


def code(data, **options):
    with pytest.raises(CredentialError) as caught:
        decode(data, **options)
    return caught.value.code


@given(VALUES)
def test_what_cbor2_writes_is_read(value):
    assert decode(cbor2.dumps(value)) == (None, value)


@given(VALUES, st.integers(0, 2**20), st.binary(min_size=1, max_size=3))
def test_what_is_damaged_is_refused_or_is_another_value(value, where, damage):
    data = cbor2.dumps(value)
    at = where % len(data)
    broken = data[:at] + damage + data[at + len(damage) :]
    try:
        _, found = decode(broken)
    except CredentialError as error:
        assert error.code.startswith("cbor.")  # noqa: PT017 - most damage is refused, some is none
    else:
        assert cbor2.dumps(found) == broken


@given(st.binary(max_size=64))
def test_any_bytes_give_a_value_or_a_code(data):
    try:
        decode(data, tags={18})
    except CredentialError as error:
        assert error.code.startswith("cbor.")  # noqa: PT017 - both ways are good


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "cbor.truncated"),
        ("18", "cbor.truncated"),
        ("62c3", "cbor.truncated"),
        ("8201", "cbor.truncated"),
        ("a101", "cbor.truncated"),
        ("9affffffff", "cbor.truncated"),
        ("bbffffffffffffffff", "cbor.truncated"),
        ("5bffffffffffffffff00", "cbor.truncated"),
        ("d2", "cbor.tag"),
        ("c249ffffffffffffffffff", "cbor.tag"),
        ("81c482181901", "cbor.tag"),
        ("1c", "cbor.form"),
        ("5f4100ff", "cbor.form"),
        ("bf0001ff", "cbor.form"),
        ("1817", "cbor.form"),
        ("190017", "cbor.form"),
        ("1a0000ffff", "cbor.form"),
        ("1b00000000ffffffff", "cbor.form"),
        ("580161", "cbor.form"),
        ("0000", "cbor.form"),
        ("61ff", "cbor.form"),
        ("63eda080", "cbor.form"),
        ("a200000001", "cbor.duplicate-key"),
        ("a1a161610000", "cbor.value"),
        ("a1410000", "cbor.value"),
        ("a1f500", "cbor.value"),
        ("a1f600", "cbor.value"),
        ("f7", "cbor.value"),
        ("f97e00", "cbor.value"),
        ("fa3f800000", "cbor.value"),
        ("fb7ff8000000000000", "cbor.value"),
        ("fbfff0000000000000", "cbor.value"),
        ("e0", "cbor.value"),
    ],
)
def test_what_is_not_read(text, found):
    assert code(bytes.fromhex(text)) == found


def test_one_tag_is_read_where_it_is_expected():
    assert decode(b"\xd2\x01", tags={18}) == (18, 1)
    assert decode(b"\x01", tags={18}) == (None, 1)
    assert code(b"\xd2\xd2\x01", tags={18}) == "cbor.tag"
    assert code(b"\xd8\x12\x01", tags={18}) == "cbor.form"


def test_depth_and_size_are_bounded_before_anything_is_built():
    assert decode(b"\x81" * 15 + b"\x01")[1] is not None
    assert code(b"\x81" * 60000 + b"\x01") == "cbor.depth"
    assert code(bytes(65537)) == "cbor.too-large"
