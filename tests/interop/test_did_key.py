"""did:key against two npm implementations, for each key type they have; and signatures with such keys."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from did.encoding import decode_base58btc, encode_base64url, encode_multibase
from did.identifiers import Did
from did.keys import Ed25519Signer, KeyType, P256Signer, PublicKey, verify_signature
from did.methods import key as did_key
from tests.did.outcomes import code_of
from tests.support.bbs import key_pair
from tests.support.peers import ask, values
from zk import bbs

CURVES = {KeyType.P256: ec.SECP256R1(), KeyType.P384: ec.SECP384R1(), KeyType.SECP256K1: ec.SECP256K1()}
COUNTS = {
    KeyType.ED25519: 40,
    KeyType.P256: 40,
    KeyType.P384: 20,
    KeyType.SECP256K1: 20,
    KeyType.BLS12381_G2: 5,
}
FIRST = (KeyType.ED25519, KeyType.P256, KeyType.P384, KeyType.BLS12381_G2)
SECOND = (KeyType.ED25519, KeyType.P256, KeyType.P384, KeyType.SECP256K1)
MESSAGES = [b"", b"message", bytes(1000)]


def seed(kind, number):
    return hashlib.sha256(f"{kind} {number}".encode()).digest()


def public_key(kind, number):
    if kind is KeyType.ED25519:
        return Ed25519Signer(seed(kind, number)).public_key
    if kind is KeyType.BLS12381_G2:
        return key_pair(bbs.suite(bbs.SHA256), seed(kind, number))[1]
    point = ec.derive_private_key(int.from_bytes(seed(kind, number)), CURVES[kind]).public_key()
    return PublicKey(kind, point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


KEYS = {
    f"{kind} {number}": public_key(kind, number) for kind, count in COUNTS.items() for number in range(count)
}
SEEDS = {f"of seed {number}": seed("of seed", number) for number in range(20)}
SIGNERS = {
    "Ed25519": (Ed25519Signer(bytes(range(32))), "8026" + bytes(range(32)).hex()),
    "P-256": (P256Signer(bytes(range(32))), "8626" + bytes(range(32)).hex()),
}


def method(signer):
    did = did_key.create(signer.public_key).text
    return {
        "@context": "https://w3id.org/security/multikey/v1",
        **did_key.resolve(Did.parse(did)).to_json()["verificationMethod"][0],
    }


@pytest.fixture(scope="module")
def answers():
    tasks = {}
    for name, key in KEYS.items():
        did = did_key.create(key).text
        tasks[f"{name} document"] = {"do": "document", "did": did}
        tasks[f"{name} method"] = {"do": "method", "url": did_key.verification_method_id(key)}
        tasks[f"{name} second"] = {"do": "second_method", "did": did}
    for name, data in SEEDS.items():
        tasks[name] = {"do": "of_seed", "seed": data.hex()}
    for name, (signer, secret) in SIGNERS.items():
        key = {**method(signer), "secretKeyMultibase": encode_multibase(bytes.fromhex(secret))}
        for number, message in enumerate(MESSAGES):
            data = message.hex()
            signature = signer.sign(message)
            verify = {"do": "verify", "method": method(signer), "data": data, "signature": signature.hex()}
            tasks[f"{name} sign {number}"] = {"do": "sign", "key": key, "data": data}
            tasks[f"{name} verify {number}"] = verify
            altered = bytes([signature[0] ^ 1]) + signature[1:]
            tasks[f"{name} altered {number}"] = {**verify, "signature": altered.hex()}
    return ask("did_key", tasks)


def of(kinds):
    return {name: key for name, key in KEYS.items() if key.type in kinds}


def test_the_first_peer_resolves_to_our_document(answers):
    for name, key in of(FIRST).items():
        assert answers[f"{name} document"] == (did_key.resolve(did_key.create(key)).to_json(), None)


def test_the_first_peer_dereferences_our_method(answers):
    for name, key in of(FIRST).items():
        [ours] = did_key.resolve(did_key.create(key)).to_json()["verificationMethod"]
        found = answers[f"{name} method"].value
        assert {**found, "@context": None} == {**ours, "@context": None}


def whole(coordinate, key):
    octets = base64.urlsafe_b64decode(coordinate + "=" * (-len(coordinate) % 4))
    return encode_base64url(octets.rjust(len(key.raw) - 1, b"\0"))


def test_the_second_peer_reads_the_same_key(answers):
    shortened = []
    for name, key in of(SECOND).items():
        found = values({"it": answers[f"{name} second"]})["it"]
        assert found["id"] == did_key.verification_method_id(key)
        if key.type not in (KeyType.P256, KeyType.P384):
            assert decode_base58btc(found["publicKeyBase58"], max_chars=64) == key.raw
            continue
        jwk = found["publicKeyJwk"]
        if jwk == key.jwk():
            assert PublicKey.from_jwk(jwk) == key
        else:
            # It drops zeros in front of a coordinate. RFC 7518 section 6.2.1.2 wants all octets; so do we.
            assert {**jwk, "x": whole(jwk["x"], key), "y": whole(jwk["y"], key)} == key.jwk()
            assert code_of(PublicKey.from_jwk, jwk) == "key.malformed"
            shortened.append(name)
    assert 0 < len(shortened) < 10


def test_what_a_peer_does_not_have(answers):
    for name in of({KeyType.BLS12381_G2}):
        assert answers[f"{name} second"].error == "Error: invalidDid"
    for name in of({KeyType.SECP256K1}):
        assert "Unsupported" in answers[f"{name} document"].error


def test_we_resolve_what_the_first_peer_makes(answers):
    for name, data in SEEDS.items():
        document = answers[name].value
        did = Did.parse(document["id"])
        assert did_key.public_key(did) == Ed25519Signer(data).public_key
        assert did_key.resolve(did).to_json() == document


@pytest.mark.parametrize("name", SIGNERS)
def test_signatures_both_ways(answers, name):
    public = SIGNERS[name][0].public_key
    for number, message in enumerate(MESSAGES):
        assert answers[f"{name} verify {number}"].value is True
        assert answers[f"{name} altered {number}"].value is not True
        theirs = bytes.fromhex(answers[f"{name} sign {number}"].value)
        verify_signature(public, message, theirs)
        assert code_of(verify_signature, public, message + b"x", theirs) == "key.signature"


MALFORMED = {
    "not on the curve": encode_multibase(bytes.fromhex("802402") + b"\xff" * 32),
    "one octet less": encode_multibase(bytes.fromhex("ed01") + bytes(31)),
    "base64url": "u7QE" + "A" * 42,
    "unknown prefix": encode_multibase(bytes.fromhex("ffff01") + bytes(32)),
}


def test_malformed_keys_are_refused_by_all():
    dids = {name: f"did:key:{text}" for name, text in MALFORMED.items()}
    codes = {name: code_of(did_key.resolve, Did.parse(did)) for name, did in dids.items()}
    assert codes == dict.fromkeys(MALFORMED, "key.malformed") | {"unknown prefix": "key.unsupported"}
    verbs = ("document", "second_method")
    found = ask(
        "did_key",
        {f"{name}, {verb}": {"do": verb, "did": did} for name, did in dids.items() for verb in verbs},
    )
    assert {name: answer for name, answer in found.items() if answer.error is None} == {}
