"""The documents that cases of the data model start from: well formed, before a case breaks one rule."""

from __future__ import annotations

from credentials.model import CONTEXT_V1, CONTEXT_V2, Credential
from tests.support.world import tamper

VCDM = "VCDM 2.0, "
NEW = {
    "@context": [CONTEXT_V2],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:issuer",
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:subject", "resident": True},
}
OLD = {
    "@context": [CONTEXT_V1],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:issuer",
    "issuanceDate": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:subject", "resident": True},
}
ENVELOPE = {
    "@context": CONTEXT_V2,
    "type": "EnvelopedVerifiableCredential",
    "id": "data:application/vc+jwt,e30.e30.e30",
}
SHOWN = {
    "@context": [CONTEXT_V2],
    "type": "VerifiablePresentation",
    "holder": "did:example:holder",
    "verifiableCredential": [NEW],
}


def parse(pointer, value, document=NEW, reader=Credential.parse):
    """An attempt: the document with another value at a JSON pointer (`...` removes it) is read."""
    return lambda: reader(tamper(document, pointer, value))
