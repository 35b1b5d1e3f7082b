from __future__ import annotations

import time

import jsonschema
import pytest

from schemas import SchemasError, examples, json_schemas

PROFILES = examples.NAMES


def schema_of(name):
    return f"{json_schemas.NAMESPACE}{name}/v1"


def code_of(call, *arguments):
    with pytest.raises(SchemasError) as caught:
        call(*arguments)
    return caught.value.code, caught.value.detail


@pytest.mark.parametrize("name", PROFILES)
def test_a_schema_is_a_schema_and_its_example_validates_in_both_libraries(name):
    schema = json_schemas.load(schema_of(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    claims = examples.load(name)
    json_schemas.validate_claims(schema_of(name), claims)
    jsonschema.Draft202012Validator(schema).validate({"credentialSubject": claims})


@pytest.mark.parametrize("name", PROFILES)
def test_each_member_of_an_example_is_checked(name):
    """A wrong type at any place is found, and the message says where and not what."""

    def places(value, path=()):
        for key, member in value.items():
            yield (*path, key)
            if isinstance(member, dict):
                yield from places(member, (*path, key))

    for path in list(places(examples.load(name))):
        claims = examples.load(name)
        at = claims
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = ["canary"]
        code, detail = code_of(json_schemas.validate_claims, schema_of(name), claims)
        assert code == "schema.violation"
        assert json_schemas.pointer(("credentialSubject", *path)) in detail
        assert "canary" not in detail


def test_whole_credentials_are_validated_and_may_hold_more():
    json_schemas.validate(
        schema_of("employment"),
        {"issuer": "did:example:1", "credentialSubject": examples.load("employment")},
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"birthDate": "1994-02-30"}, "/credentialSubject/birthDate"),
        ({"birthDate": "1994-03-17T00:00:00Z"}, "/credentialSubject/birthDate"),
        ({"nationality": "prt"}, "/credentialSubject/nationality"),
        ({"resident": "true"}, "/credentialSubject/resident"),
        ({"isAdmin": True}, "isAdmin"),
        ({"id": "not a uri"}, "/credentialSubject/id"),
    ],
)
def test_wrong_claims_are_refused_by_name(change, named):
    claims = examples.load("national-identity") | change
    code, detail = code_of(json_schemas.validate_claims, schema_of("national-identity"), claims)
    assert code == "schema.violation"
    assert named in detail


def test_a_missing_claim_is_named():
    claims = examples.load("national-identity")
    del claims["birthDate"]
    code, detail = code_of(json_schemas.validate_claims, schema_of("national-identity"), claims)
    assert (code, "birthDate" in detail) == ("schema.violation", True)


def test_unknown_names_are_refused():
    assert code_of(json_schemas.load, "https://avow.example/schemas/none/v1")[0] == "schema.unknown"
    assert code_of(json_schemas.validate, "https://example.com/schema", {})[0] == "schema.unknown"
    assert code_of(examples.load, "none")[0] == "example.unknown"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "https://example.com/elsewhere"},
        {"$ref": "file:///etc/passwd"},
        {"pattern": "(?=a)b"},
        {"pattern": r"(a)\1"},
    ],
    ids=["no schema", "remote reference", "file reference", "look-ahead", "back reference"],
)
def test_an_unusable_schema_is_refused(schema):
    assert code_of(json_schemas.compile_schema, schema)[0] == "schema.malformed"


def test_a_nested_quantifier_is_matched_in_linear_time():
    validator = json_schemas.compile_schema({"pattern": "^(a+)+$"})
    started = time.process_time()
    assert not validator.is_valid("a" * 5000 + "b")
    assert time.process_time() - started < 1


def test_pointers_escape_what_rfc_6901_escapes():
    assert json_schemas.pointer(["a/b", "m~n", 0]) == "/a~1b/m~0n/0"
