"""The compact JWS: against joserfc in both directions, and what must not be read or verified."""

from __future__ import annotations

import json

import pytest
from joserfc import jws as peer
from joserfc.jwk import ECKey, OKPKey

from credentials.errors import CredentialError
from credentials.jose import jws
from did.encoding import encode_base64url
from did.keys import Ed25519Signer, P256Signer, PublicKey

ED = Ed25519Signer(b"\x01" * 32)
P256 = P256Signer(b"\x02" * 32)
SIGNERS = {"EdDSA": ED, "ES256": P256}
PEER_ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "ES256K"]

# The name is deprecated for a more exact one, and is what everyone writes.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def refused(call, *args, **kwargs):
    with pytest.raises(CredentialError) as caught:
        call(*args, **kwargs)
    return caught.value.code


def raw(header, payload=b"{}", signature=b"\x00" * 64):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return ".".join(encode_base64url(part) for part in (text, payload, signature))


def read(text):
    return jws.read(text, max_bytes=65536)


def peer_key(algorithm):
    if algorithm in ("EdDSA", "Ed25519"):
        return OKPKey.generate_key("Ed25519")
    return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES256K": "secp256k1"}[algorithm])


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_the_peer_verifies_what_we_sign(algorithm):
    signer = SIGNERS[algorithm]
    text = jws.sign(b'{"a":1}', header={"typ": "x+jwt", "kid": "k"}, signer=signer)
    jwk = signer.public_key.jwk()
    key = (OKPKey if jwk["kty"] == "OKP" else ECKey).import_key(jwk)
    found = peer.deserialize_compact(text, key, algorithms=[algorithm])
    assert found.payload == b'{"a":1}'
    assert found.headers() == {"alg": algorithm, "typ": "x+jwt", "kid": "k"}


@pytest.mark.parametrize("algorithm", PEER_ALGORITHMS)
def test_we_verify_what_the_peer_signs(algorithm):
    key = peer_key(algorithm)
    text = peer.serialize_compact({"alg": algorithm, "typ": "x+jwt"}, b"{}", key, algorithms=[algorithm])
    public = PublicKey.from_jwk(key.as_dict(private=False))
    found = read(text)
    jws.verify(found, public, expected_typ="x+jwt")
    assert jws.claims(found) == {}
    changed = read(text[:-8] + ("AAAA" if text[-8:-4] != "AAAA" else "BBBB") + text[-4:])
    assert refused(jws.verify, changed, public, expected_typ="x+jwt") == "jws.signature"


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        ("vc+jwt", "vc+jwt", True),
        ("application/vc+jwt", "vc+jwt", True),
        ("VC+JWT", "application/vc+jwt", True),
        (None, None, True),
        (None, "vc+jwt", False),
        ("vc+jwt", None, False),
        ("vp+jwt", "vc+jwt", False),
        ("text/vc+jwt", "vc+jwt", False),
        ("vc+jwt; a=b", "vc+jwt", False),
    ],
)
def test_typ_is_compared_as_a_media_type(found, expected, same):
    header = {} if found is None else {"typ": found}
    text = jws.sign(b"{}", header=header, signer=ED)
    if same:
        jws.verify(read(text), ED.public_key, expected_typ=expected)
    else:
        assert refused(jws.verify, read(text), ED.public_key, expected_typ=expected) == "jws.typ"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "jws.form"),
        ("a.b", "jws.form"),
        ("a.b.c.d.e", "jws.form"),
        ("." * 65537, "jws.too-large"),
        (raw(b"[]"), "json.not-object"),
        (raw(b"{"), "json.syntax"),
        (raw(b'{"alg":"EdDSA","alg":"none"}'), "json.duplicate-key"),
        (raw(b'{"alg":"EdDSA","x":' + b"[" * 65 + b"]" * 65 + b"}"), "json.depth"),
        (raw(b'{"alg":"EdDSA","x":"' + b"a" * 17000 + b'"}'), "jws.encoding"),
        (raw({"alg": "EdDSA"}) + "=", "jws.encoding"),
        (raw({"alg": "EdDSA"}) + "\n", "jws.encoding"),
        (raw({"alg": "EdDSA"}, signature=b"\x00")[:-1] + "B", "jws.encoding"),
        (raw({"alg": "EdDSA"}).replace(".", ".é", 1), "jws.encoding"),
        (raw({}), "jws.header"),
        (raw({"alg": 1}), "jws.header"),
        (raw({"alg": "EdDSA", "kid": 1}), "jws.header-text"),
        (raw({"alg": "EdDSA", "typ": None}), "jws.header-text"),
        (raw({"alg": "EdDSA", "crit": []}), "jws.crit"),
        (raw({"alg": "EdDSA", "crit": ["exp"], "exp": 1}), "jws.crit"),
        (raw({"alg": "EdDSA", "b64": False}), "jws.b64"),
        (raw({"alg": "EdDSA", "b64": 1}), "jws.b64"),
    ],
)
def test_what_is_not_read(text, code):
    assert refused(read, text) == code


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "RS256", "PS256", "ES256", "ES384", "ES256K", ""]
)
def test_the_algorithm_is_the_keys(algorithm):
    found = read(raw({"alg": algorithm}))
    assert refused(jws.verify, found, ED.public_key, expected_typ=None) == "jws.alg"


@pytest.mark.parametrize("length", [0, 63, 65, 96])
def test_a_signature_has_its_exact_length(length):
    for signer in SIGNERS.values():
        alg = jws.ALGORITHMS[signer.public_key.type][0]
        found = read(raw({"alg": alg}, signature=b"\x01" * length))
        assert refused(jws.verify, found, signer.public_key, expected_typ=None) == "jws.signature-length"


def test_a_key_in_the_header_is_nobodys_key():
    other = Ed25519Signer(b"\x09" * 32)
    text = jws.sign(b"{}", header={"jwk": other.public_key.jwk()}, signer=other)
    assert refused(jws.verify, read(text), ED.public_key, expected_typ=None) == "jws.signature"


def test_a_key_that_does_not_sign_verifies_nothing():
    key = PublicKey.from_jwk({"kty": "OKP", "crv": "X25519", "x": encode_base64url(b"\x05" * 32)})
    assert refused(jws.verify, read(raw({"alg": "EdDSA"})), key, expected_typ=None) == "jws.key-type"


def test_claims_are_strict_json():
    assert refused(jws.claims, read(raw({"alg": "EdDSA"}, b'{"a":1,"a":2}'))) == "json.duplicate-key"
    assert refused(jws.claims, read(raw({"alg": "EdDSA"}, b"[]"))) == "json.not-object"


class Forgetful:
    """A remote signer that answers too little."""

    public_key = ED.public_key

    def sign(self, message):
        return b"\x00" * 63


def test_a_type_of_key_that_only_verifies_signs_nothing():
    Forgetful.public_key = PublicKey.from_jwk(peer_key("ES256K").as_dict(private=False))
    try:
        assert refused(jws.sign, b"{}", header={}, signer=Forgetful()) == "jws.signer"
    finally:
        Forgetful.public_key = ED.public_key


def test_what_is_not_signed():
    assert refused(jws.sign, b"{}", header={"alg": "ES256"}, signer=ED) == "jws.signer"
    assert refused(jws.sign, b"{}", header={"crit": ["b64"]}, signer=ED) == "jws.crit"
    assert refused(jws.sign, b"{}", header={}, signer=Forgetful()) == "jws.signer"
