"""The published vectors of the pseudonym draft (June 2026), on every backend, bit for bit."""

from __future__ import annotations

import pytest

from tests.support import vectors
from tests.zk.blind.mocked import mocked_random, octets_of, shown, unhex_all
from zk.backend import BackendName
from zk.bbs import SecretKey
from zk.blind import pseudonyms
from zk.blind.commitment import blind_generators, verify_commitment

unhex = bytes.fromhex
PROOFS = ["001", "002", "003", "004", "005", "006", "007", "101", "102", "103", "104"]


def load(suite, *parts):
    return vectors.load("bbs-pseudonyms", suite.ciphersuite.lower(), *parts)


def secrets_of(suite, case):
    return (
        pseudonyms.ProverBlind.from_bytes(suite, unhex(case["proverBlind"])),
        pseudonyms.ProverNyms.from_bytes(suite, octets_of(case["proverNyms"])),
    )


def test_generators(suite):
    case = load(suite, "generators.json")
    api_id = suite.pseudonym_api_id
    for generators, name in (
        (suite.generators(11, api_id), "generators"),
        (blind_generators(suite, 7, api_id=api_id), "blindGenerators"),
    ):
        assert generators.Q_1.octets.hex() == case[name]["Q1"]
        assert [base.octets.hex() for base in generators.H] == case[name]["MsgGenerators"]
    assert case["generators"]["api_id"].encode() == api_id
    assert case["blindGenerators"]["api_id"].encode() == b"BLIND_" + api_id


@pytest.mark.parametrize("number", ["001", "002", "003", "004"])
def test_commit(suite, number):
    case = load(suite, "nymCommit", f"nymCommit{number}.json")
    messages, (blind, nyms) = unhex_all(case["committedMessages"]), secrets_of(suite, case)
    count = len(messages) + len(nyms)
    octets, drawn = pseudonyms.commit(
        suite, messages, nyms, random_bytes=mocked_random(suite, "COMMIT", count + 2)
    )
    assert octets.hex() == case["commitmentWithProof"]
    assert drawn.to_bytes() == blind.to_bytes()
    assert verify_commitment(suite, octets, api_id=suite.pseudonym_api_id).count == count


@pytest.mark.parametrize("number", ["001", "002", "003", "004", "005", "006"])
def test_sign_and_verify(suite, number):
    case = load(suite, "nymSignature", f"nymSignature{number}.json")
    key = SecretKey.from_bytes(suite, unhex(case["signerKeyPair"]["secretKey"]))
    public_key, header = unhex(case["signerKeyPair"]["publicKey"]), unhex(case["header"])
    messages, (blind, nyms) = unhex_all(case["messages"]), secrets_of(suite, case)
    entropy = octets_of([case["signer_nym_entropy"]])
    signature = unhex(case["signature"])
    if suite.backend.name != BackendName.PYECC:  # the same code there, a hundred times slower
        assert signature == pseudonyms.sign(
            suite,
            key,
            public_key,
            unhex(case["commitmentWithProof"]),
            header,
            messages,
            nym_count=len(nyms),
            signer_nym_entropy=entropy,
        )
    committed = unhex_all(case["committedMessages"])
    holding = pseudonyms.Holding(public_key, signature, header, messages, committed, blind)
    secrets = pseudonyms.verify(suite, holding, nyms, signer_nym_entropy=entropy)
    assert secrets.to_bytes() == octets_of(case["nym_secrets"])


@pytest.mark.parametrize("number", PROOFS)
def test_prove_and_verify(suite, number):
    case = load(suite, "nymProof", f"nymProof{number}.json")
    messages, committed = unhex_all(case["messages"]), unhex_all(case["committedMessages"])
    disclosed = pseudonyms.Disclosed(
        shown(case["revealedMessages"]), shown(case["revealedCommittedMessages"])
    )
    nyms = pseudonyms.NymSecrets.from_bytes(suite, octets_of(case["nym_secrets"]))
    total = len(messages) + 1 + len(committed) + len(nyms)
    hidden = total - len(disclosed.messages) - len(disclosed.committed_messages)
    public_key, signature, header, presentation, context_id = (
        unhex(case[name])
        for name in ("signerPublicKey", "signature", "header", "presentationHeader", "context_id")
    )
    blind, nym = secrets_of(suite, case)[0], unhex(case["pseudonym"])
    assert nym == pseudonyms.pseudonym(suite, nyms, context_id)
    if suite.backend.name != BackendName.PYECC:
        proof = pseudonyms.prove(
            suite,
            pseudonyms.Holding(public_key, signature, header, messages, committed, blind),
            nyms,
            context_id,
            presentation,
            disclosed.indexes,
            random_bytes=mocked_random(suite, "PROOF", 5 + hidden),
        )
        assert proof == (unhex(case["proof"]), nym)
    pseudonyms.verify_proof(
        suite,
        public_key,
        unhex(case["proof"]),
        nym,
        disclosed,
        expected_header=header,
        expected_presentation_header=presentation,
        expected_context_id=context_id,
        expected_signer_messages=case["L"],
        expected_nym_count=len(nyms),
    )
