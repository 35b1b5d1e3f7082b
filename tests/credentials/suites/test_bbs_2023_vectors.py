"""The published baseline vectors of bbs-2023, every intermediate value bit for bit."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import reduce

import pytest

from credentials.rdf import CompiledCanonicalizer
from credentials.suites import Bbs2023, selective
from credentials.suites.bbs_proof_value import BaseProofValue, DerivedProofValue
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from tests.support import vectors
from zk import bbs
from zk.hashing import expand_message_xmd


def load(name):
    return vectors.load("di-bbs", name)


@pytest.fixture(scope="module")
def canonicalizer():
    """The vector's document has sizes like 5.5."""
    return CompiledCanonicalizer(unsafe_doubles=True)


@pytest.fixture(scope="module")
def suite(canonicalizer):
    return Bbs2023(canonicalizer, bbs.suite(bbs.SHA256))


@pytest.fixture(scope="module")
def keys():
    material = load("BBSKeyMaterial.json")
    secret = bbs.SecretKey.from_bytes(bbs.suite(bbs.SHA256), bytes.fromhex(material["privateKeyHex"]))
    public = PublicKey(KeyType.BLS12381_G2, bytes.fromhex(material["publicKeyHex"]))
    return secret, public, bytes.fromhex(material["hmacKeyString"])


def options():
    config = load("addProofConfig.json")
    return ProofOptions(
        cryptosuite=config["cryptosuite"],
        verification_method=config["verificationMethod"],
        proof_purpose=config["proofPurpose"],
        created=datetime(2023, 8, 15, 23, 36, 38, tzinfo=UTC),
    )


def mocked_scalars(seed, count):
    """The draft's seeded random scalars: 48 bytes a call, so many calls and no more.

    The vectors were made with the interface identifier alone as separator, without the draft's suffix
    MOCK_RANDOM_SCALARS_DST_; the scalars in the published proof, recovered with the signature, show it.
    """
    dst = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_"
    stream = expand_message_xmd(seed, dst, 48 * count)
    chunks = iter([stream[start : start + 48] for start in range(0, len(stream), 48)])

    def random_bytes(size):
        assert size == 48
        return next(chunks)

    return random_bytes


def test_the_secret_key_belongs_to_the_public_key(keys):
    secret, public, _ = keys
    assert bbs.public_key(bbs.suite(bbs.SHA256), secret) == public.raw


def test_the_options_are_the_vectors():
    config = load("addProofConfig.json")
    del config["@context"]
    assert options().to_json() == config


def test_canonical_documents(canonicalizer, keys):
    canonical = canonicalizer.canonicalize(load("windDoc.json"))
    assert list(canonical.lines) == load("addBaseDocCanon.json")
    shuffled = selective.shuffled_labels(canonical.labels.values(), keys[2])
    assert list(selective.relabelled(canonical.lines, shuffled)) == load("addBaseDocHMACCanon.json")


def test_canonical_proof_options(canonicalizer):
    expected = vectors.path("di-bbs", "addProofConfigCanon.txt").read_text()
    assert "".join(canonicalizer.canonicalize(load("addProofConfig.json")).lines) == expected


@pytest.fixture(scope="module")
def grouped(canonicalizer, keys):
    mandatory, chosen = load("windMandatory.json"), load("windSelective.json")
    partition = canonicalizer.partition(
        load("windDoc.json"), {"mandatory": mandatory, "selective": chosen, "combined": mandatory + chosen}
    )
    shuffled = selective.shuffled_labels(partition.whole.labels.values(), keys[2])
    return selective.group(partition, shuffled)


def test_base_transform(grouped):
    expected = load("addBaseTransform.json")
    assert expected["mandatoryPointers"] == load("windMandatory.json")
    mandatory = grouped.groups["mandatory"]
    assert [[i, grouped.lines[i]] for i in mandatory] == expected["mandatory"]["value"]
    others = grouped.remaining("mandatory")
    assert [[i, grouped.lines[i]] for i in others] == expected["nonMandatory"]["value"]


def test_pointer_values():
    """The file is of an earlier wording of the document, without its issuer and its subject."""
    found = load("addPointerValues.json")
    inner = load("windDoc.json")["credentialSubject"]
    for item in found:
        assert reduce(_member, item["pointer"][1:].split("/"), inner) == item["value"]
    assert ["/issuer", *(f"/credentialSubject{item['pointer']}" for item in found)] == load(
        "windMandatory.json"
    )


def _member(value, name):
    return value[int(name)] if isinstance(value, list) else value[name]


def test_hashes(canonicalizer, grouped):
    config = "".join(canonicalizer.canonicalize(load("addProofConfig.json")).lines)
    mandatory = "".join(grouped.lines[i] for i in grouped.groups["mandatory"])
    assert load("addHashData.json") == {
        "proofHash": hashlib.sha256(config.encode()).hexdigest(),
        "mandatoryHash": hashlib.sha256(mandatory.encode()).hexdigest(),
    }


def test_base_proof(suite, keys):
    secret, public, hmac_key = keys
    secured = suite.create_base(
        load("windDoc.json"),
        options(),
        secret,
        public,
        mandatory_pointers=load("windMandatory.json"),
        random_bytes=lambda size: hmac_key[:size],
    )
    assert secured == load("addSignedSDBase.json")
    suite.verify_base(secured, public_key=public)
    value = BaseProofValue.read(secured["proof"]["proofValue"])
    raw = load("addRawBaseSignatureInfo.json")
    assert value.signature.hex() == raw["bbsSignature"]
    assert list(value.mandatory_pointers) == raw["mandatoryPointers"]
    hashes = load("addHashData.json")
    assert value.header.hex() == hashes["proofHash"] + hashes["mandatoryHash"]
    assert value.write() == secured["proof"]["proofValue"]


def test_recovered_base_data(keys):
    value = BaseProofValue.read(load("addSignedSDBase.json")["proof"]["proofValue"])
    expected = load("derivedRecoveredBaseData.json")
    assert value.signature.hex() == expected["bbsSignature"]
    assert value.hmac_key.hex() == expected["hmacKey"]
    assert list(value.mandatory_pointers) == expected["mandatoryPointers"]
    assert value.public_key == keys[1].raw


def test_group_indexes(grouped):
    expected = load("derivedGroupIndexes.json")
    assert {
        "combinedIndexes": list(grouped.groups["combined"]),
        "mandatoryIndexes": list(grouped.groups["mandatory"]),
        "nonMandatoryIndexes": list(grouped.remaining("mandatory")),
        "selectiveIndexes": list(grouped.groups["selective"]),
    } == expected


def test_adjusted_indexes(grouped):
    groups = grouped.groups
    assert load("derivedAdjIndexes.json") == {
        "adjMandatoryIndexes": list(selective.ranks(groups["mandatory"], within=groups["combined"])),
        "adjSelectiveIndexes": list(
            selective.ranks(groups["selective"], within=grouped.remaining("mandatory"))
        ),
    }


def test_derived_proof(suite, keys):
    material = load("BBSDeriveMaterial.json")
    disclosure = load("derivedDisclosureData.json")
    hidden = 14 - len(disclosure["adjSelectiveIndexes"])
    derived = suite.derive(
        load("addSignedSDBase.json"),
        selective_pointers=load("windSelective.json"),
        presentation_header=bytes.fromhex(material["presentationHeaderHex"]),
        random_bytes=mocked_scalars(bytes.fromhex(material["pseudoRandSeedHex"]), 5 + hidden),
    )
    value = DerivedProofValue.read(derived["proof"]["proofValue"])
    assert value.proof.hex() == disclosure["bbsProof"]
    assert [list(pair) for pair in value.labels.items()] == disclosure["labelMap"]["value"]
    assert list(value.mandatory_indexes) == disclosure["mandatoryIndexes"]
    assert list(value.selective_indexes) == disclosure["adjSelectiveIndexes"]
    assert list(value.presentation_header) == list(disclosure["presentationHeader"].values())
    assert derived == load("derivedRevealDocument.json")
    assert {name: member for name, member in derived.items() if name != "proof"} == load(
        "derivedUnsignedReveal.json"
    )
    suite.verify_derived(derived, public_key=keys[1], expected_presentation_header=bytes.fromhex("113377aa"))


@pytest.mark.parametrize(("document", "mandatory", "chosen"), [
    ("prCredUnsigned.json", "prCredMandatory.json", "prCredSelective.json"),
    ("FeatureInputs/license.json", "FeatureInputs/licenseMandatory.json",
     "FeatureInputs/licenseSelective.json"),
])  # fmt: skip
def test_the_other_documents_go_all_the_way(suite, keys, document, mandatory, chosen):
    secret, public, hmac_key = keys
    secured = suite.create_base(
        load(document), options(), secret, public,
        mandatory_pointers=load(mandatory), random_bytes=lambda size: hmac_key[:size],
    )  # fmt: skip
    suite.verify_base(secured, public_key=public)
    derived = suite.derive(
        secured,
        selective_pointers=load(chosen),
        presentation_header=b"header",
        random_bytes=mocked_scalars(b"seed of the test", 5 + 160),
    )
    suite.verify_derived(derived, public_key=public, expected_presentation_header=b"header")
