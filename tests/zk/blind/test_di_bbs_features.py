"""The W3C feature vectors of `bbs-2023` (April 2025): all hold, with pseudonyms by an older interface."""

from __future__ import annotations

import pytest

from tests.support import vectors
from tests.zk.blind.cases import code_of
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.blind import pseudonyms, signatures, single_pseudonyms
from zk.blind.commitment import verify_commitment
from zk.blind.single_pseudonyms import SingleProverNym

NATIVE = make_suite(BackendName.NATIVE, bbs.SHA256)
WITH_PSEUDONYM = ["Pseudonym", "PseudonymHB"]
unhex = bytes.fromhex


def scalar_octets(text):
    return int(text, 16).to_bytes(32, "big")


class Vector:
    """One feature, as octets."""

    def __init__(self, name):
        signed, commitment, transformed, derived = (
            vectors.load("di-bbs", name, f"{part}.json")
            for part in (
                "addRawBaseSignatureInfo",
                "commitmentInfo",
                "addBaseTransform",
                "derivedDisclosureData",
            )
        )
        inputs = {
            part: vectors.load("di-bbs", "FeatureInputs", f"{part}.json")
            for part in ("holderSecret", "proverNym", "signerNymEntropy", "verifierInfo")
        }
        self.commitment = unhex(commitment["commitmentWithProof"])
        blind = scalar_octets(commitment["secretProverBlind"])
        self.holding = signatures.Holding(
            unhex(signed["publicKey"]),
            unhex(signed["bbsSignature"]),
            unhex(signed["bbsHeader"]),
            [quad.encode() for _, quad in transformed["nonMandatory"]["value"]],
            [] if name == "Pseudonym" else [unhex(inputs["holderSecret"]["holderSecretHex"])],
            signatures.ProverBlind.from_bytes(NATIVE, blind),
        )
        shown = derived["adjSelectiveIndexes"]
        self.disclosed = signatures.Disclosed({i: self.holding.messages[i] for i in shown})
        self.proof = unhex(derived["bbsProof"])
        self.presentation = bytes(derived["presentationHeader"].values())
        self.pseudonym = unhex(derived.get("pseudonym", ""))
        self.context = inputs["verifierInfo"]["verifierId"].encode()
        self.nym = scalar_octets(inputs["proverNym"]["proverNymHex"])
        self.entropy = scalar_octets(inputs["signerNymEntropy"]["signerNymEntropyHex"])

    @property
    def expected(self):
        return {
            "expected_header": self.holding.header,
            "expected_presentation_header": self.presentation,
            "expected_signer_messages": len(self.holding.messages),
        }


def test_holder_binding_holds():
    vector = Vector("HolderBinding")
    assert verify_commitment(NATIVE, vector.commitment, api_id=NATIVE.blind_api_id).count == 1
    signatures.verify(NATIVE, vector.holding)
    key, proof = vector.holding.public_key, vector.proof
    signatures.verify_proof(NATIVE, key, proof, vector.disclosed, **vector.expected)


@pytest.mark.parametrize("name", WITH_PSEUDONYM)
def test_pseudonyms_hold(name):
    vector = Vector(name)
    share = SingleProverNym.from_bytes(NATIVE, vector.nym)
    count = len(vector.holding.committed_messages) + 1
    assert verify_commitment(NATIVE, vector.commitment, api_id=NATIVE.pseudonym_api_id).count == count
    secret = single_pseudonyms.verify(NATIVE, vector.holding, share, signer_nym_entropy=vector.entropy)
    published = vectors.load("di-bbs", name, "nymSecret.json")["nymSecretHex"]
    assert secret.to_bytes() == scalar_octets(published)
    assert single_pseudonyms.pseudonym(NATIVE, secret, vector.context) == vector.pseudonym
    arguments = (NATIVE, vector.holding.public_key, vector.proof, vector.pseudonym, vector.disclosed)
    expected = vector.expected | {"expected_context_id": vector.context}
    single_pseudonyms.verify_proof(*arguments, **expected)
    other = expected | {"expected_context_id": vector.context[:-1]}
    assert code_of(single_pseudonyms.verify_proof, *arguments, **other) == "zk.proof"


@pytest.mark.parametrize("name", WITH_PSEUDONYM)
def test_signatures_with_pseudonyms_are_made_anew(name):
    """Byte for byte, from the published commitment and entropy."""
    vector = Vector(name)
    material = vectors.load("di-bbs", "BBSKeyMaterial.json")
    key = bbs.SecretKey.from_bytes(NATIVE, unhex(material["privateKeyHex"]))
    holding = vector.holding
    arguments = (key, holding.public_key, vector.commitment, holding.header, holding.messages)
    signature = single_pseudonyms.sign(NATIVE, *arguments, signer_nym_entropy=vector.entropy)
    assert signature == holding.signature


@pytest.mark.parametrize("name", WITH_PSEUDONYM)
def test_they_are_none_of_the_draft_of_today(name):
    vector = Vector(name)
    nyms = pseudonyms.ProverNyms.from_bytes(NATIVE, vector.nym)
    verify = (NATIVE, vector.holding, nyms)
    assert code_of(pseudonyms.verify, *verify, signer_nym_entropy=vector.entropy) == "zk.signature"
    key, proof = vector.holding.public_key, vector.proof
    expected = vector.expected | {"expected_context_id": vector.context, "expected_nym_count": 1}
    arguments = (NATIVE, key, proof, vector.pseudonym, vector.disclosed)
    assert code_of(pseudonyms.verify_proof, *arguments, **expected) == "zk.proof"
