from datetime import UTC, datetime

import orjson
import pytest

from credentials.errors import CredentialError
from credentials.limits import Limits
from credentials.model import CONTEXT_V1, CONTEXT_V2, Credential, Version
from tests.support.world import tamper

CREDENTIAL = {
    "@context": [CONTEXT_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential"],
    "issuer": {"id": "did:example:issuer", "name": "Issuer"},
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2027-01-01T00:00:00+01:00",
    "credentialSubject": {"id": "did:example:subject", "resident": True},
}


def refused(value, parse=Credential.parse):
    with pytest.raises(CredentialError) as caught:
        parse(value)
    return caught.value.code


def test_a_credential_gives_its_members():
    credential = Credential.parse(CREDENTIAL)
    assert credential.issuer == "did:example:issuer"
    assert credential.types == ("VerifiableCredential",)
    assert credential.valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert credential.valid_until == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert credential.subjects[0].id == "did:example:subject"
    assert credential.proofs == ()


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/@context", CONTEXT_V2),
        ("/@context", [CONTEXT_V2, {"@vocab": "https://x.example/"}]),
        ("/type", "VerifiableCredential"),
        ("/issuer", "https://issuer.example/7"),
        ("/validFrom", "2026-01-01T00:00:00.5-14:00"),
        ("/id", ...),
        ("/validUntil", ...),
        ("/credentialSubject", [{"id": "did:example:a"}, {"resident": False}]),
        ("/name", {"@value": "Ausweis", "@language": "de"}),
        ("/description", [{"@value": "a"}, {"@value": "b", "@direction": "ltr"}]),
        ("/credentialStatus", {"type": "Whatever"}),
        ("/credentialSchema", [{"id": "https://x.example/s", "type": "JsonSchema"}]),
        ("/evidence", [{"type": ["Evidence"]}]),
        ("/termsOfUse", {"type": "Terms", "id": "https://x.example/terms"}),
        ("/refreshService", {"type": "Refresh"}),
        ("/relatedResource", {"id": "https://x.example/a", "digestSRI": "sha384-" + "A" * 64}),
        ("/type", ["Other", "VerifiableCredential", "https://x.example/Type"]),
        ("/@context", [CONTEXT_V2, "https://x.example/c", {"a": "urn:x:a"}, {"a": "urn:x:a"}]),
        ("/credentialSubject", {"id": "did:example:a"}),
        ("/credentialStatus", [{"type": "A"}, {"id": "urn:x:y", "type": ["B", "C"]}]),
        ("/confidenceMethod", {"type": "Method"}),
        ("/renderMethod", [{"type": "Method"}]),
        ("/proof", [{"type": "DataIntegrityProof", "@context": [CONTEXT_V2]}]),
        ("/unknownClaim", {"anything": [1, None]}),
    ],
)
def test_accepted_forms(pointer, value):
    Credential.parse(tamper(CREDENTIAL, pointer, value))


DEEP: dict = {}
for _ in range(70):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/@context", ..., "model.context"),
        ("/@context", [], "model.context"),
        ("/@context", [{"@vocab": "https://x.example/"}, CONTEXT_V2], "model.context"),
        ("/@context", [CONTEXT_V2, "not a url"], "model.context"),
        ("/@context", [CONTEXT_V2, 7], "model.context"),
        ("/@context", [CONTEXT_V2] * 17, "model.context"),
        ("/@context/0", CONTEXT_V1, "model.other-version"),
        ("/@context", [CONTEXT_V2, CONTEXT_V1], "model.context"),
        ("/@context", [CONTEXT_V2, "urn:x:a", "urn:x:a"], "model.context"),
        ("/@context", None, "model.context"),
        ("/@id", "urn:x:y", "model.keyword"),
        ("/@type", "T", "model.keyword"),
        ("/issuer", {"@id": "did:example:issuer"}, "model.keyword"),
        ("/credentialStatus", {"type": "A", "@type": "B"}, "model.keyword"),
        ("/issuanceDate", "2026-01-01T00:00:00Z", "model.other-version"),
        ("/expirationDate", "2026-01-01T00:00:00Z", "model.other-version"),
        ("/validUntil", "2026-01-01T24:00:00+24:00", "model.validity"),
        ("/validUntil", "10000-01-01T00:00:00Z", "model.date-range"),
        ("/credentialStatus", {"type": "A", "id": ["urn:a:b", "urn:a:c"]}, "model.status"),
        ("/credentialStatus", {"type": "A", "id": "not a url"}, "model.status"),
        ("/credentialStatus", {"type": 5}, "model.status"),
        ("/credentialSchema", {"type": "JsonSchema", "id": 7}, "model.schema"),
        ("/confidenceMethod", {"id": "urn:a:b"}, "model.confidence-method"),
        ("/renderMethod", "template", "model.render-method"),
        ("/relatedResource", ["https://x.example/a"], "model.related-resource"),
        ("/description", {"@value": "a", "@language": "not a tag"}, "model.text"),
        ("/issuer", {"id": "did:example:issuer", "description": []}, "model.issuer"),
        ("/type", ..., "model.type"),
        ("/type", [], "model.type"),
        ("/type", "Other", "model.type"),
        ("/type", ["VerifiableCredential", ""], "model.type"),
        ("/type", ["VerifiableCredential", 1], "model.type"),
        ("/type", ["VerifiableCredential"] * 2, "model.type"),
        ("/type", ["VerifiableCredential", *(f"T{n}" for n in range(16))], "model.type"),
        ("/type", "EnvelopedVerifiableCredential", "model.enveloped"),
        ("/id", None, "model.id"),
        ("/id", "no scheme", "model.id"),
        ("/id", ["urn:a:b"], "model.id"),
        ("/id", "urn:" + "a" * 3000, "model.id"),
        ("/issuer", ..., "model.issuer"),
        ("/issuer", "", "model.issuer"),
        ("/issuer", {"name": "nobody"}, "model.issuer"),
        ("/issuer", [{"id": "did:example:issuer"}], "model.issuer"),
        ("/issuer", {"id": "did:example:issuer", "name": 5}, "model.issuer"),
        ("/validFrom", "2026-01-01", "model.validity"),
        ("/validFrom", "2026-01-01T00:00:00", "model.validity"),
        ("/validFrom", "2026-02-30T00:00:00Z", "model.validity"),
        ("/validFrom", None, "model.validity"),
        ("/validFrom", 1767225600, "model.validity"),
        ("/validUntil", "2025-01-01T00:00:00Z", "model.validity"),
        ("/credentialSubject", ..., "model.subject"),
        ("/credentialSubject", [], "model.subject"),
        ("/credentialSubject", {}, "model.subject"),
        ("/credentialSubject", "did:example:subject", "model.subject"),
        ("/credentialSubject", {"id": "subject"}, "model.subject"),
        ("/credentialSubject", [{"a": 1}] * 21, "model.subject"),
        ("/credentialStatus", None, "model.status"),
        ("/credentialStatus", {"id": "urn:a:b"}, "model.status"),
        ("/credentialStatus", [], "model.status"),
        ("/credentialSchema", {"type": "JsonSchema"}, "model.schema"),
        ("/credentialSchema", {"id": "https://x.example/s"}, "model.schema"),
        ("/evidence", {"id": "urn:a:b"}, "model.evidence"),
        ("/termsOfUse", {"id": "urn:a:b"}, "model.terms-of-use"),
        ("/refreshService", {}, "model.refresh-service"),
        ("/relatedResource", {"id": "urn:a:b"}, "model.related-resource"),
        (
            "/relatedResource",
            [{"id": "urn:a:b", "digestSRI": "sha256-" + "A" * 43}] * 2,
            "model.related-resource",
        ),
        ("/name", 5, "model.text"),
        ("/name", ["a"], "model.text"),
        ("/name", {"@value": "a", "extra": "b"}, "model.text"),
        ("/proof", [], "model.proof"),
        ("/proof", "proof", "model.proof"),
        ("/proof", [{}] * 11, "model.proof"),
        ("/@graph", [], "model.keyword"),
        ("/credentialSubject/@reverse", {}, "model.keyword"),
        ("/credentialSubject/@context", CONTEXT_V2, "model.nested-context"),
        ("/credentialSubject/deep", DEEP, "model.depth"),
    ],
)
def test_refused_forms(pointer, value, code):
    assert refused(tamper(CREDENTIAL, pointer, value)) == code


OLD = {
    "@context": [CONTEXT_V1, "https://x.example/c"],
    "type": ["VerifiableCredential", "Other"],
    "issuer": {"id": "did:example:issuer", "name": 5},
    "issuanceDate": "2026-01-01T02:00:00+02:00",
    "expirationDate": "2027-01-01T00:00:00Z",
    "credentialSubject": {"resident": True},
}


def test_a_credential_of_the_first_version_gives_its_dates_as_validity():
    credential = Credential.parse(OLD)
    assert credential.version is Version.V1
    assert credential.valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert credential.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert Credential.parse(CREDENTIAL).version is Version.V2


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/expirationDate", ...),
        ("/@context", CONTEXT_V1),
        ("/credentialStatus", {"id": "urn:x:y", "type": "A"}),
        ("/refreshService", {"id": "urn:x:y", "type": "A"}),
        ("/evidence", {"type": "A"}),
        ("/termsOfUse", [{"type": "A"}]),
        # Members of 2.0 are claims like others here.
        ("/name", ["a", "b"]),
        ("/relatedResource", "text"),
        ("/renderMethod", "text"),
    ],
)
def test_accepted_forms_of_the_first_version(pointer, value):
    Credential.parse(tamper(OLD, pointer, value))


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/issuanceDate", ..., "model.validity"),
        ("/issuanceDate", None, "model.validity"),
        ("/issuanceDate", "2026-01-01T00:00:00", "model.validity"),
        ("/issuanceDate", "2026-01-01", "model.validity"),
        ("/expirationDate", "2025-01-01T00:00:00Z", "model.validity"),
        ("/expirationDate", "10000-01-01T00:00:00Z", "model.date-range"),
        ("/validFrom", "2026-01-01T00:00:00Z", "model.other-version"),
        ("/validUntil", "2026-01-01T00:00:00Z", "model.other-version"),
        ("/@context", [CONTEXT_V1, CONTEXT_V2], "model.context"),
        ("/id", "relative", "model.id"),
        ("/credentialStatus", {"type": "A"}, "model.status"),
        ("/credentialStatus", {"id": "urn:x:y"}, "model.status"),
        ("/credentialSchema", {"type": "A"}, "model.schema"),
        ("/refreshService", {"type": "A"}, "model.refresh-service"),
        ("/evidence", {"id": "urn:x:y"}, "model.evidence"),
        ("/termsOfUse", {"id": "urn:x:y"}, "model.terms-of-use"),
        ("/issuer", {"name": "nobody"}, "model.issuer"),
        ("/credentialSubject", {}, "model.subject"),
    ],
)
def test_refused_forms_of_the_first_version(pointer, value, code):
    assert refused(tamper(OLD, pointer, value)) == code


@pytest.mark.parametrize(
    ("pointer", "value", "place"),
    [
        ("/credentialStatus", [{"type": "A"}, {"type": ""}], "/credentialStatus/1/type"),
        ("/credentialSchema", {"type": "A", "id": "x"}, "/credentialSchema/id"),
        ("/credentialSubject", [{"a": 1}, {"id": "x"}], "/credentialSubject/1/id"),
        ("/issuer", {"id": 5}, "/issuer/id"),
        ("/@context", [CONTEXT_V2, "x"], "/@context/1"),
        ("/validUntil", "soon", "/validUntil"),
        ("/id", "x", "/id"),
    ],
)
def test_an_error_says_the_place(pointer, value, place):
    with pytest.raises(CredentialError) as caught:
        Credential.parse(tamper(CREDENTIAL, pointer, value))
    assert caught.value.detail.startswith(f"{place}: ")


@pytest.mark.parametrize("value", [None, [], "text", 5, [CREDENTIAL]])
def test_a_credential_is_an_object(value):
    assert refused(value) == "model.not-object"


def test_bytes_go_through_the_strict_decoder():
    raw = orjson.dumps(CREDENTIAL)
    assert Credential.decode(raw) == Credential.parse(CREDENTIAL)
    assert refused(raw[:-1] + b',"id":"urn:a:b"}', Credential.decode) == "model.json"
    with pytest.raises(CredentialError, match=r"json\.too-large"):
        Credential.decode(raw, limits=Limits(max_bytes=len(raw) - 1))


@pytest.mark.parametrize(("count", "accepted"), [(10, True), (11, False)])
def test_the_limit_on_proofs_is_exact(count, accepted):
    credential = tamper(CREDENTIAL, "/proof", [{"type": "DataIntegrityProof"}] * count)
    if accepted:
        assert len(Credential.parse(credential).proofs) == count
    else:
        assert refused(credential) == "model.proof"
