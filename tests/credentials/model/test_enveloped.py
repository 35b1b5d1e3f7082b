import pytest

from credentials.limits import Limits
from credentials.model import CONTEXT_V2, Enveloped, Holds, read_credential
from tests.support.world import refusal

ENVELOPE = {
    "@context": CONTEXT_V2,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/vc+jwt,e30.e30.e30",
}


def url(text):
    return {**ENVELOPE, "id": text}


@pytest.mark.parametrize(
    ("value", "media_type", "data"),
    [
        (ENVELOPE, "application/vc+jwt", b"e30.e30.e30"),
        (url("data:application/vc+sd-jwt,a.b.c~d~"), "application/vc+sd-jwt", b"a.b.c~d~"),
        (url("data:application/vc+cose;base64,0oRDoQ=="), "application/vc+cose", b"\xd2\x84C\xa1"),
        (url("DATA:Application/VC+JWT;charset=utf-8,A,B"), "application/vc+jwt", b"A,B"),
        ({**ENVELOPE, "@context": ["https://x.example/c", CONTEXT_V2]}, "application/vc+jwt", b"e30.e30.e30"),
        ({**ENVELOPE, "type": ["EnvelopedVerifiableCredential"]}, "application/vc+jwt", b"e30.e30.e30"),
    ],
)
def test_accepted_envelopes(value, media_type, data):
    found = read_credential(value)
    assert (found.media_type, found.data, found.holds) == (media_type, data, Holds.CREDENTIAL)
    assert found.document is value


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("@context", None, "model.context"),
        ("@context", "https://x.example/c", "model.envelope"),
        ("@context", [{"id": "@id"}], "model.envelope"),
        ("@context", [], "model.envelope"),
        ("@context", [CONTEXT_V2, 5], "model.context"),
        ("type", ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"], "model.envelope"),
        ("type", ["EnvelopedVerifiableCredential", "Other"], "model.envelope"),
        ("id", None, "model.envelope"),
        ("id", ["data:application/vc+jwt,a"], "model.envelope"),
        ("id", "data:,a", "model.envelope"),
        ("id", "data:;base64,YQ==", "model.envelope"),
        ("id", "data:application/vc+jwt,", "model.envelope"),
        ("id", "data:application/vc+jwt", "model.envelope"),
        ("id", "data:application,a", "model.envelope"),
        ("id", "data:application/vc+jwt,a b", "model.envelope"),
        ("id", "https://x.example/vc.jwt", "model.envelope"),
        ("id", "application/vc+jwt,a", "model.envelope"),
        ("@id", "urn:x:y", "model.keyword"),
        ("more", {"@context": {}}, "model.nested-context"),
    ],
)
def test_refused_envelopes(member, value, code):
    with refusal() as codes:
        read_credential({**ENVELOPE, member: value})
    assert codes == [code]


@pytest.mark.parametrize("value", [None, [], "text", [ENVELOPE]])
def test_an_envelope_is_an_object(value):
    with refusal() as codes:
        Enveloped.parse(value)
    assert codes == ["model.not-object"]


def test_an_envelope_is_no_larger_than_a_document():
    with refusal() as codes:
        Enveloped.parse(ENVELOPE, limits=Limits(max_bytes=len(ENVELOPE["id"]) - 1))
    assert codes == ["model.envelope"]
    Enveloped.parse(ENVELOPE, limits=Limits(max_bytes=len(ENVELOPE["id"])))
