"""COSE_Sign1: the examples of the COSE working group, and what the peers of later tests do not show."""

from __future__ import annotations

import cbor2
import pytest

from credentials.cose import sign1
from credentials.errors import CredentialError
from did.encoding import encode_base64url
from did.keys import KeyType, P256Signer, PublicKey
from tests.support.signed import OTHER, SIGNERS

# Examples of the working group, sign1-tests: sign-pass-03 (without tag), sign-fail-02 (payload changed) and
# sign-pass-01 (alg unprotected). None has a typ, so the signature is checked below `verify`.
KEY = PublicKey.from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",
        "y": "IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4",
    }
)
SIGNED = bytes.fromhex("546869732069732074686520636f6e74656e742e")
SIGNATURE = bytes.fromhex(
    "eae868ecc176883766c5dc5ba5b8dca25dab3c2e56a551ce5705b793914348e1"
    "9f43d6c6ba654472da301b645b293c9ba939295b97c4bdb847782bff384c5794"
)
UNTAGGED = bytes.fromhex("8443a10126a104423131") + b"\x54" + SIGNED + b"\x58\x40" + SIGNATURE


def code(call, *args, **options):
    with pytest.raises(CredentialError) as caught:
        call(*args, **options)
    return caught.value.code


def read(data):
    return sign1.read(data, max_bytes=4096)


@pytest.mark.parametrize("tag", [b"", b"\xd2"])
def test_the_examples_signature_holds(tag):
    found = read(tag + UNTAGGED)
    assert found.kid == b"11"
    assert found.payload == b"This is the content."
    assert found.to_be_signed.hex() == "846a5369676e61747572653143a101264054" + SIGNED.hex()
    sign1._check_signature(found, KEY)
    assert code(sign1.verify, found, KEY, expected_typ="application/vc+cose") == "cose.typ"


def test_the_examples_failures_fail():
    changed = UNTAGGED.replace(SIGNED, SIGNED[:-1] + b"/")
    assert code(sign1._check_signature, read(changed), KEY) == "cose.signature"
    unprotected = bytes.fromhex("d28441a0a20126044231314054") + b""
    assert code(read, unprotected) == "cbor.truncated"
    whole = cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {1: -7, 4: b"11"}, SIGNED, SIGNATURE]))
    assert code(read, whole) == "cose.unprotected"


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_what_is_signed_is_verified_and_nothing_else_is(algorithm):
    signer = SIGNERS[algorithm]
    data = sign1.sign(b"x", protected={16: "a/b", 99: [1, {"a": b"c"}]}, signer=signer)
    sign1.verify(read(data), signer.public_key, expected_typ="A/B")
    at = len(data) - 1
    broken = data[:at] + bytes([data[at] ^ 1])
    assert code(sign1.verify, read(broken), signer.public_key, expected_typ="a/b") == "cose.signature"
    assert code(sign1.verify, read(data), OTHER.public_key, expected_typ="a/b") in {
        "cose.alg",
        "cose.signature",
    }


def test_fully_specified_algorithms_are_accepted():
    for signer, number in ((OTHER, -19), (P256Signer(b"\x02" * 32), -9)):
        encoded = cbor2.dumps({1: number, 16: "a/b"})
        signature = signer.sign(cbor2.dumps(["Signature1", encoded, b"", b"x"]))
        found = read(cbor2.dumps([encoded, {}, b"x", signature]))
        sign1.verify(found, signer.public_key, expected_typ="a/b")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], "cose.form"),
        ({}, "cose.form"),
        ([b"", {}, b"", b"", b""], "cose.form"),
        (["", {}, b"", b""], "cose.form"),
        ([b"", [], b"", b""], "cose.form"),
        ([b"", {}, "", b""], "cose.form"),
        ([b"", {}, b"", None], "cose.form"),
        ([b"\x80", {}, b"", b""], "cose.form"),
        ([b"\xa1", {}, b"", b""], "cbor.truncated"),
        ([b"\xbf\xff", {}, b"", b""], "cbor.form"),
        ([b"", {}, b"", b""], "cose.header"),
        ([b"\xa0", {}, b"", b""], "cose.header"),
        ([b"\xa1\x01\xf5", {}, b"", b""], "cose.header"),
        ([b"\xa1\x01\x26", {4: "kid"}, b"", b""], "cose.header"),
        ([b"\xa1\x01\x26", {2: [1]}, b"", b""], "cose.unprotected"),
        ([b"\xa1\x01\x26", {16: "a/b"}, b"", b""], "cose.unprotected"),
        ([cbor2.dumps({1: -7, 99: bytes(17000)}), {}, b"", b""], "cbor.too-large"),
    ],
)
def test_what_is_not_read(value, found):
    with pytest.raises(CredentialError) as caught:
        sign1.read(cbor2.dumps(value), max_bytes=1 << 16)
    assert caught.value.code == found


def test_a_key_that_does_not_sign_verifies_and_signs_nothing():
    key = PublicKey.from_jwk({"kty": "OKP", "crv": "X25519", "x": encode_base64url(b"\x05" * 32)})
    data = sign1.sign(b"x", protected={16: "a/b"}, signer=OTHER)
    assert code(sign1.verify, read(data), key, expected_typ="a/b") == "cose.key-type"

    class Remote:
        public_key = key

        def sign(self, message):
            return bytes(64)

    assert code(sign1.sign, b"x", protected={}, signer=Remote()) == "cose.signer"
    Remote.public_key = PublicKey(KeyType.ED25519, OTHER.public_key.raw)
    Remote.sign = lambda self, message: bytes(63)
    assert code(sign1.sign, b"x", protected={}, signer=Remote()) == "cose.signer"
    assert code(sign1.sign, b"x", protected={2: [1]}, signer=OTHER) == "cose.crit"
