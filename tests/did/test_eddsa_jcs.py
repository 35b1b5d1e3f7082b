"""`eddsa-jcs-2022`: every published value, the context rule, and that any change breaks the signature."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from did.eddsa_jcs import EddsaJcs2022, hash_data
from did.encoding import decode_multibase, encode_multibase
from did.integrity import ProofOptions, add_proof, verify_proof
from did.jcs import canonicalize
from did.keys import Ed25519Signer, KeyType, P256Signer, PublicKey
from tests.did.outcomes import code_of
from tests.support import vectors

SUITE = EddsaJcs2022()
SIGNER = Ed25519Signer(bytes(range(32)))
METHOD = "did:example:issuer#key"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
OPTIONS = ProofOptions("eddsa-jcs-2022", METHOD, "assertionMethod", created=NOW)
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://example.org/more"],
    "id": "urn:x",
    "claims": {"a": 1, "b": ["x", {"c": True}]},
}


def vector(name):
    return vectors.load("di-eddsa", "eddsa-jcs-2022", name)


def text(name):
    return vectors.path("di-eddsa", "eddsa-jcs-2022", name).read_text()


def vector_signer():
    pair = vectors.load("di-eddsa", "keyPair.json")
    secret = decode_multibase(pair["privateKeyMultibase"])
    assert secret[:2] == b"\x80\x26"
    signer = Ed25519Signer(secret[2:])
    assert signer.public_key.multikey() == pair["publicKeyMultibase"]
    return signer


def test_published_intermediate_values():
    document, options = vectors.load("di-eddsa", "unsigned.json"), vector("proofConfigJCS.json")
    assert canonicalize(document).decode() == text("canonDocJCS.txt")
    assert canonicalize(options).decode() == text("proofCanonJCS.txt")
    assert sha256(canonicalize(document)).hexdigest() == text("docHashJCS.txt")
    assert sha256(canonicalize(options)).hexdigest() == text("proofHashJCS.txt")
    assert hash_data(document, options).hex() == text("combinedHashJCS.txt")
    signature = vector_signer().sign(hash_data(document, options))
    assert signature.hex() == text("sigHexJCS.txt")
    assert encode_multibase(signature) == text("sigBTC58JCS.txt")


def test_signs_and_verifies_the_published_document():
    signed = vector("signedJCS.json")
    method = signed["proof"]["verificationMethod"]
    options = ProofOptions(
        "eddsa-jcs-2022", method, "assertionMethod", created=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
    )
    signer = vector_signer()
    document = vectors.load("di-eddsa", "unsigned.json")
    assert add_proof(document, suite=SUITE, options=options, signer=signer) == signed
    assert verified(signed, signer.public_key).document == document


def secured(document=DOCUMENT, options=OPTIONS):
    return copy.deepcopy(add_proof(document, suite=SUITE, options=options, signer=SIGNER))


def verified(document, key=SIGNER.public_key):
    return verify_proof(
        document,
        suites={SUITE.name: SUITE},
        keys=lambda _method, _purpose: key,
        expected_purpose="assertionMethod",
        expected_domain=None,
        expected_challenge=None,
        now=NOW,
    )


def test_round_trip_with_and_without_context():
    assert verified(secured()).document == DOCUMENT
    bare = {"a": 1}
    signed = secured(bare)
    assert "@context" not in signed["proof"]
    assert verified(signed).document == bare


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


SKIP = {("proof", "proofValue"), ("proof", "type"), ("proof", "cryptosuite"), ("proof", "proofPurpose")}
CHANGES = [path for path in leaves(secured()) if path not in SKIP and path[-2:-1] != ("@context",)]


@pytest.mark.parametrize("path", CHANGES, ids=lambda path: "/".join(map(str, path)))
def test_every_leaf_is_covered(path):
    document = secured()
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = "2026-11-19T00:00:00Z" if path[-1] == "created" else "changed"
    assert code_of(verified, document) == "proof.signature"


@pytest.mark.parametrize("target", ["document", "proof"])
@pytest.mark.parametrize("edit", ["add", "remove"])
def test_added_and_removed_members_are_covered(target, edit):
    document = secured()
    node = document if target == "document" else document["proof"]
    if edit == "add":
        node["extra"] = 1
    else:
        del node["id" if target == "document" else "created"]
    assert code_of(verified, document) == "proof.signature"


def test_context_appended_later_is_tolerated_and_not_returned():
    document = secured()
    document["@context"].append("https://attacker.example/redefines")
    assert verified(document).document == DOCUMENT


@pytest.mark.parametrize(
    "context",
    [
        ["https://attacker.example/first", *DOCUMENT["@context"]],
        DOCUMENT["@context"][::-1],
        DOCUMENT["@context"][:1],
        "https://www.w3.org/ns/credentials/v2",
        [],
        None,
    ],
)
def test_context_that_does_not_begin_with_the_signed_one(context):
    assert code_of(verified, {**secured(), "@context": context}) == "proof.context"
    without = secured()
    del without["@context"]
    assert code_of(verified, without) == "proof.context"


def test_context_of_the_proof_is_covered():
    document = secured()
    document["proof"]["@context"] = document["@context"][:1]
    assert code_of(verified, document) == "proof.signature"
    document = secured()
    del document["proof"]["@context"]
    assert code_of(verified, document) == "proof.signature"


def test_another_key_fails():
    assert code_of(verified, secured(), Ed25519Signer(bytes(32)).public_key) == "proof.signature"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "proof.malformed"),
        (7, "proof.malformed"),
        ("", "proof.malformed"),
        ("uAAAA", "proof.malformed"),
        ("z0", "proof.malformed"),
        ("z" + "2" * 89, "proof.malformed"),
        (encode_multibase(bytes(63)), "proof.malformed"),
        (encode_multibase(bytes(65)), "proof.malformed"),
        (encode_multibase(bytes(64)), "proof.signature"),
        (encode_multibase(b"\xff" * 64), "proof.signature"),
    ],
)
def test_malformed_values(value, code):
    document = secured()
    document["proof"]["proofValue"] = value
    assert code_of(verified, document) == code


def test_only_ed25519_keys():
    p256 = P256Signer(bytes(31) + b"\x01")
    assert code_of(verified, secured(), p256.public_key) == "proof.key-type"
    assert code_of(verified, secured(), PublicKey(KeyType.X25519, SIGNER.public_key.raw)) == "proof.key-type"
    assert code_of(add_proof, DOCUMENT, suite=SUITE, options=OPTIONS, signer=p256) == "proof.key-type"


def test_the_suite_alone_refuses_another_suite():
    proof = {**secured()["proof"], "cryptosuite": "eddsa-rdfc-2022"}
    assert code_of(SUITE.verify_proof, DOCUMENT, proof, SIGNER.public_key) == "proof.cryptosuite"


def test_values_without_canonical_form_are_refused():
    assert code_of(add_proof, {"a": float("nan")}, suite=SUITE, options=OPTIONS, signer=SIGNER) == "jcs.value"
