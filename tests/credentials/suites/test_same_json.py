"""What decides is found under its name in the default graph; booleans are counted, in JSON literals too."""

from __future__ import annotations

import copy

import pytest

from credentials.errors import CredentialError
from credentials.rdf import nquads
from credentials.suites.rdfc import EDDSA_RDFC_2022, EDWARDS, Rdfc
from credentials.suites.same_json import DECISIVE, check_booleans, check_named
from did.errors import DidError
from tests.support.proofs import ED25519, checked, signed

BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"
XSD = "http://www.w3.org/2001/XMLSchema#"
VALID_UNTIL = "<https://www.w3.org/2018/credentials#validUntil>"
JSON = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"


def quads(lines):
    return nquads.read("".join(lines))


def code_of(check, *arguments, **options):
    try:
        check(*arguments, **options)
    except (CredentialError, DidError) as error:
        return error.code
    return None


def test_statements_of_other_graphs_are_not_meant():
    text = f'"2027-11-20T00:00:00Z"^^<{XSD}dateTime>'
    line = f"<urn:a> {VALID_UNTIL} {text} .\n"
    check_named({"validUntil": "2027-11-20T00:00:00Z"}, quads([line]), DECISIVE)
    assert code_of(check_named, {}, quads([line]), DECISIVE) == "rdf.renamed"
    check_named({}, quads([f"<urn:a> {VALID_UNTIL} {text} _:c14n0 .\n"]), DECISIVE)
    check_named({}, quads([f"<urn:a> {VALID_UNTIL} <urn:b> _:c14n0 .\n"]), DECISIVE)
    assert code_of(check_named, {}, quads([f"<urn:a> {VALID_UNTIL} <urn:b> .\n"]), DECISIVE) == "rdf.renamed"
    sly = f'<urn:a> {VALID_UNTIL} "a b c" .\n'
    assert code_of(check_named, {}, quads([sly]), DECISIVE) == "rdf.renamed"
    assert code_of(check_named, {}, quads([sly.replace('" .', '"@en .')]), DECISIVE) == "rdf.renamed"


@pytest.mark.parametrize(
    ("document", "lines", "code"),
    [
        ({"a": True}, [f'<urn:a> <urn:p> "true"^^<{BOOLEAN}> .\n'], None),
        ({"a": "true"}, [f'<urn:a> <urn:p> "true"^^<{BOOLEAN}> .\n'], "rdf.boolean"),
        ({"a": True}, [], "rdf.boolean"),
        (
            {"a": {"b": [True, {"c": False}]}},
            [f'<urn:a> <urn:p> "{{\\"b\\":[true,{{\\"c\\":false}}]}}"^^<{JSON}> .\n'],
            None,
        ),
        ({"a": {"b": [True]}}, [f'<urn:a> <urn:p> "{{\\"b\\":[1]}}"^^<{JSON}> .\n'], "rdf.boolean"),
        ({}, [f'<urn:a> <urn:p> "{{"^^<{JSON}> .\n'], "rdf.literal"),
        ({"a": "true"}, [f'<urn:a> <urn:p> "\\"^^<{BOOLEAN}>" .\n'], None),
    ],
)  # fmt: skip
def test_booleans(document, lines, code):
    assert code_of(check_booleans, document, quads(lines)) == code


def test_json_in_a_credential_is_signed_as_it_is(canonicalizer):
    suite = Rdfc(EDDSA_RDFC_2022, EDWARDS, canonicalizer)
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "JsonSchemaCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {
            "id": "https://issuer.example/schema.json",
            "type": "JsonSchema",
            "jsonSchema": {"type": "object", "additionalProperties": False, "note": 'with "quotes" \\ é'},
        },
    }
    secured = signed(suite, document=document)
    checked(secured, suites={suite.name: suite}, key=ED25519.public_key)
    changed = copy.deepcopy(secured)
    changed["credentialSubject"]["jsonSchema"]["additionalProperties"] = True
    assert code_of(checked, changed, suites={suite.name: suite}) == "proof.signature"
