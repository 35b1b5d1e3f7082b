import pytest

from credentials.errors import CredentialError
from credentials.model import Version, issued_form
from tests.credentials.model.test_credential import CREDENTIAL, OLD
from tests.support.world import tamper


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/credentialSubject/employer", {"id": "did:example:employer", "type": "Organization"}),
        ("/credentialSubject/list", [{"type": ["A", "urn:x:B"]}, [{"@id": "urn:x:y"}]]),
        ("/credentialSubject/born", {"@value": "2001-01-01", "@type": "urn:x:date"}),
        ("/credentialSubject/jsonSchema", {"properties": {"id": {"type": "string"}, "type": {}}, "id": "x"}),
        ("/credentialSubject/literal", {"@type": "@json", "@value": {"id": 5, "type": None}}),
    ],
)
def test_what_an_issuer_signs(pointer, value):
    for document, version in ((CREDENTIAL, Version.V2), (OLD, Version.V1)):
        assert issued_form(tamper(document, pointer, value)).version is version


@pytest.mark.parametrize(
    ("pointer", "value", "code", "place"),
    [
        ("/proof", {}, "issue.proof", "/proof"),
        ("/credentialSubject/employer", {"id": "employer"}, "issue.id", "/credentialSubject/employer/id"),
        ("/credentialSubject/employer", {"id": "_:b0"}, "issue.id", "/credentialSubject/employer/id"),
        ("/credentialSubject/employer", {"id": None}, "issue.id", "/credentialSubject/employer/id"),
        ("/credentialSubject/a", [{}, {"b": {"@id": ""}}], "issue.id", "/credentialSubject/a/1/b/@id"),
        ("/credentialSubject/a", {"x/y~z": {"id": ""}}, "issue.id", "/credentialSubject/a/x~1y~0z/id"),
        ("/credentialSubject/a", {"type": [""]}, "issue.type", "/credentialSubject/a/type"),
        ("/credentialSubject/a", {"@type": ["T", "T"]}, "issue.type", "/credentialSubject/a/@type"),
        ("/evidence", [{"type": "E", "by": {"id": "x"}}], "issue.id", "/evidence/0/by/id"),
        ("/validUntil", "2020-01-01T00:00:00Z", "model.validity", "/validUntil"),
        ("/credentialStatus", {"id": "urn:x:y"}, "model.status", "/credentialStatus/type"),
        ("/@context/0", "https://x.example/c", "model.context", "/@context"),
        ("/credentialSubject", {}, "model.subject", "/credentialSubject"),
        ("/id", "credentials/1", "model.id", "/id"),
        ("/type", "EnvelopedVerifiableCredential", "model.enveloped", "/type"),
    ],
)
def test_what_an_issuer_refuses(pointer, value, code, place):
    with pytest.raises(CredentialError) as caught:
        issued_form(tamper(CREDENTIAL, pointer, value))
    assert (caught.value.code, caught.value.detail.split(": ")[0]) == (code, place)
