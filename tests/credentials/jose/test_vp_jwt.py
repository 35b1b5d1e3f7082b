"""vp+jwt: both directions with joserfc, and what binds a presentation."""

from __future__ import annotations

import pytest
from joserfc import jwt as peer
from joserfc.jwk import OKPKey

from credentials import enveloping
from credentials.errors import CredentialError
from credentials.jose import vc_jwt, vp_jwt
from credentials.model import Enveloped
from did.keys import PublicKey
from tests.support import signed
from tests.support.signed import AUDIENCE, HOLDER, ISSUER, NONCE, NOW, OTHER, SECONDS

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
HELD = vc_jwt.sign(signed.credential(), signer=ISSUER, key_id=signed.method_of(ISSUER))
URL = enveloping.envelope("application/vc+jwt", HELD)["id"]


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


def sign(document, **changed):
    options = {
        "signer": HOLDER,
        "key_id": signed.method_of(HOLDER),
        "nonce": NONCE,
        "audience": AUDIENCE,
        "now": NOW,
        **changed,
    }
    return vp_jwt.sign(document, **options)


def verified(text, key=HOLDER.public_key):
    return vp_jwt.verify(vp_jwt.read(text), key, expected_nonce=NONCE, expected_audience=AUDIENCE, now=NOW)


def test_the_peer_verifies_our_presentation_and_finds_the_credential():
    key = OKPKey.import_key(HOLDER.public_key.jwk())
    found = peer.decode(sign(signed.presentation(URL)), key, algorithms=["EdDSA"])
    assert found.header["typ"] == "vp+jwt"
    assert (found.claims["nonce"], found.claims["aud"], found.claims["iat"]) == (NONCE, AUDIENCE, SECONDS)
    [item] = found.claims["verifiableCredential"]
    inner = enveloping.content(Enveloped.parse(item))
    assert vc_jwt.verify(vc_jwt.read(inner), ISSUER.public_key, now=NOW) == signed.credential()


def test_we_verify_the_peers_presentation():
    key = OKPKey.generate_key("Ed25519")

    class Signer:
        public_key = PublicKey.from_jwk(key.as_dict(private=False))

    header = {"alg": "EdDSA", "typ": "vp+jwt", "kid": signed.method_of(Signer)}
    claims = signed.presentation(URL, by=Signer, nonce=NONCE, aud=AUDIENCE)
    text = peer.encode(header, claims, key, algorithms=["EdDSA"])
    assert verified(text, Signer.public_key) == claims


def test_a_holder_need_not_be_named_and_is_then_the_signer():
    document = signed.presentation(URL)
    del document["holder"]
    text = sign(document)
    assert verified(text) == {**document, "nonce": NONCE, "aud": AUDIENCE, "iat": SECONDS}
    assert vp_jwt.read(text).holder == signed.did_of(HOLDER)


def test_a_holder_object_and_a_list_of_one_audience_are_accepted():
    document = signed.presentation(URL, holder={"id": signed.did_of(HOLDER)})
    found = vp_jwt.read(sign(document))
    assert (found.holder, found.key_id) == (signed.did_of(HOLDER), signed.method_of(HOLDER))
    vp_jwt.check_audience([AUDIENCE], AUDIENCE)
    assert code(vp_jwt.check_audience, [], AUDIENCE) == "secured.audience"


def test_a_credential_is_no_presentation_and_the_reverse():
    assert code(verified, HELD) == "secured.cty"
    assert code(vc_jwt.read, sign(signed.presentation(URL))) == "secured.typ"


def test_another_key_verifies_nothing():
    assert code(verified, sign(signed.presentation(URL)), OTHER.public_key) == "jws.signature"


def test_nothing_is_signed_that_would_not_be_read():
    assert code(sign, signed.presentation(URL, nonce="mine")) == "issue.claim"
    assert code(sign, signed.presentation(URL), key_id=signed.method_of(OTHER)) == "secured.holder"
    assert code(sign, signed.presentation(URL, holder=[])) == "secured.holder"
    assert code(sign, signed.presentation(URL, holder="https://a.example")) == "secured.holder"
    assert code(sign, signed.presentation(URL), key_id="#key-1") == "secured.key-id"
    assert code(sign, signed.presentation(verifiableCredential=HELD)) == "secured.open-credential"
