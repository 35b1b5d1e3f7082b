"""Canonical JSON: the guarded fast path equals RFC 8785, and what would not parse back is refused."""

from __future__ import annotations

import math
import struct
from enum import StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from did import jcs, jsontext
from did.errors import DidError
from tests.did.test_jsontext import VALUES


def canonical_or_code(value):
    try:
        return jcs.canonicalize(value)
    except DidError as error:
        return error.code


@given(VALUES)
def test_equals_the_reference_and_parses_back(value):
    ours = canonical_or_code(value)
    if ours == "jcs.value":
        # Only integral doubles between 2^53 and 1e21 are refused although the reference writes them.
        with pytest.raises(DidError) as caught:
            jsontext.parse(rfc8785.dumps(value), max_bytes=1 << 20)
        assert caught.value.code == "json.number"
    else:
        assert ours == rfc8785.dumps(value)
        assert jsontext.parse(ours, max_bytes=1 << 20) == value


def test_sorts_keys_by_utf16_units():
    # Section 3.2.3: U+10000 and above are written with surrogates, which sort before U+FB33.
    value = {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "1": 4, "\r": 5}
    assert jcs.canonicalize(value) == '{"\\r":5,"1":4,"\u20ac":3,"\U0001f600":2,"\ufb33":1}'.encode()
    assert jcs.canonicalize({"a": value}) == b'{"a":' + jcs.canonicalize(value) + b"}"


# RFC 8785 appendix B: IEEE 754 bits and their text.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "41b3de4355555553": "333333333.3333332",
    "becbf647612f3696": "-0.0000033333333333333333",
}


@pytest.mark.parametrize("bits", NUMBERS)
def test_writes_numbers_as_ecmascript(bits):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs.canonicalize([number]).decode() == f"[{NUMBERS[bits]}]"


class Name(StrEnum):
    A = "a"


CYCLE: list = []
CYCLE.append(CYCLE)

REFUSED = {
    "double-beyond-2^53": 9007199254740992.0,
    "double-1e20": {"a": [-1e20]},
    "integer-beyond-2^53": 2**53,
    "huge-integer": 10**5000,
    "nan": math.nan,
    "infinity": [math.inf],
    "lone-surrogate": "\ud800",
    "lone-surrogate-key": {"\udfff": 1},
    "lone-surrogate-with-double": {"a": 1.5, "b": "\ud800"},
    "integer-key": {1: 2},
    "tuple": (1, 2),
    "bytes": b"a",
    "set": {1},
    "string-enum": [Name.A],
    "enum-key": {Name.A: 1.5},
    "cycle": CYCLE,
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    assert canonical_or_code(REFUSED[name]) == "jcs.value"


@given(st.text())
def test_any_text_is_written_or_refused(text):
    result = canonical_or_code({text: text})
    assert result == "jcs.value" or jsontext.parse(result, max_bytes=1 << 20) == {text: text}
