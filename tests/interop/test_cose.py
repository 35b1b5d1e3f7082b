"""vc+cose and vp+cose against the npm library @auth0/cose, both ways, with each algorithm that we sign."""

from __future__ import annotations

import orjson
import pytest

from credentials.cose import vc_cose, vp_cose
from credentials.errors import CredentialError
from did.encoding import encode_base64url
from tests.support import signed
from tests.support.peers import ask, values
from tests.support.signed import AUDIENCE, NONCE, NOW, SIGNERS

SECRETS = {"EdDSA": b"\x01" * 32, "ES256": b"\x02" * 32, "ES384": b"\x03" * 48}
NUMBERS = {"EdDSA": -8, "ES256": -7, "ES384": -35}
GRID = [(algorithm, kind) for algorithm in SIGNERS for kind in ("vc", "vp")]


def document(algorithm, kind):
    signer = SIGNERS[algorithm]
    if kind == "vc":
        return signed.credential(signer)
    return signed.presentation("data:application/vc+jwt,a.b.c", by=signer)


def ours(algorithm, kind):
    signer = SIGNERS[algorithm]
    stated = {"signer": signer, "key_id": signed.method_of(signer)}
    if kind == "vc":
        return vc_cose.sign(document(algorithm, kind), **stated)
    return vp_cose.sign(document(algorithm, kind), nonce=NONCE, audience=AUDIENCE, now=NOW, **stated)


def verified(data, key, kind):
    if kind == "vc":
        return vc_cose.verify(vc_cose.read(data), key, now=NOW)
    expected = {"expected_nonce": NONCE, "expected_audience": AUDIENCE}
    return vp_cose.verify(vp_cose.read(data), key, now=NOW, **expected)


def changed(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def header(algorithm, kind):
    kid = signed.method_of(SIGNERS[algorithm]).encode().hex()
    bound = {"map": [[3, AUDIENCE], [10, {"hex": NONCE.encode().hex()}]]}
    return [
        [1, NUMBERS[algorithm]],
        [3, f"application/{kind}"],
        [4, {"hex": kid}],
        *([[15, bound]] if kind == "vp" else []),
        [16, f"application/{kind}+cose"],
    ]


@pytest.fixture(scope="module")
def answers():
    tasks = {}
    for algorithm, kind in GRID:
        public, name = SIGNERS[algorithm].public_key.jwk(), f"{algorithm} {kind}"
        data = ours(algorithm, kind)
        tasks[f"verify {name}"] = {"do": "verify", "data": data.hex(), "key": public}
        tasks[f"refuse {name}"] = {"do": "verify", "data": changed(data).hex(), "key": public}
        tasks[f"sign {name}"] = {
            "do": "sign",
            "payload": orjson.dumps(document(algorithm, kind)).hex(),
            "protected": header(algorithm, kind),
            "key": {**public, "d": encode_base64url(SECRETS[algorithm])},
        }
    return ask("cose", tasks)


@pytest.mark.parametrize(("algorithm", "kind"), GRID)
def test_the_peer_verifies_what_we_sign(answers, algorithm, kind):
    name = f"{algorithm} {kind}"
    found = values({name: answers[f"verify {name}"]})[name]
    assert orjson.loads(bytes.fromhex(found["payload"])) == document(algorithm, kind)
    assert found["alg"] == NUMBERS[algorithm]
    assert bytes.fromhex(found["kid"]).decode() == signed.method_of(SIGNERS[algorithm])
    assert "COSESignatureVerificationFailed" in answers[f"refuse {name}"].error


@pytest.mark.parametrize(("algorithm", "kind"), GRID)
def test_we_verify_what_the_peer_signs(answers, algorithm, kind):
    data = bytes.fromhex(values({"sign": answers[f"sign {algorithm} {kind}"]})["sign"])
    key = SIGNERS[algorithm].public_key
    assert verified(data, key, kind) == document(algorithm, kind)
    with pytest.raises(CredentialError) as caught:
        verified(changed(data), key, kind)
    assert caught.value.code == "cose.signature"
