from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.rdf.canonical import Limits
from credentials.rdf.values import check_document

LIMITS = Limits(max_listed=1000)


def code_of(document, **flags):
    try:
        check_document(document, LIMITS, **flags)
    except CredentialError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "rdf.number"), (1e300, "rdf.number"), (float("nan"), "rdf.number"),
        (float("inf"), "rdf.number"),
        (2**53, "rdf.number"), (-(2**53), "rdf.number"), (2**53 - 1, None), (7.0, None),
        (True, None), (None, None),
        ("\x00", "rdf.text"), ("\x0b", "rdf.text"), ("\x7f", "rdf.text"), ("\ud800", "rdf.text"),
        ("\ufffe", "rdf.text"), ("\uffff", "rdf.text"),
        ("tab\tline\nreturn\r", None), ("\u2028\x85\U0001f600", None),
        (b"bytes", "rdf.document"), ({1: 2}, "rdf.document"), ((1,), "rdf.document"),
        ({"\x01": 1}, "rdf.text"),
    ],
)  # fmt: skip
def test_values(value, code):
    assert code_of({"a": [value]}) == code


def test_doubles_are_let_by_only_on_request():
    assert code_of({"a": 1.5}, unsafe_doubles=True) is None
    assert code_of({"a": float("nan")}, unsafe_doubles=True) == "rdf.number"


@pytest.mark.parametrize("document", [[], "x", None, 1])
def test_a_document_is_an_object(document):
    assert code_of(document) == "rdf.document"


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


def test_depth():
    assert code_of(nested(LIMITS.max_depth)) is None
    assert code_of(nested(LIMITS.max_depth + 1)) == "rdf.depth"


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_only_our_errors(value):
    code = code_of({"a": value})
    assert code is None or code.startswith("rdf.")


@pytest.mark.parametrize("spread", [[500] * 2, [250] * 4, [1000]])
def test_values_in_lists_are_counted_wherever_they_stand(spread):
    """Values of one property may come from several lists, and all are compared with all."""

    def lists(*, more):
        inner = [["x"] * (size - 1) for size in spread[1:]]  # each list is a value of its parent too
        return {"a": {"b": ["x"] * (spread[0] - len(inner)) + inner, "c": ["x"] * (len(inner) + more)}}

    assert code_of(lists(more=0)) is None
    assert code_of(lists(more=1)) == "rdf.work-limit"
