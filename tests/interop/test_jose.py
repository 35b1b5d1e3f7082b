"""vc+jwt and vp+jwt against the npm library jose, both ways, with each algorithm that we sign."""

from __future__ import annotations

import pytest

from credentials import enveloping
from credentials.errors import CredentialError
from credentials.jose import vc_jwt, vp_jwt
from did.encoding import encode_base64url
from tests.support import signed
from tests.support.peers import ask, values
from tests.support.signed import AUDIENCE, NONCE, NOW, SIGNERS

SECRETS = {"EdDSA": b"\x01" * 32, "ES256": b"\x02" * 32, "ES384": b"\x03" * 48}
KINDS = ("vc+jwt", "vp+jwt")
GRID = [(algorithm, kind) for algorithm in SIGNERS for kind in KINDS]


def document(algorithm, kind):
    signer = SIGNERS[algorithm]
    if kind == "vc+jwt":
        return signed.credential(signer)
    inner = vc_jwt.sign(signed.credential(signer), signer=signer, key_id=signed.method_of(signer))
    return signed.presentation(enveloping.envelope("application/vc+jwt", inner)["id"], by=signer)


def bound(algorithm, kind):
    more = {"nonce": NONCE, "aud": AUDIENCE} if kind == "vp+jwt" else {}
    return {**document(algorithm, kind), **more}


def ours(algorithm, kind):
    signer = SIGNERS[algorithm]
    stated = {"signer": signer, "key_id": signed.method_of(signer)}
    if kind == "vc+jwt":
        return vc_jwt.sign(document(algorithm, kind), **stated)
    return vp_jwt.sign(document(algorithm, kind), nonce=NONCE, audience=AUDIENCE, now=NOW, **stated)


def verified(text, key, kind):
    if kind == "vc+jwt":
        return vc_jwt.verify(vc_jwt.read(text), key, now=NOW)
    expected = {"expected_nonce": NONCE, "expected_audience": AUDIENCE}
    return vp_jwt.verify(vp_jwt.read(text), key, now=NOW, **expected)


def changed(text):
    head, payload, signature = text.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


@pytest.fixture(scope="module")
def answers():
    tasks = {}
    for algorithm, kind in GRID:
        signer, name = SIGNERS[algorithm], f"{algorithm} {kind}"
        public = signer.public_key.jwk()
        secret = {**public, "d": encode_base64url(SECRETS[algorithm])}
        verify = {"do": "verify", "key": public, "typ": kind, "algorithm": algorithm, "now": NOW.isoformat()}
        if kind == "vp+jwt":
            verify["audience"] = AUDIENCE
        text = ours(algorithm, kind)
        tasks[f"verify {name}"] = {**verify, "text": text}
        tasks[f"refuse {name}"] = {**verify, "text": changed(text)}
        header = {"alg": algorithm, "typ": kind, "kid": signed.method_of(signer)}
        tasks[f"sign {name}"] = {
            "do": "sign",
            "payload": bound(*name.split()),
            "header": header,
            "key": secret,
        }
    return ask("jose", tasks)


@pytest.mark.parametrize(("algorithm", "kind"), GRID)
def test_the_peer_verifies_what_we_sign(answers, algorithm, kind):
    name = f"{algorithm} {kind}"
    found = values({name: answers[f"verify {name}"]})[name]
    assert document(algorithm, kind).items() <= found["payload"].items()
    assert found["header"]["kid"] == signed.method_of(SIGNERS[algorithm])
    assert "signature verification failed" in answers[f"refuse {name}"].error


@pytest.mark.parametrize(("algorithm", "kind"), GRID)
def test_we_verify_what_the_peer_signs(answers, algorithm, kind):
    text = values({"sign": answers[f"sign {algorithm} {kind}"]})["sign"]
    key = SIGNERS[algorithm].public_key
    assert verified(text, key, kind) == bound(algorithm, kind)
    with pytest.raises(CredentialError) as caught:
        verified(changed(text), key, kind)
    assert caught.value.code == "jws.signature"
