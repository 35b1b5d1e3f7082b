"""Resolution and dereferencing: versions, errors, keys for proofs, and joins that must not escape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.dereferencing import dereference
from did.document import DidDocument, VerificationMethod, document_json
from did.errors import DidError
from did.identifiers import Did, DidUrl
from did.keys import Ed25519Signer
from did.methods import key
from did.methods.webvh import create, deactivate, placeholder_did, update, verify_history, verify_next
from did.resolution import (
    ErrorType,
    ResolutionOptions,
    authorised_key,
    document_from_history,
    failed,
    problem_of,
    resolve_history,
    resolved,
    self_certified,
)
from tests.did.outcomes import code_of, outcome

START = datetime(2026, 11, 1, tzinfo=UTC)
SIGNER = Ed25519Signer(bytes(32))
PLACE = placeholder_did("registry.example", ["a"])


def grown():
    """Three versions on three days: one key, then two, then a move."""
    method = VerificationMethod(f"{PLACE}#k1", PLACE, SIGNER.public_key)
    line = create(
        document_json(PLACE, [(method, ("assertionMethod",))]), signer=SIGNER, now=START, portable=True
    )
    history = verify_history(f"{line}\n".encode(), expected_did=None, witnesses=None, now=START)
    second = {**history.latest.document, "alsoKnownAs": ["did:example:alias"]}
    history = extended(history, update(history, signer=SIGNER, now=day(1), document=second))
    moved = history.did.text.replace(":a", ":b")
    third = {"id": moved, "alsoKnownAs": [history.did.text]}
    return extended(history, update(history, signer=SIGNER, now=day(2), document=third))


def extended(history, line):
    return verify_next(history, line.encode(), witnesses=None, now=day(30))


def day(number):
    return START + timedelta(days=number)


HISTORY = grown()
BEFORE = Did.parse(HISTORY.versions[0].did)


def options(**parameters):
    return ResolutionOptions.parse(parameters)


@pytest.mark.parametrize(
    ("parameters", "number"),
    [
        ({}, 3),
        ({"versionNumber": "1"}, 1),
        ({"versionId": HISTORY.versions[1].version_id}, 2),
        ({"versionTime": "2026-11-01T00:00:00Z"}, 1),
        ({"versionTime": "2026-11-02T23:59:59Z"}, 2),
        ({"versionTime": "2027-01-01T00:00:00Z"}, 3),
    ],
)
def test_versions(parameters, number):
    version = HISTORY.versions[number - 1]
    result = resolve_history(HISTORY, Did.parse(version.did), options(**parameters))
    assert result.document["id"] == version.did
    assert result.document["service"][0]["id"] == "#files"
    metadata = result.document_metadata
    assert (metadata["versionNumber"], metadata["versionId"]) == (number, version.version_id)
    assert metadata["created"] == "2026-11-01T00:00:00Z"
    assert metadata["updated"] == metadata["versionTime"] == version.time_text
    following = HISTORY.versions[number] if number < 3 else None
    assert metadata.get("nextVersionId") == (following and following.version_id)
    assert metadata.get("nextUpdate") == (following and following.time_text)
    assert result.http_status == 200
    assert result.to_json()["didResolutionMetadata"] == {"contentType": "application/did"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"versionNumber": "4"},
        {"versionNumber": "0"},
        {"versionId": "1-QmQUCeXakNiduPKwGMAjJmTcdVzBpVQ2xtVZpu6sipwwGy"},
        {"versionId": "1"},
        {"versionTime": "2026-10-31T23:59:59Z"},
    ],
)
def test_versions_that_are_not_there(parameters):
    assert code_of(resolve_history, HISTORY, HISTORY.did, options(**parameters)) == "resolution.not-found"


@pytest.mark.parametrize(
    "parameters",
    [
        {"versionId": "x", "versionTime": "2026-11-01T00:00:00Z"},
        {"versionNumber": "1", "versionId": "x"},
        {"versionTime": "yesterday"},
        {"versionNumber": "-1"},
        {"versionNumber": ""},
        {"versionNumber": "\u0661"},
        {"versionNumber": "9" * 16},
        {"hl": "x"},
    ],
)
def test_options_that_do_not_fit(parameters):
    assert code_of(ResolutionOptions.parse, parameters) == "resolution.options"
    assert code_of(ResolutionOptions.parse, {}, accept="text/html") == "resolution.representation"


def test_a_document_is_given_under_its_own_name_only():
    assert code_of(resolve_history, HISTORY, BEFORE, options()) == "resolution.not-found"
    assert code_of(document_from_history, HISTORY, BEFORE) == "resolution.not-found"
    assert document_from_history(HISTORY, HISTORY.did).id == HISTORY.did.text


def test_deactivated():
    history = extended(HISTORY, deactivate(HISTORY, signer=SIGNER, now=day(3)))
    result = resolve_history(history, history.did, options())
    assert (result.document, result.document_metadata["deactivated"], result.http_status) == (None, True, 410)
    assert code_of(document_from_history, history, history.did) == "resolution.deactivated"
    older = resolve_history(history, BEFORE, options(versionNumber="1"))
    assert (older.document["id"], older.document_metadata["deactivated"]) == (BEFORE.text, True)


@pytest.mark.parametrize(
    ("code", "error", "status", "word"),
    [
        ("did.malformed", ErrorType.INVALID_DID, 400, "invalidDid"),
        ("webvh.did", ErrorType.INVALID_DID, 400, "invalidDid"),
        ("key.malformed", ErrorType.INVALID_DID, 400, "invalidDid"),
        ("did.url-malformed", ErrorType.INVALID_DID_URL, 400, "invalidDidUrl"),
        ("resolution.options", ErrorType.INVALID_OPTIONS, 400, "invalidOptions"),
        ("resolution.not-found", ErrorType.NOT_FOUND, 404, "notFound"),
        (
            "resolution.representation",
            ErrorType.REPRESENTATION_NOT_SUPPORTED,
            406,
            "representationNotSupported",
        ),
        ("history.key", ErrorType.INVALID_DID_DOCUMENT, 500, "invalidDidDocument"),
        ("document.malformed", ErrorType.INVALID_DID_DOCUMENT, 500, "invalidDidDocument"),
        ("resolution.method", ErrorType.METHOD_NOT_SUPPORTED, 501, "methodNotSupported"),
        ("resolution.feature", ErrorType.FEATURE_NOT_SUPPORTED, 501, "featureNotSupported"),
        ("jcs.value", ErrorType.INTERNAL_ERROR, 500, "internalError"),
    ],
)
def test_errors(code, error, status, word):
    raised = DidError(code, "what", remedy="how")
    assert problem_of(raised) is error
    assert (error.http_status, error.legacy_word) == (status, word)
    result = failed(raised)
    assert (result.document, result.http_status) == (None, status)
    assert result.resolution_metadata["error"] == {
        "type": f"https://www.w3.org/ns/did#{error.value}",
        "title": error.title,
        "detail": "what",
        "code": code,
        "remedy": "how",
    }


def test_self_certified():
    did = key.create(SIGNER.public_key)
    document = self_certified(did)
    assert document.id == did.text
    assert resolved(document).to_json()["didDocument"] == document.to_json()
    assert code_of(self_certified, Did.parse("did:web:x.example")) == "resolution.method"


class Source:
    def __init__(self, document):
        self._document = document

    def document(self, did):
        return self._document


ISSUER = "did:example:issuer"


def issuer_document():
    method = VerificationMethod(f"{ISSUER}#k1", ISSUER, SIGNER.public_key)
    return DidDocument.from_json(document_json(ISSUER, [(method, ("assertionMethod",))]))


def test_authorised_key():
    source = Source(issuer_document())
    assert authorised_key(source, f"{ISSUER}#k1", "assertionMethod") == SIGNER.public_key
    assert code_of(authorised_key, source, f"{ISSUER}#k1", "authentication") == "key.not-authorized"
    assert code_of(authorised_key, source, f"{ISSUER}#k2", "assertionMethod") == "key.not-authorized"
    assert code_of(authorised_key, source, "did:example:other#k1", "assertionMethod") == "key.not-authorized"


def test_authorised_key_takes_the_document_of_that_did_only():
    # Threat T6: where a source is led to another DID's document, that one may claim any method id.
    attacker = "did:example:attacker"
    method = VerificationMethod(f"{ISSUER}#k1", attacker, Ed25519Signer(bytes([9]) * 32).public_key)
    lent = DidDocument.from_json(document_json(attacker, [(method, ("assertionMethod",))]))
    assert lent.authorised("assertionMethod", f"{ISSUER}#k1")
    assert code_of(authorised_key, Source(lent), f"{ISSUER}#k1", "assertionMethod") == "key.not-authorized"


@pytest.mark.parametrize(
    "method", [ISSUER, f"{ISSUER}#", f"{ISSUER}/p#k1", f"{ISSUER}?x=1#k1", "k1", "https://x.example#k1"]
)
def test_authorised_key_wants_did_and_fragment(method):
    assert (
        code_of(authorised_key, Source(issuer_document()), method, "assertionMethod") == "did.url-malformed"
    )


DOCUMENT = {
    **issuer_document().to_json(),
    "service": [
        {"id": "#files", "type": "relativeRef", "serviceEndpoint": "https://files.example/base/"},
        {
            "id": f"{ISSUER}#whois",
            "type": "LinkedVerifiablePresentation",
            "serviceEndpoint": "https://x.example/w.vp",
        },
        {"id": "#many", "type": "T", "serviceEndpoint": ["https://a.example", "https://b.example"]},
        {"id": "#query", "type": "T", "serviceEndpoint": "https://a.example/?x="},
    ],
}


def found(rest):
    return dereference(DidUrl.parse(ISSUER + rest), DOCUMENT)


def test_dereferencing():
    assert found("").content == DOCUMENT
    assert found("#k1").content["publicKeyMultibase"] == SIGNER.public_key.multikey()
    assert found("#files").content["type"] == "relativeRef"
    assert found("/whois").location == "https://x.example/w.vp"
    assert found("/a/b.json").location == "https://files.example/base/a/b.json"
    assert found("?service=files").location == "https://files.example/base/"
    assert found("?service=files&relativeRef=/a%2520b").location == "https://files.example/base/a%20b"
    assert found("?service=whois").location == "https://x.example/w.vp"


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("#gone", "resolution.not-found"),
        ("?service=gone", "resolution.not-found"),
        ("?service=many", "resolution.feature"),
        ("?relativeRef=/a", "resolution.options"),
        ("?service=files&relativeRef=a", "resolution.options"),
        ("?service=files&relativeRef=https://evil.example", "resolution.options"),
        ("?service=files&relativeRef=//evil.example", "resolution.options"),
        ("?service=files&relativeRef=/%2Fevil.example", "resolution.options"),
        ("?service=files&relativeRef=/../x", "resolution.options"),
        ("?service=files&relativeRef=/%252e%252e/x", "resolution.options"),
        ("?service=files&relativeRef=/a/%5C..", "resolution.options"),
        ("?service=files&relativeRef=/a?b", "resolution.options"),
        ("?service=files&relativeRef=/a%20b", "resolution.options"),
        ("?service=files&relativeRef=/a%250Ab", "resolution.options"),
        ("?service=files&relativeRef=/a%0Ab", "resolution.options"),
        ("?service=query&relativeRef=/a", "resolution.options"),
        ("/../x", "resolution.options"),
        ("/%2e%2e/x", "resolution.options"),
        ("//evil.example", "resolution.options"),
    ],
)
def test_dereferencing_refuses(rest, code):
    assert code_of(found, rest) == code


@given(
    st.dictionaries(
        st.sampled_from(["service", "verificationMethod"]),
        st.recursive(
            st.none() | st.integers(0, 1) | st.sampled_from(["#k1", "#files", "https://x.example"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "type", "serviceEndpoint"]), inner, max_size=3)
            ),
            max_leaves=8,
        ),
    ),
    st.sampled_from(["#k1", "?service=files", "/a", "/whois"]),
)
def test_dereferencing_of_odd_documents_gives_only_our_errors(members, rest):
    code = outcome(dereference, DidUrl.parse(ISSUER + rest), {"id": ISSUER, **members}).code
    assert code is None or code.startswith("resolution.")


def test_dereferencing_wants_the_document_of_the_url():
    for text in ("did:example:other#k1", "did:example:other"):
        assert code_of(dereference, DidUrl.parse(text), DOCUMENT) == "resolution.not-found"
