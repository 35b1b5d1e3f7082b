from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.errors import CredentialError
from credentials.limits import Limits
from credentials.model import CONTEXT_V2, Credential, Presentation
from credentials.model.members import check_plain
from tests.support.world import refusal, tamper

CREDENTIAL = {
    "@context": [CONTEXT_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential"],
    "issuer": {"id": "did:example:issuer", "name": "Issuer"},
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2027-01-01T00:00:00+01:00",
    "credentialSubject": {"id": "did:example:subject", "resident": True},
}
PRESENTATION = {
    "@context": [CONTEXT_V2],
    "type": ["VerifiablePresentation"],
    "holder": "did:example:holder",
    "verifiableCredential": [CREDENTIAL],
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
        ("/relatedResource", {"id": "https://x.example/a", "digestSRI": "sha384-x"}),
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
        ("/@context/0", "https://www.w3.org/2018/credentials/v1", "model.version"),
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
        ("/relatedResource", [{"id": "urn:a:b", "digestSRI": "x"}] * 2, "model.related-resource"),
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


@pytest.mark.parametrize("value", [None, [], "text", 5, [CREDENTIAL]])
def test_a_credential_is_an_object(value):
    assert refused(value) == "model.not-object"


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/type", "VerifiableCredential", "model.type"),
        ("/holder", None, "model.holder"),
        ("/holder", {"name": "nobody"}, "model.holder"),
        ("/verifiableCredential", [PRESENTATION], "presentation.nested"),
        ("/verifiableCredential", [{"type": "EnvelopedVerifiableCredential"}], "presentation.enveloped"),
        ("/verifiableCredential", ["urn:a:b"], "model.not-object"),
        ("/verifiableCredential", [CREDENTIAL] * 21, "model.credentials"),
        ("/verifiableCredential/0/type", "Other", "model.type"),
        ("/verifiableCredential/0/credentialSubject/@context", {}, "model.nested-context"),
        ("/termsOfUse", {"@context": {}}, "model.nested-context"),
    ],
)
def test_refused_presentations(pointer, value, code):
    assert refused(tamper(PRESENTATION, pointer, value), Presentation.parse) == code


def test_a_presentation_gives_its_members():
    presentation = Presentation.parse(tamper(PRESENTATION, "/verifiableCredential", CREDENTIAL))
    assert presentation.holder == "did:example:holder"
    assert [credential.issuer for credential in presentation.credentials] == ["did:example:issuer"]


def test_bytes_go_through_the_strict_decoder():
    raw = orjson.dumps(CREDENTIAL)
    assert Credential.decode(raw) == Credential.parse(CREDENTIAL)
    assert refused(raw[:-1] + b',"id":"urn:a:b"}', Credential.decode) == "model.json"
    assert refused(b"\xff", Presentation.decode) == "model.json"
    with pytest.raises(CredentialError, match=r"json\.too-large"):
        Credential.decode(raw, limits=Limits(max_bytes=len(raw) - 1))


@pytest.mark.parametrize(("count", "accepted"), [(10, True), (11, False)])
def test_the_limit_on_proofs_is_exact(count, accepted):
    credential = tamper(CREDENTIAL, "/proof", [{"type": "DataIntegrityProof"}] * count)
    if accepted:
        assert len(Credential.parse(credential).proofs) == count
    else:
        assert refused(credential) == "model.proof"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("VerifiableCredential"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(CREDENTIAL)), JSON)
def test_whatever_stands_in_a_member_only_our_errors_leave(member, value):
    for parse, whole in ((Credential.parse, CREDENTIAL), (Presentation.parse, PRESENTATION)):
        with refusal() as codes:
            parse({**whole, member: value})
        assert all(code.startswith(("model.", "presentation.")) for code in codes)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"a": "b", "c": [1, {"d": True}]}, True),
        ({"name": {"@value": "x", "@language": "en"}}, True),
        ({"name": {"@value": "x"}}, False),
        ({"name": {"@value": "x", "@type": "urn:x:y"}}, False),
        ({"@id": "urn:x:y"}, False),
        ({"a": {"@type": "T"}}, False),
        ({"a": None}, False),
        ({"a": []}, False),
        ({"a": [None]}, False),
        ({"a": [["x"]]}, False),
    ],
)
def test_what_rdf_reads_as_json_does(value, plain):
    with refusal() as codes:
        check_plain(value)
    assert codes == ([] if plain else ["model.ambiguous"])
