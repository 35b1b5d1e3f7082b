"""DID documents: what is accepted, which key may do what, and every malformed form."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from did.document import RELATIONSHIPS, DidDocument, VerificationMethod, document_json
from did.encoding import encode_multibase
from did.keys import Ed25519Signer, KeyType, P256Signer, PublicKey
from tests.did.outcomes import code_of, outcome

DID = "did:example:issuer"
OTHER = "did:example:other"
ED = Ed25519Signer(bytes(32)).public_key
P256 = P256Signer(bytes(31) + b"\x07").public_key


def method(name, key=ED, **options):
    return {
        "id": f"{DID}#{name}",
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": key.multikey(),
        **options,
    }


SOURCE = {
    "@context": ["https://www.w3.org/ns/did/v1"],
    "id": DID,
    "alsoKnownAs": [OTHER],
    "controller": [DID, OTHER],
    "verificationMethod": [
        method("k1"),
        {"id": "#k2", "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": P256.jwk()},
        method("foreign", controller=OTHER),
        {"id": f"{DID}#odd", "type": "FutureKey2030", "controller": DID},
        method("k3", type="Ed25519VerificationKey2020"),
        {"id": f"{DID}#rsa", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": {"kty": "RSA"}},
    ],
    "assertionMethod": [
        f"{DID}#k1",
        "#k2",
        f"{DID}#foreign",
        f"{DID}#odd",
        f"{OTHER}#k1",
        method("inside"),
        f"{DID}#gone",
    ],
    "authentication": [method("login", P256)],
    "service": [
        {"id": "#files", "type": "relativeRef", "serviceEndpoint": "https://files.example"},
        {"id": f"{DID}#more", "type": ["A", "B"], "serviceEndpoint": [{"uri": "x"}]},
    ],
}


def document(**changes):
    return DidDocument.from_json({**copy.deepcopy(SOURCE), **changes})


def test_values():
    found = document()
    assert (found.id, found.did.text, found.also_known_as, found.controllers) == (
        DID,
        DID,
        (OTHER,),
        (DID, OTHER),
    )
    assert found.to_json() == SOURCE
    assert [item.id for item in found.services] == [f"{DID}#files", f"{DID}#more"]
    assert found.services[1].types == ("A", "B")
    assert [item.id for item in found.relationship("assertionMethod")] == [
        f"{DID}#k1",
        f"{DID}#k2",
        f"{DID}#foreign",
        f"{DID}#inside",
    ]
    assert found.verification_method(f"{DID}#k2").key == P256
    assert found.relationship("keyAgreement") == ()


def test_the_document_does_not_change_with_its_source():
    source = copy.deepcopy(SOURCE)
    found = DidDocument.from_json(source)
    source["assertionMethod"].clear()
    found.to_json()["assertionMethod"].clear()
    assert found.to_json() == SOURCE


@pytest.mark.parametrize("name", ["k1", "k2", "inside"])
def test_authorised(name):
    assert document().authorised("assertionMethod", f"{DID}#{name}").id == f"{DID}#{name}"


@pytest.mark.parametrize(
    ("purpose", "method_id", "code"),
    [
        ("authentication", f"{DID}#k1", "key.not-authorized"),  # listed for another purpose only
        ("assertionMethod", f"{DID}#login", "key.not-authorized"),  # embedded in another relationship
        ("assertionMethod", f"{DID}#k3", "key.not-authorized"),  # stands there, listed nowhere
        ("assertionMethod", f"{DID}#gone", "key.not-authorized"),  # listed, but no method
        ("assertionMethod", f"{DID}#foreign", "key.not-authorized"),  # controlled by another
        ("assertionMethod", f"{OTHER}#k1", "key.not-authorized"),  # of another document
        ("assertionMethod", "#k1", "key.not-authorized"),  # relative
        ("assertionMethod", f"{DID}#odd", "key.unsupported"),
        ("verificationMethod", f"{DID}#k1", "key.not-authorized"),  # no relationship
        ("", f"{DID}#k1", "key.not-authorized"),
    ],
)
def test_not_authorised(purpose, method_id, code):
    assert code_of(document().authorised, purpose, method_id) == code


def test_unknown_methods():
    assert code_of(document().verification_method, f"{DID}#gone") == "key.not-authorized"
    assert code_of(document().verification_method, f"{DID}#rsa") == "key.unsupported"


X25519 = PublicKey(KeyType.X25519, bytes(range(32)))
MALFORMED = {
    "no-id": {"id": None},
    "method-no-object": {"verificationMethod": ["#k1"]},
    "methods-no-list": {"verificationMethod": method("k1")},
    "method-twice": {"verificationMethod": [method("k1"), method("k1")]},
    "method-twice-relative": {"verificationMethod": [method("k1"), method("k1", id="#k1")]},
    "embedded-again": {"assertionMethod": [method("k1")]},
    "embedded-and-referred-to": {"authentication": [method("k9")], "assertionMethod": ["#k9"]},
    "referred-to-and-embedded": {"authentication": ["#k9"], "assertionMethod": [method("k9")]},
    "method-without-fragment": {"verificationMethod": [method("k1", id=DID)]},
    "method-without-controller": {"verificationMethod": [method("k1", controller=None)]},
    "method-without-type": {"verificationMethod": [method("k1", type=None)]},
    "method-without-key": {"verificationMethod": [method("k1", publicKeyMultibase=None)]},
    "method-two-keys": {"verificationMethod": [method("k1", publicKeyJwk=ED.jwk())]},
    "jwk-missing": {"verificationMethod": [method("k1", type="JsonWebKey")]},
    "2020-other-key": {"verificationMethod": [method("k1", X25519, type="Ed25519VerificationKey2020")]},
    "listed-twice": {"assertionMethod": ["#k1", f"{DID}#k1"]},
    "relationship-no-list": {"assertionMethod": "#k1"},
    "relationship-number": {"assertionMethod": [1]},
    "too-many": {"verificationMethod": [method(f"k{n}") for n in range(257)]},
    "service-no-object": {"service": ["x"]},
    "service-no-endpoint": {"service": [{"id": "#x", "type": "T"}]},
    "service-no-type": {"service": [{"id": "#x", "serviceEndpoint": "https://x.example"}]},
    "alias-number": {"alsoKnownAs": [1]},
    "controller-number": {"controller": 1},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name):
    assert code_of(document, **MALFORMED[name]) == "document.malformed"


SHORT = encode_multibase(b"\xed\x01" + bytes(31))


def test_malformed_keys_and_ids_keep_their_code():
    assert code_of(document, id="did:example") == "did.malformed"
    assert code_of(document, verificationMethod=[method("a b")]) == "did.url-malformed"
    assert code_of(document, verificationMethod=[method("k1", publicKeyMultibase=SHORT)]) == "key.malformed"
    private = {"id": "#x", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": {**ED.jwk(), "d": "AA"}}
    assert code_of(document, verificationMethod=[private]) == "key.private"


def test_written_documents_read_back():
    methods = [
        (VerificationMethod(f"{DID}#k1", DID, ED), ("assertionMethod", "authentication")),
        (VerificationMethod(f"{DID}#k2", DID, X25519), ("keyAgreement",)),
    ]
    source = document_json(DID, methods, controllers=[DID], also_known_as=[OTHER], services=SOURCE["service"])
    found = DidDocument.from_json(source)
    assert found.authorised("authentication", f"{DID}#k1") == methods[0][0]
    assert [item.id for item in found.relationship("keyAgreement")] == [f"{DID}#k2"]
    assert (found.controllers, found.also_known_as, len(found.services)) == ((DID,), (OTHER,), 2)
    assert "capabilityInvocation" not in source


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.sampled_from([DID, f"{DID}#k1", "#k1", "Multikey", ED.multikey()]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "controller", "publicKeyMultibase", "publicKeyJwk", "serviceEndpoint"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["verificationMethod", "service", "controller", "alsoKnownAs", *RELATIONSHIPS]), JSON
    )
)
def test_random_members_give_only_our_errors(members):
    code = outcome(DidDocument.from_json, {"id": DID, **members}).code
    assert code is None or code.partition(".")[0] in {"document", "did", "key"}
