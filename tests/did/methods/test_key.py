"""did:key and did:jwk: documents for every key type, and what is no such identifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.document import RELATIONSHIPS
from did.encoding import encode_base64url
from did.identifiers import Did
from did.keys import KeyType
from did.methods import jwk, key
from tests.did.outcomes import code_of, outcome
from tests.did.test_keys import KEYS

SIGNING = [name for name in RELATIONSHIPS if name != "keyAgreement"]


@pytest.mark.parametrize("key_type", KeyType)
def test_did_key_documents(key_type):
    public = KEYS[key_type]
    did = key.create(public)
    document = key.resolve(did)
    method_id = f"{did.text}#{public.multikey()}"
    assert key.verification_method_id(public) == method_id
    assert key.public_key(did) == public
    names = ["keyAgreement"] if key_type is KeyType.X25519 else SIGNING
    assert document.to_json() == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did.text,
        "verificationMethod": [
            {
                "id": method_id,
                "type": "Multikey",
                "controller": did.text,
                "publicKeyMultibase": public.multikey(),
            }
        ],
        **{name: [method_id] for name in names},
    }
    for name in RELATIONSHIPS:
        found = outcome(document.authorised, name, method_id)
        assert found.code == (None if name in names else "key.not-authorized")


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:example:z6Mk", "did.malformed"),
        ("did:key:z6Mk", "key.unsupported"),
        ("did:key:uAAAA", "key.malformed"),
        (f"did:key:{KEYS[KeyType.ED25519].multikey()}z", "key.unsupported"),
        (f"did:key:1.1:{KEYS[KeyType.ED25519].multikey()}", "key.malformed"),
    ],
)
def test_what_is_no_did_key(did, code):
    assert code_of(key.resolve, Did.parse(did)) == code


@pytest.mark.parametrize("key_type", [item for item in KeyType if item is not KeyType.BLS12381_G2])
def test_did_jwk_documents(key_type):
    public = KEYS[key_type]
    document = jwk.resolve(jwk.create(public))
    signs, agrees = key_type is not KeyType.X25519, key_type is not KeyType.ED25519
    for name in RELATIONSHIPS:
        found = outcome(document.authorised, name, f"{document.id}#0")
        assert (found.code is None) == (agrees if name == "keyAgreement" else signs)
        assert found.value is None or found.value.key == public


def test_did_jwk_published_example():
    # The P-256 example of the did:jwk text.
    did = Did.parse(
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgy"
        "VjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    document = jwk.resolve(did)
    assert document.to_json()["verificationMethod"][0]["publicKeyJwk"]["x"] == (
        "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"
    )
    assert jwk.create(document.relationship("assertionMethod")[0].key) == did


@pytest.mark.parametrize("use", ["sig", "enc"])
def test_did_jwk_use_decides(use):
    value = {**KEYS[KeyType.P256].jwk(), "use": use}
    text = str(value).replace("'", '"').encode()
    document = jwk.resolve(Did.parse(f"did:jwk:{encode_base64url(text)}"))
    assert bool(document.relationship("keyAgreement")) == (use == "enc")
    assert bool(document.relationship("assertionMethod")) == (use == "sig")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"[]", "did.malformed"),
        (b'{"kty":1,"kty":2}', "did.malformed"),
        (b"{}", "key.unsupported"),
        (b'{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}', "key.private"),
        (b'{"kty":"OKP","crv":"Ed25519","x":"AA"}', "key.malformed"),
    ],
)
def test_what_is_no_did_jwk(text, code):
    assert code_of(jwk.resolve, Did.parse(f"did:jwk:{encode_base64url(text)}")) == code
    assert code_of(jwk.resolve, Did.parse("did:jwk:A")) == "did.malformed"
    other = jwk.create(KEYS[KeyType.ED25519]).text.replace("did:jwk:", "did:web:")
    assert code_of(jwk.resolve, Did.parse(other)) == "did.malformed"


@given(st.binary(max_size=60), st.sampled_from([key, jwk]))
def test_random_identifiers_give_only_our_errors(data, method):
    name = method.__name__.rpartition(".")[2]
    text = encode_base64url(data) or "A"
    code = outcome(method.resolve, Did.parse(f"did:{name}:{text}")).code
    assert code in {"did.malformed", "key.malformed", "key.unsupported", "key.private"}
