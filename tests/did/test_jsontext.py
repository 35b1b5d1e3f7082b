"""The strict decoder: stock defects, limits, and one verdict on both paths."""

from __future__ import annotations

import json
import math

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from did import jsontext
from did.errors import DidError
from tests.did.outcomes import outcome

CAP = 1 << 20

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-jsontext.MAX_INTEGER, jsontext.MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def verdict(decode, data):
    try:
        return repr(decode(data))
    except DidError as error:
        return error.code


def strictly(data):
    return jsontext._parse_strictly(data, data.count(b"{") + data.count(b"["))


REFUSED = {
    "escaped-lone-high-surrogate": (b'"\\ud800"', "json.surrogate"),
    "escaped-lone-low-surrogate": (b'{"a":"x\\uDC00y"}', "json.surrogate"),
    "surrogates-in-wrong-order": (b'"\\udc00\\ud800"', "json.surrogate"),
    "surrogate-in-key": (b'{"\\ud83d":1}', "json.surrogate"),
    "raw-surrogate": (b'"\xed\xa0\x80"', "json.utf8"),
    "overlong-utf8": (b'"\xc0\xaf"', "json.utf8"),
    "nan": (b"NaN", "json.number"),
    "infinity": (b'{"a":Infinity}', "json.number"),
    "minus-infinity": (b"[-Infinity]", "json.number"),
    "overflowing-double": (b"1e999", "json.number"),
    "overflowing-negative": (b'{"a":-1e400}', "json.number"),
    "integer-4301-digits": (b"1" * 4301, "json.number"),
    "integer-beyond-2^53": (b"9007199254740992", "json.number"),
    "integer-below-minus-2^53": (b"-9007199254740992", "json.number"),
    "integer-64-bit": (b'{"a":18446744073709551615}', "json.number"),
    "duplicate-key": (b'{"a":1,"a":1}', "json.duplicate-key"),
    "duplicate-key-nested": (b'[{"x":{"a":1,"b":2,"a":3}}]', "json.duplicate-key"),
    "duplicate-key-escaped": (b'{"a":1,"\\u0061":2}', "json.duplicate-key"),
    "utf-16": ('{"a":1}'.encode("utf-16"), "json.utf8"),
    "utf-16-without-mark": ('{"a":1}'.encode("utf-16-le"), "json.syntax"),
    "utf-8-mark": (b'\xef\xbb\xbf{"a":1}', "json.utf8"),
    "deep-array": (b"[" * 65 + b"]" * 65, "json.depth"),
    "deep-object": (b'{"a":' * 65 + b"1" + b"}" * 65, "json.depth"),
    "deep-with-space": (b"[ " * 65 + b"]" * 65, "json.depth"),
    "deep-unclosed": (b"[" * 100_000, "json.depth"),
    "trailing-comma": (b"[1,]", "json.syntax"),
    "trailing-text": (b"{} {}", "json.syntax"),
    "comment": (b"[1/*c*/]", "json.syntax"),
    "single-quotes": (b"{'a':1}", "json.syntax"),
    "leading-zero": (b"[01]", "json.syntax"),
    "leading-plus": (b"[+1]", "json.syntax"),
    "bare-point": (b"[1.]", "json.syntax"),
    "control-character": (b'"a\nb"', "json.syntax"),
    "non-breaking-space": ("\u00a01".encode(), "json.syntax"),
    "arabic-digit": ("\u0661".encode(), "json.syntax"),
    "empty": (b"", "json.syntax"),
    "bad-escape": (b'"\\x41"', "json.syntax"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    data, code = REFUSED[name]
    with pytest.raises(DidError) as caught:
        jsontext.parse(data, max_bytes=CAP)
    assert caught.value.code == code


@pytest.mark.parametrize("name", REFUSED)
def test_the_strict_path_alone_refuses_the_same(name):
    data, code = REFUSED[name]
    assert verdict(strictly, data) == code


def test_accepts_the_limits():
    assert jsontext.parse(b"9007199254740991", max_bytes=CAP) == 2**53 - 1
    assert jsontext.parse(b" -9007199254740991 ", max_bytes=CAP) == -(2**53) + 1
    for text in (b"[" * 64 + b"]" * 64, b"[ " * 64 + b"]" * 64):
        jsontext.parse(text, max_bytes=CAP)
    many = b"[" + b",".join([b"{}"] * 500) + b"]"
    assert len(jsontext.parse(many, max_bytes=CAP)) == 500
    brackets_in_text = json.dumps({"a": "[" * 100 + '"{\\' * 50}).encode()
    assert jsontext.parse(brackets_in_text, max_bytes=CAP) == json.loads(brackets_in_text)
    assert jsontext.parse(b'"\\ud83d\\ude00"', max_bytes=CAP) == "\U0001f600"


def test_caps_the_size_before_reading():
    assert jsontext.parse(b"[1]", max_bytes=3) == [1]
    with pytest.raises(DidError) as caught:
        jsontext.parse(b"[12]", max_bytes=3)
    assert caught.value.code == "json.too-large"


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"a"', b"true"])
def test_parse_object_wants_an_object(data):
    with pytest.raises(DidError) as caught:
        jsontext.parse_object(data, max_bytes=CAP)
    assert caught.value.code == "json.not-object"


@given(VALUES, st.booleans())
def test_gives_back_what_was_written(value, compact):
    data = json.dumps(value, separators=(",", ":") if compact else None, ensure_ascii=not compact).encode()
    parsed = jsontext.parse(data, max_bytes=CAP)
    assert parsed == value
    assert repr(parsed) == repr(value)


@given(
    VALUES.map(orjson.dumps)
    | st.text(st.sampled_from('{}[]",:\\ud8019eE.-+ntrf \x00'), max_size=30).map(str.encode)
)
@example(b"-0")
@example(b"-0.0")
@example(b"1e-999")
@example(b"1E400")
@example(b'{"":1,"":2}')
@example(b"[" * 65 + b"]" * 65)
def test_both_paths_have_one_verdict(data):
    assert verdict(lambda raw: jsontext.parse(raw, max_bytes=CAP), data) == verdict(strictly, data)


@given(st.binary(max_size=60))
def test_random_bytes_give_only_our_errors(data):
    value, code = outcome(jsontext.parse, data, max_bytes=CAP)
    assert code is None or code.startswith("json.")
    assert not isinstance(value, float) or math.isfinite(value)
