"""The W3C feature vectors of `bbs-2023` (April 2025): which hold here, and how the others differ."""

from __future__ import annotations

import pytest

from tests.support import vectors
from tests.zk.blind.cases import code_of
from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.bbs_core import core_verify
from zk.bbs_proof import Extension, core_verify_proof
from zk.blind import pseudonyms, signatures
from zk.blind.commitment import verify_commitment
from zk.blind.layout import Layout
from zk.blind.pseudonym_point import Context, decode_pseudonym
from zk.curve import GROUP_ORDER

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
def test_commitment_and_pseudonym_are_as_today(name):
    vector = Vector(name)
    count = len(vector.holding.committed_messages) + 1
    assert verify_commitment(NATIVE, vector.commitment, api_id=NATIVE.pseudonym_api_id).count == count
    total = (int.from_bytes(vector.nym, "big") + int.from_bytes(vector.entropy, "big")) % GROUP_ORDER
    nyms = pseudonyms.NymSecrets(bbs.SHA256, [total])
    assert pseudonyms.pseudonym(NATIVE, nyms, vector.context) == vector.pseudonym


@pytest.mark.parametrize("name", WITH_PSEUDONYM)
def test_signature_and_proof_are_of_an_older_draft_and_refused(name):
    vector = Vector(name)
    nyms = pseudonyms.ProverNyms.from_bytes(NATIVE, vector.nym)
    verify = (NATIVE, vector.holding, nyms)
    assert code_of(pseudonyms.verify, *verify, signer_nym_entropy=vector.entropy) == "zk.signature"
    key, proof = vector.holding.public_key, vector.proof
    expected = vector.expected | {"expected_context_id": vector.context, "expected_nym_count": 1}
    arguments = (NATIVE, key, proof, vector.pseudonym, vector.disclosed)
    assert code_of(pseudonyms.verify_proof, *arguments, **expected) == "zk.proof"


@pytest.mark.parametrize("name", WITH_PSEUDONYM)
def test_what_the_older_draft_did(name):
    """No count after the header; pseudonym, OP and U in the challenge, and no context at its end."""
    vector, api_id = Vector(name), NATIVE.pseudonym_api_id
    holding, context = vector.holding, Context.of(NATIVE, vector.context)
    layout = Layout(len(holding.messages), len(holding.committed_messages), 1)
    total = (int.from_bytes(vector.nym, "big") + int.from_bytes(vector.entropy, "big")) % GROUP_ORDER
    generators = layout.generators(NATIVE, api_id=api_id)
    signed = [*holding.scalars(NATIVE, api_id=api_id), total]
    arguments = (holding.public_key, holding.signature, generators, holding.header, signed)
    core_verify(NATIVE, *arguments, api_id=api_id, secret_indexes=())
    point = decode_pseudonym(NATIVE, vector.pseudonym)

    def extend(m_hat, c):
        U = context.recomputed(NATIVE, point, [m_hat[i] for i in layout.nym_indexes], c)
        return Extension(after_points=vector.pseudonym + NATIVE.backend.encode_g1(context.OP) + U)

    core_verify_proof(
        NATIVE,
        holding.public_key,
        vector.proof,
        holding.header,
        vector.presentation,
        vector.disclosed.scalars(NATIVE, api_id=api_id),
        layout.positions(vector.disclosed.indexes),
        api_id=api_id,
        generators_for=lambda _count: generators,
        extend=extend,
    )
