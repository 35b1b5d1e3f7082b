from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import SchemasError, admission, json_schemas, typed_claims
from schemas.typed_claims import TypedClaim, read_date, read_decimal, read_timestamp
from tests.schemas.claims import credential_schema

AT = "/credentialSubject"


def claims(properties, required=(), **more):
    subject = {"type": "object", "properties": properties, "required": list(required)} | more
    return typed_claims.typed_claims(credential_schema(subject))


def claim(schema, **more):
    """The one claim that a schema gives, or None."""
    found = claims({"a": schema}, ["a"], **more)
    assert len(found) <= 1
    return found[0] if found else None


def kind(schema):
    found = claim(schema)
    return found and (found.kind, found.minimum, found.maximum)


def refusal(properties):
    with pytest.raises(SchemasError) as caught:
        claims(properties)
    return caught.value


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, ("integer", None, None)),
        ({"type": "integer", "minimum": -3, "maximum": 7}, ("integer", -3, 7)),
        ({"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": 7}, ("integer", -2, 6)),
        ({"type": "integer", "minimum": 0.5, "maximum": 6.5}, ("integer", 1, 6)),
        ({"type": "integer", "exclusiveMinimum": 0.5, "exclusiveMaximum": 6.5}, ("integer", 1, 6)),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": 4, "maximum": 9}, ("integer", 5, 9)),
        ({"type": "integer", "maximum": 5, "allOf": [{"maximum": 4}, {"minimum": 1}]}, ("integer", 1, 4)),
        ({"type": "number", "allOf": [{"type": "integer"}]}, ("integer", None, None)),
        ({"enum": [7, 3, 5]}, ("integer", 3, 7)),
        ({"enum": [7, 3, 5], "maximum": 6}, ("integer", 3, 6)),
        ({"const": 4}, ("integer", 4, 4)),
        ({"type": "boolean"}, ("boolean", None, None)),
        ({"const": True}, ("boolean", None, None)),
        ({"enum": [True, False]}, ("boolean", None, None)),
        ({"type": "string"}, ("text", None, None)),
        ({"type": "string", "format": "uri"}, ("text", None, None)),
        ({"type": "string", "format": "date"}, ("date", None, None)),
        (
            {"type": "string", "format": "date", "avow:minimum": "1900-01-01", "avow:maximum": "2100-01-01"},
            ("date", dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
        ),
        ({"type": "string", "format": "date-time"}, ("timestamp", None, None)),
        (
            {"type": "string", "format": "date-time", "avow:minimum": "2000-01-01T01:00:00+01:00"},
            ("timestamp", dt.datetime(2000, 1, 1, tzinfo=dt.UTC), None),
        ),
        ({"type": "string", "format": "date", "allOf": [{"format": "date-time"}]}, ("text", None, None)),
        ({"type": "string", "avow:decimal": 2}, ("decimal", None, None)),
        (
            {"type": "string", "avow:decimal": 2, "avow:minimum": "-0.5", "avow:maximum": "99.99"},
            ("decimal", Decimal("-0.5"), Decimal("99.99")),
        ),
        ({"type": "number"}, None),
        ({"type": ["string", "null"]}, None),
        ({"type": ["string", "integer"]}, None),
        ({"type": "array", "items": {"type": "integer"}}, None),
        ({"format": "date"}, None),
        ({}, None),
        (True, None),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, None),
        ({"oneOf": [{"type": "integer"}]}, None),
        ({"if": {"type": "integer"}, "then": {"type": "integer"}}, None),
        ({"enum": ["a", 1]}, None),
        ({"enum": [1.5]}, None),
        ({"type": "object"}, None),
    ],
)
def test_the_schema_says_the_kind(schema, expected):
    assert kind(schema) == expected


@pytest.mark.parametrize(
    ("schema", "codes"),
    [
        ({"enum": ["b", "a", "c"]}, ("b", "a", "c")),
        ({"type": "string", "enum": ["b", "a"]}, ("b", "a")),
        ({"type": "string", "enum": ["b", None, "a", 1]}, ("b", "a")),
        ({"const": "x"}, ("x",)),
        ({"enum": ["b", "a", "c"], "allOf": [{"enum": ["c", "b"]}]}, ("b", "c")),
        ({"enum": ["b", "a"], "const": "a"}, ("a",)),
        ({"type": "string", "format": "date", "enum": ["2000-01-01"]}, ("2000-01-01",)),
    ],
)
def test_texts_that_are_listed_are_an_enumeration_in_that_order(schema, codes):
    assert claim(schema) == TypedClaim(f"{AT}/a", "enumeration", codes=codes)


def test_true_is_not_the_number_one():
    assert kind({"enum": [1, 2], "allOf": [{"enum": [True, 2]}]}) == ("integer", 2, 2)
    assert refusal({"a": {"const": 1, "enum": [True]}}).code == "schema.typed-claims"


def test_claims_ascend_by_pointer_and_pointers_are_escaped():
    found = claims(
        {
            "z": {"type": "string"},
            "a/b": {"type": "string"},
            "m~n": {"type": "string"},
            "B": {"type": "string"},
        }
    )
    assert [c.pointer for c in found] == [f"{AT}/B", f"{AT}/a~1b", f"{AT}/m~0n", f"{AT}/z"]


def test_the_order_of_the_schema_does_not_matter():
    one = {"b": {"type": "integer"}, "a": {"type": "string"}}
    assert claims(one) == claims(dict(reversed(one.items())))


def test_objects_give_nested_claims_which_may_be_absent_with_them():
    address = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
        "required": ["city"],
    }
    for required, optional in ((["address"], False), ([], True)):
        found = claims({"address": address}, required)
        assert [(c.pointer, c.optional) for c in found] == [
            (f"{AT}/address/city", optional),
            (f"{AT}/address/zip", True),
        ]


def test_an_object_need_not_be_called_one():
    assert claims({"a": {"properties": {"b": {"type": "integer"}}}})[0].pointer == f"{AT}/a/b"
    assert claims({"a": {"type": ["object", "string"], "properties": {"b": {"type": "integer"}}}}) == ()


def test_names_of_nodes_are_no_claims():
    text = {"type": "string"}
    nested = {"type": "object", "properties": {"id": text, "name": text}}
    found = claims({"id": text, "type": text, "@context": text, "a": nested})
    assert [c.pointer for c in found] == [f"{AT}/a/name"]


def test_only_claims_of_the_subject_count():
    schema = credential_schema({"type": "object", "properties": {"a": {"type": "string"}}})
    schema["properties"]["validUntil"] = {"type": "string", "format": "date-time"}
    assert [c.pointer for c in typed_claims.typed_claims(schema)] == [f"{AT}/a"]
    assert typed_claims.typed_claims({"type": "object"}) == ()
    assert typed_claims.typed_claims({"properties": {"credentialSubject": {"type": "string"}}}) == ()
    several = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
    assert typed_claims.typed_claims({"properties": {"credentialSubject": several}}) == ()


def test_references_and_all_of_are_read_and_conditions_are_not():
    schema = {
        "properties": {"credentialSubject": {"$ref": "#/$defs/person"}},
        "$defs": {
            "person": {
                "allOf": [{"properties": {"a": {"$ref": "#/$defs/age"}}}, {"required": ["a"]}],
                "anyOf": [{"properties": {"b": {"type": "integer"}}}],
                "then": {"properties": {"c": {"type": "integer"}}},
            },
            "age": {"type": "integer", "maximum": 150, "allOf": [{"minimum": 0}]},
        },
    }
    assert typed_claims.typed_claims(schema) == (TypedClaim(f"{AT}/a", "integer", 0, 150),)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 4}, "minimum above its maximum"),
        ({"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 5}, "minimum above its maximum"),
        ({"enum": [1, 2], "minimum": 3}, "minimum above its maximum"),
        ({"type": "string", "enum": [1]}, "no value"),
        ({"enum": ["a"], "const": "b"}, "no value"),
        ({"type": "integer", "avow:decimal": 2}, '"type": "string"'),
        ({"avow:decimal": 2}, '"type": "string"'),
        ({"type": "string", "enum": ["1"], "avow:decimal": 2}, "no enum"),
        ({"type": "string", "avow:decimal": 19}, "0 to 18"),
        ({"type": "string", "avow:decimal": -1}, "0 to 18"),
        ({"type": "string", "avow:decimal": True}, "0 to 18"),
        ({"type": "string", "avow:decimal": "2"}, "0 to 18"),
        ({"type": "string", "avow:decimal": 2, "allOf": [{"avow:decimal": 3}]}, "one number"),
        ({"type": "string", "avow:decimal": 2, "avow:minimum": "0.001"}, "avow:minimum"),
        ({"type": "string", "avow:decimal": 2, "avow:maximum": 5}, "avow:maximum"),
        ({"type": "string", "avow:decimal": 2, "avow:minimum": "2", "avow:maximum": "1"}, "minimum above"),
        ({"type": "string", "format": "date", "avow:maximum": "2001-02-29"}, "avow:maximum"),
        ({"type": "string", "format": "date-time", "avow:maximum": "2001-02-28"}, "avow:maximum"),
    ],
)
def test_what_can_have_no_value_is_refused(schema, words):
    error = refusal({"a": schema})
    assert error.code == "schema.typed-claims"
    assert words in error.detail
    assert f"{AT}/a" in error.detail


def test_there_are_at_most_64():
    many = {f"c{n}": {"type": "boolean"} for n in range(64)}
    assert len(claims(many)) == 64
    assert "65 typed claims" in refusal(many | {"more": {"type": "boolean"}}).detail


def test_there_are_at_most_65535_codes(monkeypatch):
    monkeypatch.setattr(typed_claims, "MAX_CODES", 3)
    assert claim({"enum": ["a", "b", "c"]}).codes == ("a", "b", "c")
    assert "4 codes" in refusal({"a": {"enum": ["a", "b", "c", "d"]}}).detail


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"properties": {"credentialSubject": {"$ref": "https://a.example/"}}}, "schema.reference"),
        ({"properties": {"credentialSubject": {"$ref": "#"}}}, "schema.recursive"),
        ({"properties": {"credentialSubject": {"properties": {"a": {"type": 7}}}}}, "schema.malformed"),
        ({"properties": {"credentialSubject": {"properties": []}}}, "schema.malformed"),
    ],
)
def test_what_could_not_be_published_is_refused(schema, code):
    with pytest.raises(SchemasError) as caught:
        typed_claims.typed_claims(schema)
    assert caught.value.code == code


def test_our_keywords_pass_admission():
    subject = {
        "type": "object",
        "properties": {
            "rent": {"type": "string", "avow:decimal": 2, "avow:minimum": "0.00", "avow:maximum": "9999.99"},
            "birthDate": {"type": "string", "format": "date", "avow:minimum": "1900-01-01"},
        },
    }
    schema = credential_schema(subject)
    size = len(json.dumps(schema))
    admission.admit(schema, size=size, expected_id="https://issuer.example/schemas/thing/v1")
    assert [c.kind for c in typed_claims.typed_claims(schema)] == ["date", "decimal"]


def test_every_bundled_schema_has_typed_claims():
    for schema_id in json_schemas.known():
        found = typed_claims.typed_claims(json_schemas.load(schema_id))
        assert found
        assert [c.pointer for c in found] == sorted(c.pointer for c in found)


@pytest.mark.parametrize(
    "text", ["2001-02-29", "20010203", "2001-2-3", "2001-02-03Z", "0000-01-01", "٢٠٠١-02-03", ""]
)
def test_what_is_no_date(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2001-02-29T00:00:00Z",
        "2001-02-03T00:00:00",
        "2001-02-03T24:00:00Z",
        "2001-02-03T00:00:60Z",
        "2001-02-03T00:00:00.5Z",
        "2001-02-03 00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2001-02-03T00:00:00+25:00",
    ],
)
def test_what_is_no_timestamp(text):
    assert read_timestamp(text) is None


def test_timestamps_are_read_as_utc():
    expected = dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    for text in ("2001-02-03T04:05:06Z", "2001-02-03t04:05:06.000z", "2001-02-03T06:05:06+02:00"):
        assert read_timestamp(text) == expected


@pytest.mark.parametrize(
    "text", ["1.234", "01", "1.", ".5", "+1", "1e3", "--1", "", "NaN", "12345678901234567890", "1,5"]
)
def test_what_is_no_decimal(text):
    assert read_decimal(text, 2) is None


def test_decimals_are_exact():
    assert read_decimal("-12.50", 2) == Decimal("-12.50")
    assert read_decimal("9223372036854775807", 0) == Decimal(2**63 - 1)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["object", "string", "date", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("type", "properties", "required", "enum", "const", "format", "allOf", "a", "b"),
                    *("avow:decimal", "avow:minimum", "minimum", "exclusiveMaximum", "credentialSubject"),
                    "$ref",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_whatever_a_schema_is_only_our_errors_leave(subject):
    try:
        found = typed_claims.typed_claims({"properties": {"credentialSubject": subject}})
    except SchemasError:
        return
    assert len(found) <= typed_claims.MAX_CLAIMS
