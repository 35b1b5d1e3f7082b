"""Tables as templates: places, types by the schema, and what is said of a file that does not fit."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.csv_rows import kind_of, path_of, read_table, value_of
from api.client.failures import LocalError
from api.places import place_of
from schemas import json_schemas

SCHEMA = json_schemas.load("https://avow.example/schemas/university-degree/v1")


def read(text, *, renamed=None, key=None, schema=None):
    content = text if isinstance(text, bytes) else text.encode()
    return read_table(content, renamed=renamed or {}, key_column=key, schema=schema)


def test_headers_are_places_and_types_come_from_the_schema():
    table = read(
        "givenName,degree.credits,degree.withHonours,degree.awardedOn,/validUntil\n"
        "Ines,120,TRUE,2018-07-06,2030-01-01T00:00:00Z\n",
        schema=SCHEMA,
    )
    assert table.rows[0].credential == {
        "credentialSubject": {
            "givenName": "Ines",
            "degree": {"credits": 120, "withHonours": True, "awardedOn": "2018-07-06"},
        },
        "validUntil": "2030-01-01T00:00:00Z",
    }


def test_without_a_schema_everything_is_text():
    table = read("a,b\n1,true\n")
    assert table.rows[0].credential == {"credentialSubject": {"a": "1", "b": "true"}}


def test_empty_cells_and_lines_leave_nothing_and_numbered_places_make_lists():
    table = read("a,names.0,names.1,names.2\n,x,,y\n\n,,,\nz,,,\n")
    assert [row.credential["credentialSubject"] for row in table.rows] == [{"names": ["x", "y"]}, {"a": "z"}]
    assert [(row.number, row.line, row.key) for row in table.rows] == [(1, 2, "1"), (2, 5, "2")]


def test_a_byte_order_mark_and_lines_in_cells_are_fine():
    table = read(b'\xef\xbb\xbfa,b\r\n"one\r\ntwo",x\r\nlast,y\r\n')
    assert table.rows[0].credential["credentialSubject"]["a"] == "one\r\ntwo"
    assert table.rows[1].line == 4


def test_columns_get_another_place_a_key_or_none():
    table = read("Name,No,Note\nInes,7,hello\n", renamed={"Name": "givenName", "Note": ""}, key="No")
    assert table.rows[0].key == "7"
    assert table.rows[0].credential == {"credentialSubject": {"givenName": "Ines", "No": "7"}}
    assert table.column_of("/credentialSubject/givenName") == "Name"
    assert table.column_of("/credentialSubject/No/deeper") == "No"
    assert table.column_of("/credentialSubject/Note") == ""


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        (b"a\n\xff\n", {}, "csv.encoding"),
        ("", {}, "csv.header"),
        ("a,a\n1,2\n", {}, "csv.header"),
        ("a,a.b\n1,2\n", {}, "csv.header"),
        ("a,/credentialSubject/a\n1,2\n", {}, "csv.header"),
        ("a..b\n1\n", {}, "csv.header"),
        ("/0/x\n1\n", {}, "csv.header"),
        ("a\n1\n", {"renamed": {"b": "c"}}, "csv.header"),
        ("a\n1\n", {"key": "b"}, "csv.header"),
        ("a,b\n1\n", {}, "csv.row"),
        ('a\n"open\n', {}, "csv.row"),
        ("a,b\n1,x\n1,y\n", {"key": "a"}, "csv.key"),
        ("a,b\n,y\n", {"key": "a"}, "csv.key"),
        ("a,b\n", {}, "csv.empty"),
    ],
)
def test_what_does_not_fit_is_said(text, more, code):
    with pytest.raises(LocalError) as refused:
        read(text, **more)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("integer", "-12", -12),
        ("integer", "007", "007"),
        ("integer", "1.5", "1.5"),
        ("integer", "9" * 30, "9" * 30),
        ("number", "1.5", 1.5),
        ("number", "2", 2),
        ("number", "1e9", "1e9"),
        ("number", "NaN", "NaN"),
        ("boolean", "False", False),
        ("boolean", "yes", "yes"),
        ("string", "12", "12"),
    ],
)
def test_cells_are_read_as_what_the_schema_calls_them_or_stay_text(kind, cell, value):
    found = value_of(kind, cell)
    assert found == value
    assert type(found) is type(value)


def test_types_are_found_through_references_combinations_and_lists():
    schema = {
        "properties": {
            "credentialSubject": {
                "allOf": [
                    {"$ref": "#/$defs/a~1b"},
                    {"properties": {"n": {"type": ["null", "integer"]}, "l": {"items": {"type": "number"}}}},
                ]
            }
        },
        "$defs": {"a/b": {"properties": {"b": {"type": "boolean"}}}, "loop": {"$ref": "#/$defs/loop"}},
    }
    for name, kind in [("b", "boolean"), ("n", "integer"), ("l.3", "number"), ("x", "string")]:
        assert kind_of(schema, path_of(name)) == kind
    assert kind_of({"$ref": "#"}, ("a", "b")) == "string"


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_what_a_writer_writes_is_read_back(rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["a", "b.c"])
    writer.writerows(rows)
    kept = [(a.strip(), b.strip()) for a, b in rows]
    found = [row.credential["credentialSubject"] for row in read(text.getvalue()).rows] if kept else []
    assert found == [{**({"a": a} if a else {}), **({"b": {"c": b}} if b else {})} for a, b in kept]


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_our_error(content):
    code = "csv.none"
    try:
        read(content)
    except LocalError as error:
        code = error.code
    assert code.startswith("csv.")


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        ("/validFrom: must be a dateTimeStamp of XML Schema", "/validFrom"),
        ("the value at /a/b is not as expected; rule /$defs/x of https://a/b", "/a/b"),
        ("/credentialSubject lacks name; rule /required of https://a/b", "/credentialSubject/name"),
        ("the credential lacks credentialSubject; rule /required of https://a/b", "/credentialSubject"),
        ("the credential has members that nothing defines: ['x']; rule /a of https://a/b", ""),
        ("the template names another issuer than the profile's did:web:a/b", ""),
    ],
)
def test_the_place_of_an_error_is_read_from_its_words(detail, place):
    assert place_of(detail) == place
