"""`bbs-2023` with features: what was issued once, and the published vectors with pseudonyms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credentials.suites.bbs_features import (
    Feature,
    HolderSecrets,
)
from credentials.suites.bbs_features.proof_values import NymDerivedProofValue
from did.integrity import ProofOptions
from did.keys import KeyType, PublicKey
from tests.support import vectors
from tests.support.bbs_features import (
    FEATURES,
    NAMED,
    SUITE,
    derive,
    every_feature,
    put,
    verify,
)
from zk import bbs
from zk.blind.single_pseudonyms import ProverBlind, SingleProverNym

# What was issued once verifies for ever.

FROZEN = Path(__file__).parent / "frozen_features"


@every_feature
def test_frozen_credentials(feature):
    frozen = json.loads((FROZEN / f"{feature.value.replace('_', '-')}-0.1.json").read_bytes())
    key = PublicKey.from_multikey(frozen["publicKeyMultibase"])
    holder = HolderSecrets.from_json(SUITE, frozen["holder"])
    FEATURES.verify_base(frozen["base"], public_key=key, holder=holder)
    header = bytes.fromhex(frozen["presentationHeader"])
    proven = verify(frozen["derived"], context=frozen["context"], header=header, key=key)
    assert (None if proven is None else proven.octets.hex()) == frozen["pseudonym"]


# The published vectors.

PUBLISHED = {Feature.PSEUDONYM: "Pseudonym", Feature.HOLDER_BINDING_PSEUDONYM: "PseudonymHB"}
every_published = pytest.mark.parametrize("feature", NAMED)


def load(feature, name):
    return vectors.load("di-bbs", PUBLISHED[feature], name)


def given(name):
    return vectors.load("di-bbs", "FeatureInputs", name)


def holder_of(feature):
    secret = bytes.fromhex(given("holderSecret.json")["holderSecretHex"]) if feature.binds else None
    share, blind = given("proverNym.json"), load(feature, "commitmentInfo.json")
    return HolderSecrets(
        feature,
        ProverBlind.from_bytes(SUITE, bytes.fromhex(blind["secretProverBlind"])),
        secret,
        SingleProverNym.from_bytes(SUITE, bytes.fromhex(share["proverNymHex"])),
    )


def published_key():
    material = vectors.load("di-bbs", "BBSKeyMaterial.json")
    return (
        bbs.SecretKey.from_bytes(SUITE, bytes.fromhex(material["privateKeyHex"])),
        PublicKey(KeyType.BLS12381_G2, bytes.fromhex(material["publicKeyHex"])),
        bytes.fromhex(material["hmacKeyString"]),
    )


@every_published
def test_published_credential_is_verified(feature):
    _, public, _ = published_key()
    FEATURES.verify_base(load(feature, "addSignedSDBase.json"), public_key=public, holder=holder_of(feature))
    derived = load(feature, "derivedDisclosureData.json")
    proven = verify(
        load(feature, "derivedRevealDocument.json"),
        context=given("verifierInfo.json")["verifierId"],
        header=bytes(derived["presentationHeader"].values()),
        key=public,
    )
    assert proven.octets.hex() == derived["pseudonym"]
    assert proven.holder_bound is feature.binds


@every_published
def test_published_credential_is_issued_anew(feature):
    """Byte for byte, from the same commitment, entropy and HMAC key."""
    secret, public, hmac_key = published_key()
    config = load(feature, "addProofConfig.json")
    options = ProofOptions(
        cryptosuite=config["cryptosuite"],
        verification_method=config["verificationMethod"],
        proof_purpose=config["proofPurpose"],
        created=datetime(2023, 8, 15, 23, 36, 38, tzinfo=UTC),
    )
    secured = FEATURES.create_base(
        given("license.json"),
        options,
        secret,
        public,
        feature=feature,
        commitment=bytes.fromhex(load(feature, "commitmentInfo.json")["commitmentWithProof"]),
        signer_nym_entropy=bytes.fromhex(given("signerNymEntropy.json")["signerNymEntropyHex"]),
        mandatory_pointers=given("licenseMandatory.json"),
        random_bytes=lambda size: hmac_key[:size],
    )
    assert secured == load(feature, "addSignedSDBase.json")


@every_published
def test_published_credential_is_shown_anew(feature):
    """The same document, labels, indexes and pseudonym; the proof itself is drawn anew."""
    _, public, _ = published_key()
    expected = load(feature, "derivedRevealDocument.json")
    header = bytes(load(feature, "derivedDisclosureData.json")["presentationHeader"].values())
    context = given("verifierInfo.json")["verifierId"]
    shown = derive(
        load(feature, "addSignedSDBase.json"),
        holder_of(feature),
        context,
        selective_pointers=given("licenseSelective.json"),
        presentation_header=header,
    )
    verify(shown, context=context, header=header, key=public)
    ours, theirs = (
        NymDerivedProofValue.read(document["proof"]["proofValue"]) for document in (shown, expected)
    )
    assert ours.components()[1:] == theirs.components()[1:]
    assert (ours.pseudonym, ours.signer_messages) == (theirs.pseudonym, theirs.signer_messages)
    assert len(ours.proof) == len(theirs.proof)
    assert put(shown, proofValue="") == put(expected, proofValue="")
