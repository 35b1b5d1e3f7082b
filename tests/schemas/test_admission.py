from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import SchemasError, admission, generated_context, json_schemas, type_metadata, walking
from schemas.digests import check_sri, digest_sri
from schemas.json_schemas import SchemaText
from tests.schemas.claims import credential_schema

SCHEMA_ID = "https://issuer.example/schemas/thing/v1"
GOOD = credential_schema({"type": "object", "properties": {"a": {"type": "string"}}})


def admit(schema, size=1):
    admission.admit(schema, size=size, expected_id=SCHEMA_ID)


def refusal(schema, size=1):
    with pytest.raises(SchemasError) as caught:
        admit(schema, size)
    return caught.value


def claim(schema, **more):
    return credential_schema({"type": "object", "properties": {"a": schema}}) | more


def test_a_plain_schema_is_admitted():
    admit(GOOD)
    admit(GOOD | {"$id": SCHEMA_ID, "$schema": admission.DIALECT})


@pytest.mark.parametrize(
    ("schema", "code", "words"),
    [
        (GOOD | {"$schema": "http://json-schema.org/draft-07/schema#"}, "schema.dialect", "2020-12"),
        (GOOD | {"$id": "https://other.example/x"}, "schema.id", SCHEMA_ID),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "schema.subject", "credentialSubject"),
        (claim({"type": "text"}), "schema.meta", "/properties/credentialSubject/properties/a/type"),
        (claim({"minLength": -1}), "schema.meta", "at least 0"),
        (claim({"required": "a"}), "schema.meta", "of type array"),
        (claim({"$ref": "https://example.com/x"}), "schema.reference", "JSON Pointer"),
        (claim({"$ref": "#/$defs/none"}), "schema.reference", "leads to nothing"),
        (claim({"$ref": "#name"}), "schema.reference", "JSON Pointer"),
        (claim({"$ref": "#/title"}, title="x"), "schema.reference", "does not lead to a schema"),
        (claim({"$dynamicRef": "#x"}), "schema.reference", "$dynamicRef"),
        (claim({"$anchor": "x"}), "schema.reference", "$anchor"),
        (claim({"$id": "other"}), "schema.reference", "$id"),
        (claim({"$ref": "#"}), "schema.recursive", "contains itself"),
        (claim({"pattern": "(?=a)b"}), "schema.pattern", "linear"),
        (claim({"pattern": r"(a)\1"}), "schema.pattern", "linear"),
        (claim({"pattern": "(a{1000}){1000}"}), "schema.pattern", "linear"),
        (claim({"pattern": "a" * 1001}), "schema.pattern", "1001 characters"),
        (claim({"patternProperties": {"(?!x)": True}}), "schema.pattern", "patternProperties"),
        (claim({"anyOf": [{"pattern": f"a{n}"} for n in range(65)]}), "schema.too-large", "64"),
        (GOOD | {"title": "x" * 201}, "schema.too-large", "title"),
    ],
)
def test_what_cannot_be_published_is_refused_where_it_stands(schema, code, words):
    refused = refusal(schema)
    assert (refused.code, words in refused.detail) == (code, True), refused.detail


def test_size_and_depth_are_bounded():
    assert refusal(GOOD, 65_537).code == "schema.too-large"
    deep = {"type": "string"}
    for _ in range(20):
        deep = {"type": "object", "properties": {"a": deep}}
    assert refusal(claim(deep)).code == "schema.too-large"


def test_a_schema_that_doubles_at_each_reference_costs_nothing():
    defs = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}
    bomb = claim({"$ref": "#/$defs/d0"}) | {"$defs": defs | {"d30": {"type": "string"}}}
    started = time.process_time()
    assert refusal(bomb).code == "schema.too-large"
    assert time.process_time() - started < 0.1


def test_a_schema_that_contains_itself_by_a_detour_is_refused():
    defs = {"x": {"items": {"$ref": "#/$defs/y"}}, "y": {"properties": {"z": {"$ref": "#/$defs/x"}}}}
    assert refusal(claim({"$ref": "#/$defs/x"}) | {"$defs": defs}).code == "schema.recursive"
    chain = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(2_000)} | {"d2000": True}
    assert refusal(claim({"$ref": "#/$defs/d0"}) | {"$defs": chain}).code == "schema.recursive"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["string", "object", "#", "#/$defs/a", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("a", "type", "properties", "items", "allOf", "anyOf", "if", "then", "$ref", "$defs"),
                    *("const", "enum", "required", "format", "pattern", "minItems", "prefixItems", "title"),
                    *("patternProperties", "dependentSchemas", "additionalProperties", "x-ordered", "name"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=400, deadline=None)
@given(JSON, JSON)
def test_whatever_is_sent_gives_our_errors_only(subject, defs):
    schema = credential_schema(subject) | {"$defs": defs}
    try:
        admit(schema)
        type_metadata.make(schema, vct="https://issuer.example/vct/thing/v1", name="thing")
        generated_context.make(schema, schema_id=SCHEMA_ID, type_name="ThingCredential")
    except SchemasError:
        return


def test_messages_name_place_and_rule_and_never_the_value():
    schema = claim({"type": "string", "maxLength": 3})
    text = SchemaText.of(SCHEMA_ID, json.dumps(schema).encode(), schema)
    with pytest.raises(SchemasError) as caught:
        json_schemas.check(text, {"credentialSubject": {"a": "canary"}})
    assert caught.value.code == "schema.violation"
    assert "/credentialSubject/a" in caught.value.detail
    assert "/properties/a/maxLength" in caught.value.detail
    assert "canary" not in caught.value.detail


def test_a_validator_is_compiled_once_for_each_digest(monkeypatch):
    compiled = []
    original = json_schemas.compile_schema
    monkeypatch.setattr(json_schemas, "compile_schema", lambda s: compiled.append(1) or original(s))
    for content in (b"one", b"one", b"two"):
        json_schemas.check(SchemaText.of("urn:test:cache", content, GOOD), {"credentialSubject": {}})
    assert len(compiled) == 2


def test_a_schema_from_elsewhere_is_measured_before_it_is_compiled():
    schema = claim({"$ref": "#"})
    with pytest.raises(SchemasError) as caught:
        json_schemas.check(SchemaText.of(SCHEMA_ID, b"recursive", schema), {})
    assert caught.value.code == "schema.recursive"


def test_type_metadata_names_paths_labels_and_what_must_be_there():
    stop = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
    subject = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uri"},
            "route": {"type": "array", "items": stop, "minItems": 1, "title": "Stops"},
            "home": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
        "required": ["route"],
    }
    schema = credential_schema(subject) | {"title": "Reise", "x-locale": "de"}
    made = type_metadata.make(schema, vct="https://x.example/vct/t/v1", name="trip")
    assert json.loads(made) == {
        "vct": "https://x.example/vct/t/v1",
        "name": "Reise",
        "display": [{"locale": "de", "name": "Reise"}],
        "claims": [
            {"path": ["route"], "display": [{"locale": "de", "label": "Stops"}], "mandatory": True},
            {"path": ["route", None, "at"], "mandatory": True},
            {"path": ["home"]},
            # Only who has a home must name its city.
            {"path": ["home", "city"]},
        ],
    }
    assert made == type_metadata.make(schema, vct="https://x.example/vct/t/v1", name="trip")


def test_of_several_digests_the_strongest_counts():
    good = digest_sri(b"x")
    check_sri(good, b"x", "it")
    check_sri(f"{digest_sri(b'y')} {good}", b"x", "it")
    for expected in (digest_sri(b"y"), f"{good} sha512-AAAA", "", "md5-AAAA", f"{good} md5-AAAA", 1, None):
        with pytest.raises(SchemasError) as caught:
            check_sri(expected, b"x", "it")
        assert caught.value.code == "schema.digest"


def test_a_place_is_found_by_its_pointer():
    schema = {"$defs": {"a/b": {"type": "string"}, "m~n": {"anyOf": [True, {"title": "x"}]}}}
    assert walking.at(schema, walking.target(schema, "#/$defs/a~1b")) == {"type": "string"}
    assert walking.at(schema, walking.target(schema, "#/$defs/m~0n/anyOf/1")) == {"title": "x"}
    assert walking.written(("a/b", "m~n", "0")) == "#/a~1b/m~0n/0"
