import pytest

from credentials.model import (
    CONTEXT_V1,
    CONTEXT_V2,
    Enveloped,
    Presentation,
    Version,
    read_presentation,
)
from tests.credentials.model.test_credential import CREDENTIAL, OLD, refused
from tests.support.world import tamper

PRESENTATION = {
    "@context": [CONTEXT_V2],
    "type": ["VerifiablePresentation"],
    "holder": "did:example:holder",
    "verifiableCredential": [CREDENTIAL],
}
ENVELOPE = {
    "@context": CONTEXT_V2,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/vc+jwt,e30.e30.e30",
}
OLD_PRESENTATION = {**PRESENTATION, "@context": [CONTEXT_V1], "verifiableCredential": [OLD]}


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/@context", ..., "model.context"),
        ("/@context", [CONTEXT_V2, 7], "model.context"),
        ("/type", ..., "model.type"),
        ("/type", "VerifiableCredential", "model.type"),
        ("/type", ["VerifiablePresentation", "VerifiableCredential"], "model.type"),
        ("/type", "EnvelopedVerifiablePresentation", "model.enveloped"),
        ("/id", "relative", "model.id"),
        ("/id", None, "model.id"),
        ("/@id", "urn:x:y", "model.keyword"),
        ("/holder", None, "model.holder"),
        ("/holder", ["did:example:holder"], "model.holder"),
        ("/holder", {"name": "nobody"}, "model.holder"),
        ("/holder", {"id": "did:example:holder", "name": 5}, "model.holder"),
        ("/verifiableCredential", [PRESENTATION], "presentation.nested"),
        (
            "/verifiableCredential",
            {**ENVELOPE, "type": "EnvelopedVerifiablePresentation"},
            "presentation.nested",
        ),
        ("/verifiableCredential", [{"type": "EnvelopedVerifiableCredential"}], "model.context"),
        ("/verifiableCredential", [{**ENVELOPE, "id": "urn:x:y"}], "model.envelope"),
        ("/verifiableCredential", ["urn:a:b"], "model.not-object"),
        ("/verifiableCredential", None, "model.not-object"),
        ("/verifiableCredential", [CREDENTIAL] * 21, "model.credentials"),
        ("/verifiableCredential/0/type", "Other", "model.type"),
        ("/verifiableCredential/0/type", ..., "model.type"),
        ("/verifiableCredential/0/credentialSubject/@context", {}, "model.nested-context"),
        ("/termsOfUse", {"@context": {}}, "model.nested-context"),
        ("/termsOfUse", {"id": "urn:x:y"}, "model.terms-of-use"),
        ("/proof", [], "model.proof"),
    ],
)
def test_refused_presentations(pointer, value, code):
    assert refused(tamper(PRESENTATION, pointer, value), Presentation.parse) == code


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/@context", CONTEXT_V2),
        ("/@context", [CONTEXT_V2, "https://x.example/c", {"a": "urn:x:a"}]),
        ("/id", "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"),
        ("/type", "VerifiablePresentation"),
        ("/type", ["Other", "VerifiablePresentation"]),
        ("/holder", ...),
        ("/holder", {"id": "did:example:holder", "name": "Holder"}),
        ("/verifiableCredential", ...),
        ("/verifiableCredential", CREDENTIAL),
        ("/verifiableCredential", []),
        ("/verifiableCredential", [CREDENTIAL, ENVELOPE, OLD]),
        ("/termsOfUse", [{"type": "Terms"}]),
        ("/proof", [{"type": "DataIntegrityProof"}]),
    ],
)
def test_accepted_presentations(pointer, value):
    Presentation.parse(tamper(PRESENTATION, pointer, value))


def test_a_presentation_gives_its_members():
    presentation = Presentation.parse(tamper(PRESENTATION, "/verifiableCredential", CREDENTIAL))
    assert presentation.holder == "did:example:holder"
    assert [credential.issuer for credential in presentation.credentials] == ["did:example:issuer"]


def test_a_presentation_holds_both_versions_and_envelopes_in_order():
    held = Presentation.parse({**PRESENTATION, "verifiableCredential": [OLD, ENVELOPE, CREDENTIAL]})
    first, second, third = held.credentials
    assert (first.version, third.version) == (Version.V1, Version.V2)
    assert isinstance(second, Enveloped)


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/verifiableCredential/0", CREDENTIAL, "presentation.version"),
        ("/verifiableCredential/0", ENVELOPE, "presentation.version"),
        ("/verifiableCredential/0", "e30.e30.e30", "model.not-object"),
        ("/holder", {"id": "did:example:holder"}, "model.holder"),
        ("/@context", [CONTEXT_V1, CONTEXT_V2], "model.context"),
    ],
)
def test_refused_presentations_of_the_first_version(pointer, value, code):
    assert Presentation.parse(OLD_PRESENTATION).version is Version.V1
    assert refused(tamper(OLD_PRESENTATION, pointer, value), Presentation.parse) == code


def test_a_presentation_is_read_in_an_envelope_or_not():
    wrapped = {**ENVELOPE, "type": ["EnvelopedVerifiablePresentation"], "id": "data:application/vp+jwt,a.b.c"}
    assert read_presentation(wrapped) == Enveloped.parse(wrapped)
    assert read_presentation(PRESENTATION) == Presentation.parse(PRESENTATION)


def test_bytes_that_are_no_json():
    assert refused(b"\xff", Presentation.decode) == "model.json"
