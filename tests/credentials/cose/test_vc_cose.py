"""vc+cose and vp+cose: what is signed is read and verified; what the header says is heard."""

from __future__ import annotations

import cbor2
import orjson
import pytest

from credentials.cose import sign1, vc_cose, vp_cose
from credentials.errors import CredentialError
from tests.support import signed
from tests.support.signed import AUDIENCE, HOLDER, ISSUER, NONCE, NOW, OTHER, SECONDS, SIGNERS

URL = "data:application/vc+jwt,a.b.c"


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


def made(document, *, signer=ISSUER, **header):
    protected = {16: "application/vc+cose", 4: signed.method_of(signer).encode()}
    more = {int(label.removeprefix("_")): value for label, value in header.items()}
    return sign1.sign(orjson.dumps(document), protected={**protected, **more}, signer=signer)


def verified(data, key=ISSUER.public_key):
    return vc_cose.verify(vc_cose.read(data), key, now=NOW)


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_a_credential_goes_round(algorithm):
    signer = SIGNERS[algorithm]
    data = vc_cose.sign(signed.credential(signer), signer=signer, key_id=signed.method_of(signer))
    found = vc_cose.read(data)
    assert (found.issuer, found.key_id) == (signed.did_of(signer), signed.method_of(signer))
    assert vc_cose.verify(found, signer.public_key, now=NOW) == signed.credential(signer)
    assert code(vc_cose.verify, found, OTHER.public_key, now=NOW) in {"cose.signature", "cose.alg"}


def test_a_presentation_goes_round():
    stated = {"signer": HOLDER, "key_id": signed.method_of(HOLDER)}
    data = vp_cose.sign(signed.presentation(URL), nonce=NONCE, audience=AUDIENCE, now=NOW, **stated)
    found = vp_cose.read(data)
    assert (found.holder, found.nonce, found.audience) == (signed.did_of(HOLDER), NONCE, AUDIENCE)
    assert int(found.times.issued.timestamp()) == SECONDS
    expected = {"expected_nonce": NONCE, "expected_audience": AUDIENCE, "now": NOW}
    assert vp_cose.verify(found, HOLDER.public_key, **expected) == signed.presentation(URL)
    assert code(vc_cose.read, data) == "cose.content-type"


def test_bytes_are_written_deterministically():
    data = vc_cose.sign(signed.credential(), signer=ISSUER, key_id=signed.method_of(ISSUER))
    again = vc_cose.sign(signed.credential(), signer=ISSUER, key_id=signed.method_of(ISSUER))
    assert data == again
    assert cbor2.dumps(cbor2.loads(data), canonical=True) == data


def test_claims_in_the_header_are_heard():
    good = {1: signed.did_of(ISSUER), 2: signed.did_of(HOLDER), 4: SECONDS + 1, 5: SECONDS, 7: b"x", 99: None}
    assert verified(made(signed.credential(), _15=good)) == signed.credential()
    for claims, found in (
        ({4: SECONDS}, "secured.expired"),
        ({5: SECONDS + 1}, "secured.not-yet"),
        ({2: signed.did_of(OTHER)}, "secured.subject"),
        ({4: "now"}, "secured.time"),
        ({4: None}, "cose.claims"),
        ({10: b"\xff"}, "cose.claims"),
        ([], "cose.claims"),
    ):
        assert code(verified, made(signed.credential(), _15=claims)) == found


def test_the_key_is_named_and_the_issuers():
    assert code(verified, made(signed.credential(), _4=b"\xff")) == "cose.claims"
    assert code(verified, made(signed.credential(), _4=b"#key-1")) == "secured.key-id"
    assert code(verified, made(signed.credential(), signer=OTHER)) == "secured.key-controller"
    unnamed = sign1.sign(
        orjson.dumps(signed.credential()), protected={16: "application/vc+cose"}, signer=ISSUER
    )
    assert code(vc_cose.read, unnamed) == "secured.key-id"


def test_the_payload_is_strict_json():
    protected = {16: "application/vc+cose"}
    data = sign1.sign(b'{"a":1,"a":2}', protected=protected, signer=ISSUER)
    assert code(vc_cose.read, data) == "json.duplicate-key"


def test_nothing_is_signed_that_would_not_be_read():
    sign = {"signer": ISSUER, "key_id": signed.method_of(ISSUER)}
    assert code(vc_cose.sign, signed.credential(OTHER), **sign) == "secured.key-controller"
    assert code(vc_cose.sign, signed.presentation(URL), **sign) == "secured.document"
