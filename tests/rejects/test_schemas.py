"""Schemas, contexts made from them and schema credentials that must be rejected."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import pytest

from api.services import schema_sources, schemas
from api.services.core import Caller
from credentials.suites import Reader
from credentials.verifying.verifier import check_credential
from schemas import admission, generated_context, json_schemas, walking
from schemas.digests import digest_sri
from schemas.json_schemas import SchemaText
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.support.published import CREDENTIAL_ID as AT
from tests.support.published import (
    RESIDENT,
    SCHEMA_ID,
    STRICT,
    Published,
    entry,
    means,
    naming,
    schema_credential,
)
from tests.support.world import World

CORE = "JSON Schema 2020-12 Core, 8.2"
VALIDATION = "VC JSON Schema, 4"
OF_CREDENTIALS = "VC JSON Schema, 2.2"
JSON_LD = "JSON-LD 1.1, 9.15"


@cache
def world():
    return World("schemas")


def of_claim(schema, **more):
    subject = {"type": "object", "properties": {"claim": schema}}
    return {"type": "object", "properties": {"credentialSubject": subject}, **more}


def admitting(schema, size=1):
    return lambda: admission.admit(schema, size=size, expected_id=SCHEMA_ID)


def measuring(schema):
    return lambda: walking.measure(schema)


def context(**claims):
    schema = {"properties": {"credentialSubject": {"type": "object", "properties": claims}}}
    return lambda: generated_context.make(schema, schema_id=SCHEMA_ID, type_name="Resident")


def by_credential(*, known=None, **changes):
    """Verify a credential that names a schema credential which is wrong in one thing."""

    def attempt():
        held = schema_credential(world(), **changes)
        published = Published({SCHEMA_ID: known} if known else {}, {AT: held})
        shown = naming(world(), entry("JsonSchemaCredential"))
        check_credential(shown, means(world(), published), reader=Reader.VERIFIER)

    return attempt


def by_schema(schema, **members):
    def attempt():
        shown = naming(world(), entry(**members))
        check_credential(shown, means(world(), Published({SCHEMA_ID: schema})), reader=Reader.VERIFIER)

    return attempt


def untrusted():
    by_credential(issuer=world().stranger)()


def large():
    json_schemas.check(SchemaText.of(SCHEMA_ID, b" " * 65_537, RESIDENT), {})


def under_anothers_name():
    newest = SimpleNamespace(tenant="first")
    schemas._checked_owner(newest, Caller("second", "client", frozenset()), "permit")


def by_a_deprecated_schema():
    row = SimpleNamespace(state="deprecated", context=b"{}", type_name="Resident")
    core = SimpleNamespace(
        reader=SimpleNamespace(first=lambda *_: row),
        settings=SimpleNamespace(public_url="https://publisher.example"),
    )
    schema_sources.vocabulary(core, SCHEMA_ID)


DOUBLED = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": True}
PATTERNS = {"anyOf": [{"pattern": f"a{n}"} for n in range(65)]}
LIST = {"type": "array", "items": {"type": "string"}}
TYPES = ["VerifiableCredential", "JsonSchemaCredential", "Other"]
NESTED = {"id": AT, "type": "JsonSchemaCredential"}
OTHER = "https://publisher.example/schemas/other/v1"

CASES = [
    Reject("SCH-01", "the schema was changed", "VCDM 2.0, 5.3", "schema.digest",
           by_schema(RESIDENT, digestSRI=digest_sri(b"another"))),
    Reject("SCH-02", "a reference out of the schema", CORE, "schema.reference",
           measuring(of_claim({"$ref": "urn:example:schema"}))),
    Reject("SCH-03", "a schema that contains itself", CORE, "schema.recursive",
           measuring(of_claim({"$ref": "#"}))),
    Reject("SCH-04", "references that double thirty times", CORE, "schema.too-large",
           measuring(of_claim({"$ref": "#/$defs/d0"}, **{"$defs": DOUBLED}))),
    Reject("SCH-05", "a schema in the schema with its own id", CORE, "schema.reference",
           measuring(of_claim({"$id": "urn:example:inner"}))),
    Reject("SCH-06", "a schema of 65,537 bytes", VALIDATION, "schema.too-large",
           admitting(of_claim({"type": "string"}), 65_537)),
    Reject("SCH-07", "a schema of bare claims", VALIDATION, "schema.subject",
           admitting({"type": "object", "properties": {"claim": {"type": "string"}}})),
    Reject("SCH-08", "a schema of draft 7", "JSON Schema 2020-12 Core, 8.1.1", "schema.dialect",
           admitting(of_claim({"type": "string"}, **{"$schema": "http://json-schema.org/draft-07/schema#"}))),
    Reject("SCH-09", "a type that does not exist", "JSON Schema 2020-12", "schema.meta",
           admitting(of_claim({"type": "text"}))),
    Reject("SCH-10", "an id that is another address", "JSON Schema 2020-12 Core, 8.2.1", "schema.id",
           admitting(of_claim({"type": "string"}, **{"$id": OTHER}))),
    Reject("SCH-11", "look-ahead in a regular expression", "JSON Schema 2020-12 Core, 6.4", "schema.pattern",
           admitting(of_claim({"type": "string", "pattern": "^(?=a)a"}))),
    Reject("SCH-12", "claims that do not follow the schema", VALIDATION, "schema.violation",
           by_schema(STRICT)),
    Reject("SCH-13", "a claim called as the credential's type", JSON_LD, "schema.context",
           context(Resident={"type": "string"})),
    Reject("SCH-14", "a set that may hold a value twice", JSON_LD, "schema.context",
           context(claim={**LIST, "minItems": 1})),
    Reject("SCH-15", "a set that may be empty", JSON_LD, "schema.context",
           context(claim={**LIST, "uniqueItems": True})),
    Reject("SCH-16", "a number that is no integer", JSON_LD, "schema.context",
           context(claim={"type": "number"})),
    Reject("SCH-17", "a claim that may be null", JSON_LD, "schema.context",
           context(claim={"type": ["string", "null"]})),
    Reject("SCH-18", "a claim called issuer", JSON_LD, "schema.context", context(issuer={"type": "string"})),
    Reject("SCH-19", "a schema credential from another address", OF_CREDENTIALS, "schema.credential",
           by_credential(id=f"{OTHER}/credential")),
    Reject("SCH-20", "a schema credential with a further type", OF_CREDENTIALS, "schema.credential",
           by_credential(type=TYPES)),
    Reject("SCH-21", "a schema credential whose schema is a credential", OF_CREDENTIALS, "schema.credential",
           by_credential(credentialSchema=NESTED)),
    Reject("SCH-22", "a schema credential of a stranger", OF_CREDENTIALS, "issuer.untrusted", untrusted),
    Reject("SCH-23", "another schema stands at the address", OF_CREDENTIALS, "schema.credential",
           by_credential(known=RESIDENT | {"title": "Another"})),
    Reject("SCH-24", "a schema credential about two", OF_CREDENTIALS, "schema.credential",
           by_credential(credentialSubject=[
               {"id": SCHEMA_ID, "type": "JsonSchema", "jsonSchema": RESIDENT},
               {"id": OTHER, "type": "JsonSchema", "jsonSchema": STRICT},
           ])),
    Reject("SCH-25", "a schema without a name", OF_CREDENTIALS, "schema.credential",
           by_credential(subject={"id": ...})),
    Reject("SCH-26", "a subject that is no JSON Schema", OF_CREDENTIALS, "schema.credential",
           by_credential(subject={"type": "JsonSchemaCredential"})),
    Reject("SCH-27", "a reference to another schema", OF_CREDENTIALS, "schema.credential",
           by_credential(known=RESIDENT, subject={"jsonSchema": {"$ref": OTHER}})),
    Reject("SCH-28", "a schema with another id than the subject", OF_CREDENTIALS, "schema.credential",
           by_credential(subject={"jsonSchema": RESIDENT | {"$id": OTHER}})),
    Reject("SCH-29", "65 regular expressions", CORE, "schema.too-large", measuring(of_claim(PATTERNS))),
    Reject("SCH-30", "a schema of 65,537 bytes from elsewhere", VALIDATION, "schema.too-large", large),
    Reject("SCH-31", "a version under another publisher's name", "docs/schemas.md", "schema.taken",
           under_anothers_name),
    Reject("SCH-32", "issuing by a deprecated schema", "docs/schemas.md", "schema.deprecated",
           by_a_deprecated_schema),
    Reject("SCH-33", "a reference into the middle of something", CORE, "schema.reference",
           measuring(of_claim({"$ref": "#/title"}, title="x"))),
    Reject("SCH-34", "a claim called as the object it stands in", JSON_LD, "schema.context",
           context(claim={"type": "object", "properties": {"claim": {"type": "string"}}})),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)
