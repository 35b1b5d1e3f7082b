from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials import pointers
from credentials.errors import CredentialError
from tests.support import vectors

DOCUMENT = {
    "@context": ["https://example.com/context"],
    "id": "https://example.com/1",
    "type": ["A", "B"],
    "issuer": {"id": "did:x:y", "name": "Issuer", "type": "Organisation"},
    "subject": {
        "id": "_:b0",
        "list": [{"n": 0}, {"n": 1, "m": [1, 2, 3]}, {"n": 2}],
        "a/b": 1,
        "m~n": 2,
        "": 3,
        "nothing": None,
    },
}


def code_of(call, *arguments):
    with pytest.raises(CredentialError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT), ("/id", "https://example.com/1"), ("/subject/list/1/m/2", 3), ("/subject/a~1b", 1),
        ("/subject/m~0n", 2), ("/subject/", 3), ("/subject/nothing", None),
    ],
)  # fmt: skip
def test_find(pointer, value):
    assert pointers.find(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["issuer", "/a~2", "/a~", "#/a", None, 5, "/" + "a" * 3000])
def test_malformed_pointers(pointer):
    assert code_of(pointers.find, DOCUMENT, pointer) == "pointer.malformed"
    assert code_of(pointers.select, DOCUMENT, [pointer]) == "pointer.malformed"


@pytest.mark.parametrize(
    "pointer",
    ["/none", "/subject/list/3", "/subject/list/-", "/subject/list/01", "/subject/list/-1", "/subject/list/x",
     "/subject/list/1/n/0", "/id/0", "/subject/nothing/x", "/subject/list/99999999999999999999"],
)  # fmt: skip
def test_pointers_that_lead_nowhere(pointer):
    assert code_of(pointers.find, DOCUMENT, pointer) == "pointer.nothing"
    assert code_of(pointers.select, DOCUMENT, ["/id", pointer]) == "pointer.nothing"
    assert code_of(pointers.select, DOCUMENT, ["", pointer]) == "pointer.nothing"


def test_pointers_into_a_context():
    assert code_of(pointers.select, DOCUMENT, ["/@context/0"]) == "pointer.context"
    assert code_of(pointers.select, DOCUMENT, ["/subject/@context"]) == "pointer.context"


def test_the_number_of_pointers_is_limited():
    assert code_of(pointers.select, DOCUMENT, ["/id"] * (pointers.MAX_POINTERS + 1)) == "pointer.limit"


FRAME = {name: DOCUMENT[name] for name in ("@context", "id", "type")}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([], {}),
        ([""], DOCUMENT),
        (["/id"], FRAME),
        (["/type/0"], FRAME),
        (["/issuer/name"], {**FRAME, "issuer": DOCUMENT["issuer"]}),
        (["/subject/list/1/n"], {**FRAME, "subject": {"list": [{"n": 1}]}}),
        (["/subject/list/2/n", "/subject/list/0/n"], {**FRAME, "subject": {"list": [{"n": 0}, {"n": 2}]}}),
        (["/subject/list/1/m/2", "/subject/list/1/m/0"], {**FRAME, "subject": {"list": [{"m": [1, 3]}]}}),
        (["/subject/list/1/n", "/subject/list"], {**FRAME, "subject": {"list": DOCUMENT["subject"]["list"]}}),
        (["/subject/list", "/subject/list/1/n"], {**FRAME, "subject": {"list": DOCUMENT["subject"]["list"]}}),
    ],
)  # fmt: skip
def test_select(chosen, expected):
    before = copy.deepcopy(DOCUMENT)
    assert pointers.select(DOCUMENT, chosen) == expected
    assert before == DOCUMENT


def test_a_nested_context_is_kept():
    document = {"subject": {"@context": {"x": "https://e.example/x"}, "x": 1, "y": 2}}
    assert pointers.select(document, ["/subject/x"]) == {
        "subject": {"@context": {"x": "https://e.example/x"}, "x": 1}
    }


def test_a_selection_shares_nothing_with_the_document():
    document = copy.deepcopy(DOCUMENT)
    selection = pointers.select(document, ["/subject/list"])
    selection["subject"]["list"][0]["n"] = "changed"
    selection["@context"].append("changed")
    assert document == DOCUMENT


def test_the_windsurf_vector():
    chosen = vectors.load("di-bbs", "windMandatory.json") + vectors.load("di-bbs", "windSelective.json")
    assert pointers.select(vectors.load("di-bbs", "windDoc.json"), chosen) == vectors.load(
        "di-bbs", "derivedUnsignedReveal.json"
    )


def test_the_values_of_the_windsurf_vector():
    subject = vectors.load("di-bbs", "windDoc.json")["credentialSubject"]
    for entry in vectors.load("di-bbs", "addPointerValues.json"):
        assert pointers.find(subject, entry["pointer"]) == entry["value"]


@given(st.lists(st.text(max_size=20), max_size=5))
def test_written_pointers_are_read_back(path):
    assert pointers.parse(pointers.write(path)) == tuple(path)


@given(st.text())
def test_any_text_gives_a_path_or_our_error(text):
    try:
        assert pointers.write(pointers.parse(text)) == text
    except CredentialError as error:
        assert error.code == "pointer.malformed"  # noqa: PT017  # either outcome is right
