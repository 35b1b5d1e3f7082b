from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from pyld import jsonld

from credentials.rdf import CompiledCanonicalizer
from schemas import SchemasError, admission, contexts, generated_context, json_schemas
from schemas.json_schemas import SchemaText
from tests.schemas.claims import CLAIMS, Claim, credential_schema, objects

SCHEMA_ID = "https://issuer.example/schemas/thing/v1"
CONTEXT_ID = "https://issuer.example/contexts/thing/v1"
XSD = "http://www.w3.org/2001/XMLSchema#"


def made(subject, type_name="ThingCredential"):
    schema = credential_schema({"type": "object", "properties": subject})
    admission.admit(schema, size=len(json.dumps(schema)), expected_id=SCHEMA_ID)
    return generated_context.make(schema, schema_id=SCHEMA_ID, type_name=type_name)


def terms(subject, type_name="ThingCredential"):
    return json.loads(made(subject, type_name))["@context"]


def refusal(subject, type_name="ThingCredential"):
    with pytest.raises(SchemasError) as caught:
        made(subject, type_name)
    return caught.value


class Known:
    """The bundled contexts, and the one that was made."""

    def __init__(self, context):
        self.context = context

    def load(self, url):
        return json.loads(self.context) if url == CONTEXT_ID else contexts.load(url)

    def __contains__(self, url):
        return url == CONTEXT_ID or url in contexts.known()


def statements(context, claims, type_name="ThingCredential"):
    """The N-Quads of a credential, by our engine in safe mode; PyLD must read the same."""

    def load(url, _options):
        document = json.loads(context) if url == CONTEXT_ID else contexts.load(url)
        return {"contextUrl": None, "documentUrl": url, "document": document}

    document = {
        "@context": [generated_context.DATA_MODEL, CONTEXT_ID],
        "type": ["VerifiableCredential", type_name],
        "issuer": "did:example:issuer",
        "credentialSubject": claims,
    }
    options = {"documentLoader": load, "format": "application/n-quads", "algorithm": "URDNA2015"}
    found = CompiledCanonicalizer(source=Known(context)).canonicalize(document).lines
    assert "".join(found) == jsonld.normalize(document, options)
    return [line.rstrip("\n") for line in found]


# Two types, the issuer, the subject.
AROUND = 4


@settings(max_examples=150, deadline=None)
@given(objects(CLAIMS))
def test_every_claim_is_a_statement(claim: Claim):
    schema = credential_schema(claim.schema)
    admission.admit(schema, size=len(json.dumps(schema)), expected_id=SCHEMA_ID)
    text = SchemaText.of(SCHEMA_ID, json.dumps(schema).encode(), schema)
    json_schemas.check(text, {"credentialSubject": claim.value})
    context = generated_context.make(schema, schema_id=SCHEMA_ID, type_name="ThingCredential")
    assert context == generated_context.make(schema, schema_id=SCHEMA_ID, type_name="ThingCredential")
    # The object's own node is counted with what surrounds it.
    assert len(statements(context, claim.value)) == AROUND + claim.statements - 1


@pytest.mark.parametrize("type_name", ["ThingCredential", "AccessCredential", "WorkCredential", "Zone"])
def test_claims_are_kept_whatever_the_name_of_the_type(type_name):
    """A context scoped to the type would lose them where the name sorts behind VerifiableCredential."""
    found = statements(made({"job": {"type": "string"}}, type_name), {"job": "x"}, type_name)
    assert f'_:c14n0 <{SCHEMA_ID}#job> "x" .' in found or f'_:c14n1 <{SCHEMA_ID}#job> "x" .' in found
    assert len(found) == AROUND + 1


def test_terms_are_coerced_by_kind_and_format():
    found = terms(
        {
            "day": {"type": "string", "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "count": {"type": "integer"},
            "yes": {"type": "boolean"},
            "page": {"type": "string", "format": "uri"},
            "mail": {"type": "string", "format": "email"},
            "either": {"oneOf": [{"type": "string", "format": "date"}, {"type": "string"}]},
            "steps": {"type": "array", "items": {"type": "string", "format": "date"}, "x-ordered": True},
        }
    )
    assert {name: found[name]["@type"] for name in ("day", "at", "count", "yes", "page")} == {
        "day": f"{XSD}date",
        "at": f"{XSD}dateTime",
        "count": f"{XSD}integer",
        "yes": f"{XSD}boolean",
        "page": "@id",
    }
    assert found["mail"] == f"{SCHEMA_ID}#mail"
    assert found["either"] == f"{SCHEMA_ID}#either"
    steps = {"@id": f"{SCHEMA_ID}#steps", "@container": "@list", "@type": f"{XSD}date"}
    assert found["steps"] == steps
    assert found["@protected"] is True


def test_the_names_of_nested_claims_do_not_meet():
    place = {"type": "object", "properties": {"code": {"type": "integer"}}}
    context = made({"from": place, "to": place, "code": {"type": "string"}})
    found = statements(context, {"from": {"code": 1}, "to": {"code": 2}, "code": "x"})
    for said in ('#from/code> "1"', '#to/code> "2"', '#code> "x"'):
        assert len([line for line in found if said in line]) == 1


def test_conditions_and_branches_bring_their_claims_too():
    schema = {
        "anyOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}],
        "if": {"required": ["a"]},
        "then": {"properties": {"c": {"type": "boolean"}, "d": {"type": "string"}}},
        "properties": {"d": {"type": ["string", "integer"]}},
        "dependentSchemas": {"a": {"properties": {"e": {"$ref": "#/$defs/day"}}}},
    }
    whole = credential_schema(schema) | {"$defs": {"day": {"type": "string", "format": "date"}}}
    found = json.loads(generated_context.make(whole, schema_id=SCHEMA_ID, type_name="ThingCredential"))
    assert {"a", "b", "c", "d", "e"} <= found["@context"].keys()
    # What a condition demands holds sometimes only: an integer stays possible.
    assert found["@context"]["d"] == f"{SCHEMA_ID}#d"
    assert found["@context"]["e"]["@type"] == f"{XSD}date"


def test_the_data_models_terms_keep_their_meaning():
    found = terms({"name": {"type": "string"}, "id": {"type": "string", "format": "uri"}})
    assert found.keys().isdisjoint({"name", "id"})
    assert "data model" in refusal({"name": {"type": "integer"}}).detail


@pytest.mark.parametrize("name", ["issuer", "created", "proof", "JsonSchema", "expires", "iss"])
def test_a_claim_with_a_name_of_the_data_model_is_refused(name):
    refused = refusal({name: {"type": "string"}})
    assert (refused.code, f"/credentialSubject/{name} " in refused.detail) == ("schema.context", True)


def test_types_that_a_schema_lists_are_terms():
    found = terms({"type": {"const": "Person"}, "job": {"type": "string"}})
    assert found["Person"] == f"{SCHEMA_ID}#Person"
    context = made({"type": {"enum": ["Person", "https://schema.org/Person"]}, "job": {"type": "string"}})
    lines = statements(context, {"type": "Person", "job": "x"})
    assert len(lines) == AROUND + 2
    assert "lists a type" in refusal({"type": {"const": "no name"}, "a": {"type": "string"}}).detail


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "number"}, "number"),
        ({"type": ["string", "null"]}, "null"),
        ({}, "anything"),
        ({"enum": [1, 2.5]}, "number"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, "twice"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "empty"),
        ({"type": "array"}, "array of anything"),
        ({"type": "array", "items": {"type": "array"}}, "array of arrays"),
        ({"type": ["string", "object"]}, "object or array, or something else"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "any name"),
        ({"type": "object", "properties": {"id": {"type": "string"}}}, "/claim/id need not be a URL"),
        ({"type": "object", "properties": {"x": {"type": "number"}}}, "/credentialSubject/claim/x "),
    ],
)
def test_what_rdf_would_lose_is_refused_with_advice(schema, words):
    refused = refusal({"claim": schema})
    assert refused.code == "schema.context"
    assert words in refused.detail
    assert refused.remedy


@pytest.mark.parametrize("name", ["", "@id", "a:b", "a/b", "tab\t"])
def test_a_name_that_json_ld_reads_otherwise_is_refused(name):
    assert refusal({name: {"type": "string"}}).code == "schema.context"


@pytest.mark.parametrize("name", ["", "thing", "A B", "VerifiableCredential", "A" * 101])
def test_a_type_must_have_a_name_of_its_own(name):
    assert refusal({"a": {"type": "string"}}, name).code == "schema.type-name"


@pytest.mark.parametrize("name", json_schemas.known())
def test_the_bundled_schemas_have_one(name):
    schema = json_schemas.load(name)
    admission.admit(schema, size=1, expected_id=name)
    assert generated_context.make(schema, schema_id=name, type_name="ThingCredential")
