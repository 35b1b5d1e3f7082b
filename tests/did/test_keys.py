"""Keys: both text forms against published keys and multiformats, signatures, and what is refused."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from multiformats import multibase, multicodec

from did import sodium
from did.keys import Ed25519Signer, KeyType, P256Signer, P384Signer, PublicKey, verify_signature
from tests.did.outcomes import code_of, outcome

CODECS = {
    KeyType.ED25519: "ed25519-pub",
    KeyType.X25519: "x25519-pub",
    KeyType.P256: "p256-pub",
    KeyType.P384: "p384-pub",
    KeyType.SECP256K1: "secp256k1-pub",
    KeyType.BLS12381_G2: "bls12_381-g2-pub",
}
# The generator of G2 (draft-irtf-cfrg-pairing-friendly-curves), compressed.
G2 = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)
CURVES = {KeyType.P256: ec.SECP256R1(), KeyType.P384: ec.SECP384R1(), KeyType.SECP256K1: ec.SECP256K1()}


def point(key_type, secret=7):
    public = ec.derive_private_key(secret, CURVES[key_type]).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


KEYS = {
    KeyType.ED25519: PublicKey(KeyType.ED25519, sodium.ed25519_public(bytes(32))),
    KeyType.X25519: PublicKey(KeyType.X25519, bytes(range(32))),
    KeyType.P256: PublicKey(KeyType.P256, point(KeyType.P256)),
    KeyType.P384: PublicKey(KeyType.P384, point(KeyType.P384)),
    KeyType.SECP256K1: PublicKey(KeyType.SECP256K1, point(KeyType.SECP256K1)),
    KeyType.BLS12381_G2: PublicKey(KeyType.BLS12381_G2, G2),
}


@pytest.mark.parametrize("key_type", KeyType)
def test_multikey_equals_multiformats_and_reads_back(key_type):
    key = KEYS[key_type]
    assert key.multikey() == multibase.encode(multicodec.wrap(CODECS[key_type], key.raw), "base58btc")
    assert PublicKey.from_multikey(key.multikey()) == key


@pytest.mark.parametrize("key_type", [k for k in KeyType if k is not KeyType.BLS12381_G2])
def test_jwk_reads_back(key_type):
    key = KEYS[key_type]
    assert PublicKey.from_jwk(key.jwk()) == key
    assert PublicKey.from_jwk({**key.jwk(), "kid": "x", "use": "sig"}) == key
    assert code_of(PublicKey.from_jwk, {**key.jwk(), "d": "AA"}) == "key.private"
    assert code_of(PublicKey.from_jwk, {**key.jwk(), "kty": "RSA"}) == "key.unsupported"
    assert code_of(PublicKey.from_jwk, {**key.jwk(), "x": 1}) == "key.malformed"
    assert code_of(PublicKey.from_jwk, {**key.jwk(), "x": "AAAA"}) == "key.malformed"
    assert code_of(PublicKey.from_jwk, {**key.jwk(), "x": "=" + key.jwk()["x"][1:]}) == "key.malformed"


def test_jwk_published_examples():
    # RFC 8037 appendix A.2 and RFC 7517 appendix A.1.
    ed25519_key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert PublicKey.from_jwk(ed25519_key).jwk() == ed25519_key
    p256_key = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    assert PublicKey.from_jwk(p256_key).jwk() == p256_key
    off_curve = {**p256_key, "y": p256_key["x"]}
    assert code_of(PublicKey.from_jwk, off_curve) == "key.malformed"


def test_jwk_of_bls_is_refused_both_ways():
    assert code_of(KEYS[KeyType.BLS12381_G2].jwk) == "key.unsupported"
    assert code_of(PublicKey.from_jwk, {"kty": "OKP", "crv": "BLS12-381-G2", "x": "AA"}) == "key.unsupported"
    assert code_of(PublicKey.from_jwk, {"kty": "", "crv": "BLS12-381-G2", "x": "AA"}) == "key.unsupported"
    assert code_of(PublicKey.from_jwk, {"kty": ["EC"], "crv": {}}) == "key.unsupported"


@pytest.mark.parametrize("key_type", KeyType)
def test_multikey_refuses_other_lengths(key_type):
    raw = KEYS[key_type].raw
    assert code_of(PublicKey, key_type, raw[:-1]) == "key.malformed"
    assert code_of(PublicKey, key_type, raw + b"\x00") == "key.malformed"
    assert code_of(PublicKey, key_type, b"") == "key.malformed"


@pytest.mark.parametrize("key_type", CURVES)
def test_multikey_refuses_what_is_no_compressed_point(key_type):
    raw = KEYS[key_type].raw
    assert code_of(PublicKey, key_type, b"\x04" + raw[1:]) == "key.malformed"
    off_curve = next(
        PublicKey(key_type, b"\x02" + bytes(len(raw) - 2) + bytes([x]))
        for x in range(256)
        if not _on_curve(key_type, b"\x02" + bytes(len(raw) - 2) + bytes([x]))
    )
    assert code_of(PublicKey.from_multikey, off_curve.multikey()) == "key.malformed"
    assert code_of(verify_signature, off_curve, b"", bytes(2 * (len(raw) - 1))) == "key.malformed"


def _on_curve(key_type, raw):
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key_type], raw)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "raw",
    [
        bytes([G2[0] & 0x7F]) + G2[1:],
        bytes([G2[0] | 0x40]) + G2[1:],
        b"\xc0" + bytes(95),
        b"\x9f" + b"\xff" * 47 + G2[48:],
        G2[:48] + b"\x1f" + b"\xff" * 47,
    ],
    ids=["uncompressed", "infinity-bit", "identity", "first-not-reduced", "second-not-reduced"],
)
def test_g2_form_is_checked(raw):
    assert code_of(PublicKey, KeyType.BLS12381_G2, raw) == "key.malformed"


def test_multikey_refuses_other_bases_and_codecs():
    key = KEYS[KeyType.ED25519]
    assert (
        code_of(PublicKey.from_multikey, multibase.encode(b"\xed\x01" + key.raw, "base64url"))
        == "key.malformed"
    )
    assert (
        code_of(PublicKey.from_multikey, multibase.encode(b"\x12\x20" + key.raw, "base58btc"))
        == "key.unsupported"
    )
    assert code_of(PublicKey.from_multikey, "z") == "key.unsupported"
    assert code_of(PublicKey.from_multikey, "") == "key.malformed"
    assert code_of(PublicKey.from_multikey, "z0") == "key.malformed"
    assert code_of(PublicKey.from_multikey, "z" + "1" * 129) == "key.malformed"


@given(st.text(max_size=60) | st.text(st.sampled_from("z6MkDn"), max_size=60))
def test_random_text_gives_only_our_errors(text):
    key, code = outcome(PublicKey.from_multikey, text)
    assert code in {"key.malformed", "key.unsupported"} if key is None else key.multikey() == text


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "d"]),
        st.sampled_from(["EC", "OKP", "P-256", "A", 1, None, []]),
    )
)
def test_random_jwk_gives_only_our_errors(jwk):
    assert code_of(PublicKey.from_jwk, jwk) in {"key.malformed", "key.unsupported", "key.private"}


# RFC 8032 section 7.1, test 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_ed25519_published_example():
    signer = Ed25519Signer(SEED)
    assert signer.public_key == PublicKey(KeyType.ED25519, PUBLIC)
    assert signer.sign(b"\x72") == SIGNATURE
    assert sodium.ed25519_sign(SEED, b"\x72") == SIGNATURE
    verify_signature(signer.public_key, b"\x72", SIGNATURE)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64))
def test_ed25519_equals_openssl(seed, message):
    peer = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    assert Ed25519Signer(seed).sign(message) == peer.sign(message)
    assert Ed25519Signer(seed).public_key.raw == peer.public_key().public_bytes_raw()


ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (b"\x73", SIGNATURE),
        (b"\x72", bytes([SIGNATURE[0] ^ 1]) + SIGNATURE[1:]),
        (b"\x72", SIGNATURE[:-1]),
        (b"\x72", SIGNATURE + b"\x00"),
        (b"\x72", b""),
        # s + order: the same equation, a second signature.
        (b"\x72", SIGNATURE[:32] + (int.from_bytes(SIGNATURE[32:], "little") + ORDER).to_bytes(32, "little")),
    ],
)
def test_ed25519_refuses(message, signature):
    assert (
        code_of(verify_signature, PublicKey(KeyType.ED25519, PUBLIC), message, signature) == "key.signature"
    )


def test_ed25519_refuses_keys_of_small_order():
    # With the identity as key, R = identity and s = 0 satisfy the bare equation for every message.
    identity = b"\x01" + bytes(31)
    assert (
        code_of(verify_signature, PublicKey(KeyType.ED25519, identity), b"any", identity + bytes(32))
        == "key.signature"
    )


def test_p256_published_example():
    # RFC 6979 appendix A.2.5, SHA-256, message "sample".
    signer = P256Signer(bytes.fromhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
    signature = signer.sign(b"sample")
    assert signature.hex() == (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )
    verify_signature(signer.public_key, b"sample", signature)


def test_p384_signatures_are_those_of_rfc_6979():
    """RFC 6979, A.2.6, SHA-384."""
    signer = P384Signer(
        bytes.fromhex(
            "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
        )
    )
    signature = signer.sign(b"sample")
    assert signature.hex() == (
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
    )
    verify_signature(signer.public_key, b"sample", signature)
    assert code_of(P384Signer, bytes(48)) == "key.malformed"
    assert code_of(P384Signer, b"\x01" * 32) == "key.malformed"


@pytest.mark.parametrize(
    ("key_type", "digest"),
    [(KeyType.P256, SHA256()), (KeyType.P384, SHA384()), (KeyType.SECP256K1, SHA256())],
)
def test_ecdsa_verifies_and_refuses(key_type, digest):
    size = len(KEYS[key_type].raw) - 1
    private = ec.derive_private_key(7, CURVES[key_type])
    r, s = decode_dss_signature(private.sign(b"message", ec.ECDSA(digest)))
    signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    verify_signature(KEYS[key_type], b"message", signature)
    for message, bad in (
        (b"massage", signature),
        (b"message", signature[:-1]),
        (b"message", bytes(2 * size)),
        (b"message", b"\xff" * 2 * size),
        (b"message", signature[size:] + signature[:size]),
        (b"message", private.sign(b"message", ec.ECDSA(digest))),
    ):
        assert code_of(verify_signature, KEYS[key_type], message, bad) == "key.signature"


def test_ecdsa_refuses_a_signature_without_its_leading_zero():
    signer = P256Signer(bytes(31) + b"\x07")
    message = next(m for m in map(str.encode, map(str, range(5000))) if signer.sign(m)[32] == 0)
    signature = signer.sign(message)
    verify_signature(signer.public_key, message, signature)
    shorter = signature[:32] + signature[33:]
    assert code_of(verify_signature, signer.public_key, message, shorter) == "key.signature"


def test_ed25519_does_not_let_signature_and_message_share_bytes():
    signer = Ed25519Signer(SEED)
    signature = signer.sign(b"ab")
    assert code_of(verify_signature, signer.public_key, b"b", signature + b"a") == "key.signature"
    longer = signer.public_key.raw + b"x"
    assert code_of(sodium.ed25519_verify, longer, b"ab", signature) == "sodium.signature"


@pytest.mark.parametrize("key_type", [KeyType.X25519, KeyType.BLS12381_G2])
def test_other_keys_do_not_sign(key_type):
    assert code_of(verify_signature, KEYS[key_type], b"", bytes(64)) == "key.unsupported"


@pytest.mark.parametrize("secret", [b"", bytes(30) + b"\x07", bytes(32) + b"\x07", bytes(32), b"\xff" * 32])
def test_bad_secrets(secret):
    assert code_of(P256Signer, secret) == "key.malformed"
    if len(secret) != 32:
        assert code_of(Ed25519Signer, secret) == "sodium.length"


def test_secrets_are_not_shown():
    secret = hashlib.sha256(b"secret").digest()
    for signer in (Ed25519Signer(secret), P256Signer(secret), P384Signer(secret + bytes(16))):
        shown = f"{signer!r} {signer}"
        assert signer.public_key.multikey() in shown
        assert secret.hex() not in shown
        assert not hasattr(signer, "__dict__")
