"""Claims that an issuer wrote beside the document: its status, holder's key and audience all count."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import orjson
import pytest

from credentials import enveloping
from credentials.cose import sign1
from credentials.errors import CredentialError
from credentials.formats import ACCEPTED
from credentials.jose import jws
from credentials.sd_jwt import issuing
from credentials.suites import Reader
from credentials.verifying.verifier import verify_credential
from did.keys import Ed25519Signer
from did.methods import key as did_key
from tests.support.statuses import URI, Lists, marked
from tests.support.world import World

V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
REVOKED = {"status_list": {"idx": 7, "uri": URI}}
STATUS, CONFIRMATION, AUDIENCE = 65535, 8, 3


@pytest.fixture
def world():
    world = World("token-claims")
    world.statuses = Lists(world)
    world.statuses.token(marked(7, "little"))
    return world


def document(world):
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": world.issuer.did,
        "credentialSubject": {"id": world.holder, "name": "a"},
    }


def text(world, payload, typ="vc+jwt"):
    header = {"typ": typ, "kid": f"{world.issuer.did}#ed25519"}
    return jws.sign(orjson.dumps(payload), header=header, signer=world.issuer.signer)


def vc_jwt(world, **claims):
    return text(world, {**document(world), **claims})


def older(world, **claims):
    inner = {**document(world), "@context": [V1], "issuanceDate": "2026-11-19T00:00:00Z"}
    return text(world, {"iss": world.issuer.did, "vc": inner, **claims}, "JWT")


def sd_jwt(world, disclosable=(), **claims):
    return issuing.issue(
        {**document(world), **claims},
        signer=world.issuer.signer,
        typ="vc+sd-jwt",
        random_bytes=world.random,
        disclosable=disclosable,
        header={"kid": f"{world.issuer.did}#ed25519"},
    )


def vc_cose(world, claims):
    protected = {
        sign1.KID: f"{world.issuer.did}#ed25519".encode(),
        sign1.TYP: "application/vc+cose",
        sign1.CWT_CLAIMS: claims,
    }
    signed = sign1.sign(orjson.dumps(document(world)), protected=protected, signer=world.issuer.signer)
    assert cbor2.loads(signed)
    return enveloping.envelope("application/vc+cose", signed)


def refused(world, credential):
    return world.refuse_credential(credential, accepted_formats=ACCEPTED)


@pytest.mark.parametrize("form", [vc_jwt, older, sd_jwt])
def test_a_status_of_the_token_counts(world, form):
    assert refused(world, form(world)) == ""
    assert refused(world, form(world, status={"status_list": {"idx": 8, "uri": URI}})) == ""
    assert refused(world, form(world, status=REVOKED)) == "status.revoked"
    assert refused(world, form(world, status={})) == "status.entry"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (REVOKED, "status.revoked"),
        ({"status_list": {"idx": 8, "uri": URI}}, ""),
        ({}, "status.entry"),
        ({"status_list": {"idx": 7, "uri": b"x"}}, "status.entry"),
        (None, "status.entry"),
    ],
)
def test_a_status_among_cwt_claims_counts(world, status, code):
    assert refused(world, vc_cose(world, {STATUS: status})) == code


def test_a_holder_does_not_leave_out_the_status_of_the_token(world):
    assert refused(world, sd_jwt(world, [("status",)], status=REVOKED)) == "sd-jwt-vc.hidden"


@pytest.mark.parametrize("form", [vc_jwt, older, sd_jwt])
def test_a_credential_for_another_audience_is_not_taken(world, form):
    found = refused(world, form(world, aud="https://other.example"))
    assert found in {"secured.audience", "sd-jwt.audience"}


def test_cwt_claims_that_are_not_understood_are_not_passed_over(world):
    assert refused(world, vc_cose(world, {AUDIENCE: "https://other.example"})) == "secured.audience"
    assert refused(world, vc_cose(world, {CONFIRMATION: {3: b"key"}})) == "secured.confirmation"


class Asked:
    """A source of type metadata that counts what it is asked."""

    def __init__(self):
        self.asked = []

    def load(self, vct):
        self.asked.append(vct)
        raise CredentialError("type.unknown", "nobody answers")


@pytest.mark.parametrize("trusted", [False, True])
def test_a_strangers_credential_makes_nobody_be_asked_for_its_type(world, trusted):
    stranger = Ed25519Signer(b"s" * 32)
    did = did_key.create(stranger.public_key)
    credential = issuing.issue(
        {"iss": did.text, "vct": "https://somebody.example/type"},
        signer=stranger,
        typ="dc+sd-jwt",
        random_bytes=world.random,
        header={"kid": f"{did.text}#{did.method_specific_id}"},
    )
    issuers = frozenset({did.text if trusted else world.issuer.did})
    types = Asked()
    means = replace(world.means(trusted_issuers=issuers), types=types)
    verdict = verify_credential(credential, means, reader=Reader.VERIFIER)
    assert verdict.accepted is trusted
    assert types.asked == ["https://somebody.example/type"] * trusted
