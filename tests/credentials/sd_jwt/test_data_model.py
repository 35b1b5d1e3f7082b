"""Credentials of the W3C data model in SD-JWT."""

from __future__ import annotations

import pytest

from credentials import sd_jwt
from credentials.errors import CredentialError
from credentials.sd_jwt import data_model
from did.methods import key as did_key
from tests.support.sd_jwt import HOLDER, ISSUER, NOW, Randomness, signed

DID = did_key.create(ISSUER.public_key).text
METHOD = did_key.verification_method_id(ISSUER.public_key)
CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": {"id": DID, "name": "University"},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:holder", "degree": {"name": "BSc"}, "languages": ["pt", "fr"]},
}
PATHS = [("credentialSubject", "degree", "name"), ("credentialSubject", "languages", None)]


def issue(credential=CREDENTIAL, paths=PATHS, **options):
    return data_model.issue(
        credential, signer=ISSUER, key_id=METHOD, random_bytes=Randomness(), disclosable=paths, **options
    )


def verify(text):
    return data_model.verify(sd_jwt.read(text), ISSUER.public_key, now=NOW)


def test_the_payload_is_the_credential():
    found = verify(issue())
    assert found.claims == CREDENTIAL
    assert found.header == {"alg": "EdDSA", "typ": "vc+sd-jwt", "cty": "vc", "kid": METHOD}


def test_the_holder_is_named_beside_it():
    found = verify(issue(holder_key=HOLDER.public_key))
    assert found.claims == {**CREDENTIAL, "cnf": {"jwk": HOLDER.public_key.jwk()}}
    assert sd_jwt.holder_key(found.claims) == HOLDER.public_key


def test_a_part_is_shown():
    found = sd_jwt.present(verify(issue()), [("credentialSubject", "languages", 1)])
    assert verify(found).claims["credentialSubject"] == {
        "id": "did:example:holder",
        "degree": {},
        "languages": ["fr"],
    }


@pytest.mark.parametrize(
    "path",
    [("@context",), ("type",), ("type", 0), ("issuer",), ("issuer", "name"), ("validFrom",)],
    ids=repr,
)
def test_what_stays_visible(path):
    with pytest.raises(CredentialError) as caught:
        issue(paths=[path])
    assert caught.value.code == "sd-jwt.always-visible"


@pytest.mark.parametrize("typ", ["dc+sd-jwt", "vc+jwt", "sd-jwt"])
def test_another_form_is_refused(typ):
    text = signed(CREDENTIAL, typ=typ) + "~"
    with pytest.raises(CredentialError) as caught:
        verify(text)
    assert caught.value.code == "jws.typ"


@pytest.mark.parametrize("cty", [{}, {"cty": "vc"}, {"cty": "application/vc"}])
def test_cty_may_be_absent(cty):
    assert verify(signed(CREDENTIAL, typ="vc+sd-jwt", **cty) + "~").claims == CREDENTIAL


def test_registered_claims_that_agree_are_let_by():
    repeated = {**CREDENTIAL, "iss": DID, "sub": "did:example:holder"}
    assert verify(issue(repeated)).claims == repeated
