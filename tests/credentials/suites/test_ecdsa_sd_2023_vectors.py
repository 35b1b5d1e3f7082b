"""The published vectors of ecdsa-sd-2023, every intermediate value bit for bit."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from credentials.suites import EcdsaSd2023, selective
from credentials.suites.ecdsa_sd_proof_value import BaseProofValue, DerivedProofValue, key_bytes
from did.encoding import decode_multibase
from did.integrity import ProofOptions
from did.keys import P256Signer
from tests.support import vectors

FOLDER = "ecdsa-sd-2023/prc"


def load(name):
    return vectors.load("di-ecdsa", *f"{FOLDER}/{name}".split("/"))


def document(name):
    return vectors.load("di-ecdsa", name)


def signed_document():
    """The document that the vectors were made with: `prCredUnsigned.json` describes itself in other words."""
    secured = load("addSignedSDBase.json")
    unsecured = {name: value for name, value in secured.items() if name != "proof"}
    other = document("prCredUnsigned.json")
    assert {name for name in other if other[name] != unsecured[name]} == {"description"}
    return unsecured


@pytest.fixture(scope="module")
def suite(canonicalizer):
    return EcdsaSd2023(canonicalizer)


@pytest.fixture(scope="module")
def keys():
    """The issuer's signer, the proof's own, and the HMAC key."""
    material = vectors.load("di-ecdsa", "ecdsa-sd-2023", "SDKeyMaterial.json")
    signers = []
    for name in ("baseKeyPair", "proofKeyPair"):
        signer = P256Signer(decode_multibase(material[name]["secretKeyMultibase"])[2:])
        assert signer.public_key.multikey() == material[name]["publicKeyMultibase"]
        signers.append(signer)
    return *signers, bytes.fromhex(material["hmacKeyString"])


def options():
    config = load("addProofConfig.json")
    return ProofOptions(
        cryptosuite=config["cryptosuite"],
        verification_method=config["verificationMethod"],
        proof_purpose=config["proofPurpose"],
        created=datetime(2023, 8, 15, 23, 36, 38, tzinfo=UTC),
    )


@pytest.fixture(scope="module")
def grouped(canonicalizer, keys):
    mandatory, chosen = document("prCredMandatory.json"), document("prCredSelective.json")
    partition = canonicalizer.partition(
        signed_document(),
        {"mandatory": mandatory, "selective": chosen, "combined": mandatory + chosen},
    )
    labels = selective.hmac_labels(partition.whole.labels.values(), keys[2])
    return selective.group(partition, labels)


def test_the_options_are_the_vectors():
    config = load("addProofConfig.json")
    del config["@context"]
    assert options().to_json() == config


def test_canonical_documents(canonicalizer, keys):
    canonical = canonicalizer.canonicalize(signed_document())
    assert list(canonical.lines) == load("addBaseDocCanon.json")
    labels = selective.hmac_labels(canonical.labels.values(), keys[2])
    assert list(selective.relabelled(canonical.lines, labels)) == load("addBaseDocHMACCanon.json")


def test_canonical_proof_options(canonicalizer):
    expected = vectors.path("di-ecdsa", *FOLDER.split("/"), "addProofConfigCanon.txt").read_text()
    assert "".join(canonicalizer.canonicalize(load("addProofConfig.json")).lines) == expected


def test_base_transform(grouped):
    expected = load("addBaseTransform.json")
    assert expected["mandatoryPointers"] == document("prCredMandatory.json")
    mandatory = grouped.groups["mandatory"]
    assert [[i, grouped.lines[i]] for i in mandatory] == expected["mandatory"]["value"]
    others = grouped.remaining("mandatory")
    assert [[i, grouped.lines[i]] for i in others] == expected["nonMandatory"]["value"]


def test_pointer_values():
    found = signed_document()
    assert load("addPointerValues.json") == [{"pointer": "/issuer", "value": found["issuer"]}]


def test_hashes(canonicalizer, grouped):
    config = "".join(canonicalizer.canonicalize(load("addProofConfig.json")).lines)
    mandatory = "".join(grouped.lines[i] for i in grouped.groups["mandatory"])
    assert load("addHashData.json") == {
        "proofHash": hashlib.sha256(config.encode()).hexdigest(),
        "mandatoryHash": hashlib.sha256(mandatory.encode()).hexdigest(),
    }


def test_base_proof(suite, keys):
    issuer, own, hmac_key = keys
    drawn = iter([hmac_key, own._private_key.private_numbers().private_value.to_bytes(32, "big")])
    secured = suite.create_base(
        signed_document(),
        options(),
        issuer,
        mandatory_pointers=document("prCredMandatory.json"),
        random_bytes=lambda _size: next(drawn),
    )
    raw = load("addRawBaseSignatureInfo.json")
    value = BaseProofValue.read(secured["proof"]["proofValue"])
    assert value.base_signature.hex() == raw["baseSignature"]
    assert value.public_key.multikey() == raw["publicKey"] == own.public_key.multikey()
    assert [signature.hex() for signature in value.signatures] == raw["signatures"]
    assert list(value.mandatory_pointers) == raw["mandatoryPointers"]
    assert secured == load("addSignedSDBase.json")
    suite.verify_base(secured, public_key=issuer.public_key)


def test_recovered_base_data():
    value = BaseProofValue.read(load("addSignedSDBase.json")["proof"]["proofValue"])
    assert load("derivedRecoveredBaseData.json") == {
        "baseSignature": value.base_signature.hex(),
        "proofPublicKey": value.public_key.multikey(),
        "hmacKey": value.hmac_key.hex(),
        "signatures": [signature.hex() for signature in value.signatures],
        "mandatoryPointers": list(value.mandatory_pointers),
    }


def test_group_indexes(grouped):
    assert load("derivedGroupIndexes.json") == {
        "combinedIndexes": list(grouped.groups["combined"]),
        "mandatoryIndexes": list(grouped.groups["mandatory"]),
        "nonMandatoryIndexes": list(grouped.remaining("mandatory")),
        "selectiveIndexes": list(grouped.groups["selective"]),
    }


def test_all_groups(grouped, canonicalizer):
    """But for the names that the vectors give to unnamed nodes on the way, which are random."""
    expected = load("derivedAllGroupData.json")
    for name, group in expected["groups"].items():
        chosen = grouped.groups[name]
        assert [[i, grouped.lines[i]] for i in chosen] == group["matching"]["value"]
        others = grouped.remaining(name)
        assert [[i, grouped.lines[i]] for i in others] == group["nonMatching"]["value"]
    canonical = canonicalizer.canonicalize(load("derivedUnsignedReveal.json"))
    assert list(grouped.lines) == expected["nquads"]
    assert set(grouped.labels.values()) == {label for _, label in expected["labelMap"]["value"]}
    assert len(canonical.labels) == 2


def test_adjusted_indexes(grouped, keys):
    groups = grouped.groups
    others = grouped.remaining("mandatory")
    assert load("derivedAdjMandatoryIndexes.json") == {
        "adjMandatoryIndexes": list(selective.ranks(groups["mandatory"], within=groups["combined"]))
    }
    shown = selective.ranks(groups["selective"], within=others)
    signatures = [keys[1].sign(grouped.lines[index].encode()).hex() for index in others]
    assert load("derivedAdjSignatures.json") == {
        "adjSignatureIndexes": list(shown),
        "filteredSignatures": [signatures[rank] for rank in shown],
    }


@pytest.fixture(scope="module")
def derived(suite):
    return suite.derive(load("addSignedSDBase.json"), selective_pointers=document("prCredSelective.json"))


def test_derived_proof(suite, keys, derived):
    value = DerivedProofValue.read(derived["proof"]["proofValue"])
    disclosure = load("derivedDisclosureData.json")
    stated = {
        "baseSignature": value.base_signature.hex(),
        "publicKey": value.public_key.multikey(),
        "signatures": [signature.hex() for signature in value.signatures],
        "mandatoryIndexes": list(value.mandatory_indexes),
    }
    labels = [list(pair) for pair in value.labels.items()]
    assert {**stated, "labelMap": {"dataType": "Map", "value": labels}} == disclosure
    assert {**stated, "labelMap": labels} == load("verifyDerivedProofValue.json")
    assert derived == load("derivedRevealDocument.json")
    assert {name: member for name, member in derived.items() if name != "proof"} == load(
        "derivedUnsignedReveal.json"
    )
    suite.verify_derived(derived, public_key=keys[0].public_key)


def test_what_a_verifier_computes(canonicalizer, derived):
    value = DerivedProofValue.read(derived["proof"]["proofValue"])
    canonical = canonicalizer.canonicalize(load("derivedUnsignedReveal.json"))
    lines = selective.relabelled(canonical.lines, value.labels)
    assert list(lines) == load("verifyNQuads.json")
    mandatory = "".join(lines[i] for i in value.mandatory_indexes)
    assert load("verifyCreateVerifyData.json") == {
        "baseSignature": value.base_signature.hex(),
        "proofHash": load("addHashData.json")["proofHash"],
        "publicKey": value.public_key.multikey(),
        "signatures": [signature.hex() for signature in value.signatures],
        "nonMandatory": [line for i, line in enumerate(lines) if i not in value.mandatory_indexes],
        "mandatoryHash": hashlib.sha256(mandatory.encode()).hexdigest(),
    }
    assert len(key_bytes(value.public_key)) == 35


def test_the_other_wording_goes_all_the_way(suite, keys):
    issuer = keys[0]
    secured = suite.create_base(
        document("prCredUnsigned.json"),
        options(),
        issuer,
        mandatory_pointers=document("prCredMandatory.json"),
        random_bytes=lambda size: bytes(range(size)),
    )
    suite.verify_base(secured, public_key=issuer.public_key)
    shown = suite.derive(secured, selective_pointers=document("prCredSelective.json"))
    suite.verify_derived(shown, public_key=issuer.public_key)
