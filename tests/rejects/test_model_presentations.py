"""Presentations, envelopes and related resources that the data model must reject."""

from __future__ import annotations

import hashlib

import pytest

from credentials.limits import Limits
from credentials.model import (
    CONTEXT_V1,
    Credential,
    Enveloped,
    Presentation,
    check_content,
    read_credential,
    read_presentation,
)
from did.encoding import encode_multibase
from tests.rejects.catalogue import Reject, needed, number, refused
from tests.rejects.model_documents import ENVELOPE, NEW, SHOWN, VCDM, parse

SRI = "sha256-" + "A" * 43 + "="


def related(*entries):
    return parse("/relatedResource", list(entries))


def multihash(header):
    return {"id": "urn:x:a", "digestMultibase": encode_multibase(header + bytes(32))}


def content(**digests):
    document = {**NEW, "relatedResource": {"id": "urn:x:a", **digests}}
    return lambda: check_content(Credential.parse(document).related_resources[0], b"other")


SHA256 = b"\x12\x20"
UNKNOWN = encode_multibase(b"\x1e\x20" + bytes(32))
OTHER = encode_multibase(SHA256 + hashlib.sha256(b"the resource").digest())
CASES = [
    Reject(
        "MDL-25",
        "one resource with two digests",
        VCDM + "5.3",
        "model.related-resource",
        related({"id": "urn:x:a", "digestSRI": SRI}, {"id": "urn:x:a", "digestSRI": SRI}),
    ),
    Reject(
        "MDL-26",
        "a resource without digest",
        VCDM + "5.3",
        "model.related-resource",
        related({"id": "urn:x:a"}),
    ),
    Reject(
        "MDL-27",
        "a digest nobody can compute",
        VCDM + "5.3",
        "resource.algorithm",
        content(digestMultibase=UNKNOWN),
    ),
    Reject("MDL-28", "other content", VCDM + "5.3", "resource.digest", content(digestMultibase=OTHER)),
    Reject(
        "MDL-29",
        "a number among digests",
        VCDM + "5.3",
        "model.related-resource",
        related({"id": "urn:x:a", "digestSRI": [SRI, 5]}),
    ),
    Reject(
        "MDL-30",
        "a digest by MD5",
        "SRI, 3.5",
        "model.related-resource",
        related({"id": "urn:x:a", "digestSRI": "md5-" + "A" * 22 + "=="}),
    ),
    Reject(
        "MDL-31",
        "a multihash that lies about its length",
        "Multihash",
        "model.related-resource",
        related(multihash(b"\x12\x21")),
    ),
    Reject(
        "MDL-32",
        "a multihash header in a longer form",
        "Multihash",
        "model.related-resource",
        related(multihash(b"\x92\x00\x20")),
    ),
    Reject(
        "MDL-33",
        "an envelope without the context of 2.0",
        VCDM + "4.13.1",
        "model.envelope",
        parse("/@context", "urn:x:context", ENVELOPE, Enveloped.parse),
    ),
    Reject(
        "MDL-34",
        "an envelope that is a credential too",
        VCDM + "4.13.1",
        "model.envelope",
        parse("/type", ["EnvelopedVerifiableCredential", "VerifiableCredential"], ENVELOPE, Enveloped.parse),
    ),
    Reject(
        "MDL-35",
        "an enveloped presentation for a credential",
        VCDM + "4.13.2",
        "model.type",
        parse("/type", "EnvelopedVerifiablePresentation", ENVELOPE, read_credential),
    ),
    Reject(
        "MDL-48",
        "an envelope that is a link",
        VCDM + "4.13.1",
        "model.envelope",
        parse("/id", "https://x.example/credential.jwt", ENVELOPE, Enveloped.parse),
    ),
    Reject(
        "PRE-01",
        "an enveloped credential for a presentation",
        VCDM + "4.13.2",
        "model.type",
        lambda: read_presentation(ENVELOPE),
    ),
    Reject(
        "PRE-19",
        "three proofs where two are verified",
        "limits",
        "model.credentials",
        lambda: Presentation.parse(
            {**SHOWN, "verifiableCredential": [NEW, {**NEW, "proof": [{}] * 3}]},
            limits=Limits(max_presented_proofs=2),
        ),
    ),
    Reject(
        "PRE-03",
        "three credentials where two are read",
        "limits",
        "model.credentials",
        lambda: Presentation.parse(
            {**SHOWN, "verifiableCredential": [NEW] * 3}, limits=Limits(max_credentials=2)
        ),
    ),
    Reject(
        "PRE-04",
        "an enveloped presentation in a presentation",
        VCDM + "4.13",
        "presentation.nested",
        parse(
            "/verifiableCredential",
            {**ENVELOPE, "type": "EnvelopedVerifiablePresentation"},
            SHOWN,
            Presentation.parse,
        ),
    ),
    Reject(
        "PRE-05",
        "2.0 in a presentation of 1.1",
        "VCDM 1.1, 4.10",
        "presentation.version",
        parse("/@context", [CONTEXT_V1], SHOWN, Presentation.parse),
    ),
    Reject(
        "PRE-02",
        "a credential that is a link",
        VCDM + "4.13",
        "model.not-object",
        parse("/verifiableCredential", ["https://x.example/credential"], SHOWN, Presentation.parse),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=number)
def test_is_refused(case):
    refused(case)


@pytest.mark.parametrize("case", CASES, ids=number)
def test_needs_its_check(case):
    needed(case)


def test_without_a_fault_the_documents_are_accepted():
    assert read_credential(ENVELOPE).data == b"e30.e30.e30"
    assert len(Presentation.parse(SHOWN).credentials) == 1
    Credential.parse({**NEW, "relatedResource": {"id": "urn:x:a", "digestSRI": SRI}})
