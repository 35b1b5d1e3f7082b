"""Credentials that the data model must reject, and what an issuer must not sign."""

from __future__ import annotations

import pytest

from credentials.model import CONTEXT_V1, CONTEXT_V2, issued_form
from credentials.model.members import check_plain, check_told_in_place
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.rejects.model_documents import NEW, OLD, VCDM, parse

SCHEMA = {"id": "urn:x:schema", "type": "JsonSchema"}


def issued(pointer, value):
    return parse(pointer, value, reader=issued_form)


CASES = [
    Reject(
        "MDL-01",
        "a context of neither version",
        VCDM + "4.3",
        "model.context",
        parse("/@context", "urn:x:context"),
    ),
    Reject(
        "MDL-02", "two versions", VCDM + "4.3", "model.context", parse("/@context", [CONTEXT_V2, CONTEXT_V1])
    ),
    Reject(
        "MDL-03",
        "seventeen contexts",
        "limits",
        "model.context",
        parse("/@context", [CONTEXT_V2, *(f"urn:x:{n}" for n in range(16))]),
    ),
    Reject(
        "MDL-04", "a number as context", VCDM + "4.3", "model.context", parse("/@context", [CONTEXT_V2, 7])
    ),
    Reject(
        "MDL-05",
        "a context twice",
        VCDM + "4.3",
        "model.context",
        parse("/@context", [CONTEXT_V2, "urn:x:a", "urn:x:a"]),
    ),
    Reject("MDL-06", "an endless id", "limits", "model.id", parse("/id", "urn:x:" + "a" * 2048)),
    Reject("MDL-07", "a relative id", VCDM + "4.4", "model.id", parse("/id", "credentials/1")),
    Reject(
        "MDL-08",
        "a subject called by @id",
        VCDM + "4.4",
        "model.keyword",
        parse("/credentialSubject", {"@id": "did:example:other", "resident": True}),
    ),
    Reject(
        "MDL-09", "an empty type", VCDM + "4.5", "model.type", parse("/type", ["VerifiableCredential", ""])
    ),
    Reject(
        "MDL-10",
        "seventeen types",
        "limits",
        "model.type",
        parse("/type", ["VerifiableCredential", *(f"T{n}" for n in range(16))]),
    ),
    Reject(
        "MDL-11", "a type twice", VCDM + "4.5", "model.type", parse("/type", ["VerifiableCredential"] * 2)
    ),
    Reject(
        "MDL-12",
        "a time without an offset",
        VCDM + "4.9",
        "model.validity",
        parse("/validFrom", "2026-01-01T00:00:00"),
    ),
    Reject(
        "MDL-13",
        "1.1 without issuanceDate",
        "VCDM 1.1, 4.5",
        "model.validity",
        parse("/issuanceDate", ..., OLD),
    ),
    Reject(
        "MDL-14",
        "an end before the beginning",
        VCDM + "4.9",
        "model.validity",
        parse("/validUntil", "2026-01-01T00:00:00.000+00:01"),
    ),
    Reject("MDL-15", "a number as name", VCDM + "4.6", "model.text", parse("/name", 5)),
    Reject("MDL-16", "an empty list", VCDM + "4.10", "model.status", parse("/credentialStatus", [])),
    Reject(
        "MDL-17",
        "twenty-one subjects",
        "limits",
        "model.subject",
        parse("/credentialSubject", [{"a": 1}] * 21),
    ),
    Reject(
        "MDL-18",
        "a schema without id",
        VCDM + "4.11",
        "model.schema",
        parse("/credentialSchema", {"type": "JsonSchema"}),
    ),
    Reject(
        "MDL-19",
        "a value object for a value",
        "JSON-LD 1.1, 9.5",
        "model.ambiguous",
        lambda: check_plain({"a": {"@value": "x"}}),
    ),
    Reject(
        "MDL-20",
        "a list in a list",
        "JSON-LD 1.1, 9.7",
        "model.ambiguous",
        lambda: check_plain({"a": [["x"]]}),
    ),
    Reject(
        "MDL-49",
        "a claim under its full IRI",
        "JSON-LD 1.1, 9.2",
        "model.ambiguous",
        lambda: check_plain({"a": [{"https://a.example/b": 1}]}),
    ),
    Reject(
        "MDL-50",
        "a claim of the subject in another object",
        "JSON-LD 1.1, 9.2",
        "model.ambiguous",
        lambda: check_told_in_place({"issuer": {"id": "did:x:a", "b": 1}}, {"did:x:a": {"id": "did:x:a"}}),
    ),
    Reject("MDL-21", "null", "JSON-LD 1.1, 9.2", "model.ambiguous", lambda: check_plain({"a": None})),
    Reject(
        "MDL-22",
        "a context among claims",
        "VC-DI 1.0, 4.6",
        "model.nested-context",
        parse("/credentialSubject/@context", {"@vocab": "urn:x:"}),
    ),
    Reject(
        "MDL-23",
        "a reversed property",
        "JSON-LD 1.1, 9.2",
        "model.keyword",
        parse("/credentialSubject/@reverse", {}),
    ),
    Reject(
        "MDL-24",
        "a language that is none",
        VCDM + "11.1",
        "model.value-object",
        parse("/credentialSubject/motto", {"@value": "x", "@language": "not a language"}),
    ),
    Reject(
        "MDL-36",
        "a credential that is an envelope too",
        VCDM + "4.13.1",
        "model.enveloped",
        parse("/type", ["VerifiableCredential", "EnvelopedVerifiableCredential"]),
    ),
    Reject("MDL-37", "another type", VCDM + "4.5", "model.type", parse("/type", "Other")),
    Reject(
        "MDL-38",
        "a credential that is a presentation too",
        VCDM + "4.5",
        "model.type",
        parse("/type", ["VerifiableCredential", "VerifiablePresentation"]),
    ),
    Reject("MDL-39", "a text as proof", VCDM + "4.12", "model.proof", parse("/proof", "proof")),
    Reject("MDL-40", "eleven proofs", "limits", "model.proof", parse("/proof", [{"type": "T"}] * 11)),
    Reject(
        "MDL-41",
        "an end that only 1.1 knows",
        "VCDM 1.1, 4.6",
        "model.other-version",
        parse("/expirationDate", "2026-02-01T00:00:00Z"),
    ),
    Reject(
        "MDL-42",
        "an empty subject",
        VCDM + "4.8",
        "model.subject",
        parse("/credentialSubject", [{"a": 1}, {}]),
    ),
    Reject(
        "MDL-43", "a proof before signing", "VCALM, 3.2.1", "issue.proof", issued("/proof", {"type": "T"})
    ),
    Reject(
        "MDL-44",
        "a relative id among claims",
        VCDM + "4.4",
        "issue.id",
        issued("/credentialSubject/employer", {"id": "employer/1"}),
    ),
    Reject(
        "MDL-45",
        "an empty type among claims",
        VCDM + "4.5",
        "issue.type",
        issued("/credentialSubject/employer", [{"type": []}]),
    ),
    Reject(
        "MDL-46", "a date without a time", VCDM + "4.9", "model.validity", parse("/validFrom", "2026-01-01")
    ),
    Reject(
        "MDL-47",
        "the year ten thousand",
        "XML Schema 1.1-2, 3.3.7",
        "model.date-range",
        parse("/validUntil", "10000-01-01T00:00:00Z"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)


@pytest.mark.parametrize("document", [NEW, OLD])
def test_without_a_fault_the_documents_are_accepted(document):
    issued_form({**document, "credentialSchema": SCHEMA})
