"""The published vectors of the blind draft (June 2026), on every backend, bit for bit."""

from __future__ import annotations

import pytest

from tests.support import vectors
from tests.zk.blind.mocked import mocked_random, shown, unhex_all
from zk.backend import BackendName
from zk.bbs import SecretKey
from zk.bbs_core import calculate_b, calculate_domain, map_messages
from zk.blind import signatures
from zk.blind.commitment import blind_generators, verify_commitment
from zk.curve import G1_LENGTH, encode_scalar

unhex = bytes.fromhex
SIGNATURES = ["001", "002", "003", "004", "005"]
PROOFS = ["001", "002", "003", "004", "005", "006", "007", "008"]
STALE_TRACE = ("BLS12-381-SHA-256", "003")
"""The one signature whose published trace belongs to other values: its domain has 48 octets."""


def load(suite, *parts):
    return vectors.load("bbs-blind", suite.ciphersuite.lower(), *parts)


def blind_of(suite, case):
    return case["proverBlind"] and signatures.ProverBlind.from_bytes(suite, unhex(case["proverBlind"]))


def test_generators(suite):
    case = load(suite, "generators.json")
    api_id = suite.blind_api_id
    for generators, name in (
        (suite.generators(11, api_id), "generators"),
        (blind_generators(suite, 6, api_id=api_id), "blindGenerators"),
    ):
        assert generators.Q_1.octets.hex() == case[name]["Q1"]
        assert [base.octets.hex() for base in generators.H] == case[name]["MsgGenerators"]
        assert case[name]["P1"] == suite.P1.octets.hex()
    assert case["generators"]["api_id"].encode() == api_id
    assert case["blindGenerators"]["api_id"].encode() == b"BLIND_" + api_id


@pytest.mark.parametrize("number", ["001", "002"])
def test_commit(suite, number):
    case = load(suite, "commit", f"commit{number}.json")
    messages = unhex_all(case["committedMessages"])
    octets, blind = signatures.commit(
        suite, messages, random_bytes=mocked_random(suite, "COMMIT", len(messages) + 2)
    )
    assert octets.hex() == case["commitmentWithProof"]
    assert blind.to_bytes().hex() == case["proverBlind"]
    assert verify_commitment(suite, octets, api_id=suite.blind_api_id).count == len(messages)


@pytest.mark.parametrize("number", SIGNATURES)
def test_sign_and_verify(suite, number):
    case = load(suite, "signature", f"signature{number}.json")
    key = SecretKey.from_bytes(suite, unhex(case["signerKeyPair"]["secretKey"]))
    public_key, header = unhex(case["signerKeyPair"]["publicKey"]), unhex(case["header"])
    commitment = case["commitmentWithProof"] and unhex(case["commitmentWithProof"])
    messages, committed = unhex_all(case["messages"]), unhex_all(case["committedMessages"])
    signature = unhex(case["signature"])
    if suite.backend.name != BackendName.PYECC:
        assert signatures.sign(suite, key, public_key, commitment, header, messages) == signature
    signatures.verify(
        suite,
        signatures.Holding(public_key, signature, header, messages, committed, blind_of(suite, case)),
    )


@pytest.mark.parametrize("number", SIGNATURES)
def test_signature_trace(suite, number):
    case, api_id = load(suite, "signature", f"signature{number}.json"), suite.blind_api_id
    if (suite.ciphersuite, number) == STALE_TRACE:
        assert len(unhex(case["trace"]["domain"])) == G1_LENGTH
        return
    scalars = map_messages(suite, unhex_all(case["messages"]), api_id=api_id)
    generators = suite.generators(len(scalars) + 1, api_id)
    blind = blind_generators(suite, len(case["committedMessages"] or ()) + 1, api_id=api_id)
    domain = calculate_domain(
        suite,
        unhex(case["signerKeyPair"]["publicKey"]),
        generators + blind,
        unhex(case["header"]),
        api_id=api_id,
    )
    assert encode_scalar(domain).hex() == case["trace"]["domain"]
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=())
    if case["commitmentWithProof"]:
        C = verify_commitment(suite, unhex(case["commitmentWithProof"]), api_id=api_id).C
        B = suite.backend.add(B, C)
    assert suite.backend.encode_g1(B).hex() == case["trace"]["B"]


@pytest.mark.parametrize("number", PROOFS)
def test_prove_and_verify(suite, number):
    case, everything = load(suite, "proof", f"proof{number}.json"), vectors.load("bbs-blind", "messages.json")
    messages = unhex_all(everything["messages"])
    committed = unhex_all(everything["committedMessages"]) if case["commitmentWithProof"] else []
    disclosed = signatures.Disclosed(
        shown(case["revealedMessages"]), shown(case["revealedCommittedMessages"])
    )
    hidden = len(messages) + 1 + len(committed) - len(disclosed.messages) - len(disclosed.committed_messages)
    public_key, signature, header, presentation = (
        unhex(case[name]) for name in ("signerPublicKey", "signature", "header", "presentationHeader")
    )
    if suite.backend.name != BackendName.PYECC:  # the same code there, at a second for each proof
        proof = signatures.prove(
            suite,
            signatures.Holding(public_key, signature, header, messages, committed, blind_of(suite, case)),
            presentation,
            disclosed.indexes,
            random_bytes=mocked_random(suite, "PROOF", 5 + hidden),
        )
        assert proof.hex() == case["proof"]
    signatures.verify_proof(
        suite,
        public_key,
        unhex(case["proof"]),
        disclosed,
        expected_header=header,
        expected_presentation_header=presentation,
        expected_signer_messages=case["L"],
    )
