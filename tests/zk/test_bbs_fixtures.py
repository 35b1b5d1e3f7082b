"""The published fixtures of draft-irtf-cfrg-bbs-signatures-09, on every backend, bit for bit."""

from __future__ import annotations

import pytest

from tests.support import vectors
from zk import bbs, transcript
from zk.bbs_core import calculate_b, calculate_domain, possess
from zk.bbs_proof import calculate_challenge, draw_randomness, hidden_indexes, proof_init
from zk.curve import encode_scalar
from zk.errors import ZkError
from zk.generators import GeneratorFamily
from zk.hashing import reduce_to_scalar

unhex = bytes.fromhex

SIGNATURES = {
    "001": None,
    "002": "zk.signature",
    "003": "zk.signature",
    "004": None,
    "005": "zk.signature",
    "006": "zk.signature",
    "007": "zk.signature",
    "008": "zk.signature",
    "009": "zk.signature",
    "010": None,
}
"""Fixture, and the code it must be refused with."""

PROOFS = {
    "001": None,
    "002": None,
    "003": None,
    "004": "zk.proof",
    "005": "zk.proof",
    "006": "zk.proof",
    "007": "zk.proof",
    "008": "zk.proof",
    "009": "zk.proof",
    "010": "zk.indexes",
    "011": "zk.proof",
    "012": "zk.proof",
    "013": "zk.proof",
    "014": None,
    "015": None,
}
VALID_PROOFS = [number for number, code in PROOFS.items() if code is None]


def load(suite, *parts):
    return vectors.load("bbs", suite.ciphersuite.lower(), *parts)


def mocked_random(suite, count):
    """The draft's "Mocked Random Scalars": one expansion of a seed, handed out 48 octets at a time."""
    rng = load(suite, "mockedRng.json")
    uniform = suite.expand_message(unhex(rng["seed"]), unhex(rng["dst"]), 48 * count)
    pieces = iter(uniform[i : i + 48] for i in range(0, len(uniform), 48))

    def random_bytes(length):
        assert length == 48
        return next(pieces)

    return random_bytes


def proof_case(suite, number):
    case = load(suite, "proof", f"proof{number}.json")
    messages = [unhex(message) for message in case["messages"]]
    return case, messages, case["disclosedIndexes"]


def test_mocked_scalars(suite):
    case = load(suite, "mockedRng.json")
    random_bytes = mocked_random(suite, case["count"])
    drawn = [encode_scalar(reduce_to_scalar(random_bytes(48))).hex() for _ in range(case["count"])]
    assert drawn == case["mockedScalars"]


def test_generators(suite):
    case = load(suite, "generators.json")
    generators = suite.generators(11, suite.bbs_api_id)
    assert generators.Q_1.octets.hex() == case["Q1"]
    assert [base.octets.hex() for base in generators.H] == case["MsgGenerators"]
    assert generators.octets == b"".join(base.octets for base in generators.bases)


def test_base_point(suite):
    family = GeneratorFamily(
        suite.backend,
        suite.expand_message,
        suite.hash_to_g1,
        suite.bbs_api_id,
        seed=transcript.BASE_POINT_SEED,
    )
    assert family.first(1).octets == suite.P1.octets == unhex(load(suite, "generators.json")["P1"])


def test_hash_to_scalar(suite):
    case = load(suite, "h2s.json")
    assert case["dst"] == (suite.bbs_api_id + transcript.HASH_TO_SCALAR).hex()
    scalar = suite.hash_to_scalar(unhex(case["message"]), unhex(case["dst"]))
    assert encode_scalar(scalar).hex() == case["scalar"]


def test_messages_to_scalars(suite):
    case = load(suite, "MapMessageToScalarAsHash.json")
    assert case["dst"] == (suite.bbs_api_id + transcript.MAP_MESSAGE).hex()
    scalars = bbs.messages_to_scalars(suite, [unhex(one["message"]) for one in case["cases"]])
    assert [encode_scalar(scalar).hex() for scalar in scalars] == [one["scalar"] for one in case["cases"]]


def test_key_pair(suite):
    case = load(suite, "keypair.json")
    material, info, dst = (unhex(case[name]) for name in ("keyMaterial", "keyInfo", "keyDst"))
    for key in (bbs.key_generate(suite, material, info, dst), bbs.key_generate(suite, material, info)):
        assert key.to_bytes().hex() == case["keyPair"]["secretKey"]
        assert bbs.public_key(suite, key).hex() == case["keyPair"]["publicKey"]


@pytest.mark.parametrize(("number", "code"), SIGNATURES.items())
def test_verify(suite, number, code):
    case = load(suite, "signature", f"signature{number}.json")
    assert case["result"]["valid"] == (code is None)
    public_key, signature, header = (
        unhex(text) for text in (case["signerKeyPair"]["publicKey"], case["signature"], case["header"])
    )
    messages = [unhex(message) for message in case["messages"]]
    if code is None:
        bbs.verify(suite, public_key, signature, header, messages)
        return
    with pytest.raises(ZkError) as refused:
        bbs.verify(suite, public_key, signature, header, messages)
    assert refused.value.code == code


@pytest.mark.parametrize("number", [number for number, code in SIGNATURES.items() if code is None])
def test_sign(suite, number):
    case = load(suite, "signature", f"signature{number}.json")
    key = bbs.SecretKey.from_bytes(suite, unhex(case["signerKeyPair"]["secretKey"]))
    public_key, header = unhex(case["signerKeyPair"]["publicKey"]), unhex(case["header"])
    messages = [unhex(message) for message in case["messages"]]
    assert bbs.sign(suite, key, public_key, header, messages).hex() == case["signature"]
    # The trace.
    generators = suite.generators(len(messages) + 1, suite.bbs_api_id)
    domain = calculate_domain(suite, public_key, generators, header, api_id=suite.bbs_api_id)
    assert encode_scalar(domain).hex() == case["trace"]["domain"]
    B = calculate_b(suite, generators, domain, bbs.messages_to_scalars(suite, messages), secret_indexes=())
    assert suite.backend.encode_g1(B).hex() == case["trace"]["B"]


@pytest.mark.parametrize(("number", "code"), PROOFS.items())
def test_verify_proof(suite, number, code):
    case, messages, indexes = proof_case(suite, number)
    assert case["result"]["valid"] == (code is None)
    arguments = (
        *(unhex(case[name]) for name in ("signerPublicKey", "proof", "header", "presentationHeader")),
        [messages[i] for i in indexes],
        indexes,
    )
    if code is None:
        bbs.verify_proof(suite, *arguments)
        return
    with pytest.raises(ZkError) as refused:
        bbs.verify_proof(suite, *arguments)
    assert refused.value.code == code


@pytest.mark.parametrize("number", VALID_PROOFS)
def test_prove(suite, number):
    case, messages, indexes = proof_case(suite, number)
    proof = bbs.prove(
        suite,
        *(unhex(case[name]) for name in ("signerPublicKey", "signature", "header", "presentationHeader")),
        messages,
        indexes,
        random_bytes=mocked_random(suite, 5 + len(messages) - len(indexes)),
    )
    assert proof.hex() == case["proof"]


def test_proof_trace(suite):
    case, messages, indexes = proof_case(suite, "003")
    trace, api_id = case["trace"], suite.bbs_api_id
    hidden = hidden_indexes(len(messages), indexes)
    randomness = draw_randomness(mocked_random(suite, 5 + len(hidden)), len(hidden))
    assert {
        name: encode_scalar(getattr(randomness, name)).hex()
        for name in ("r1", "r2", "e_tilde", "r1_tilde", "r3_tilde")
    } | {"m_tilde_scalars": [encode_scalar(m).hex() for m in randomness.m_tilde]} == trace["random_scalars"]
    generators = suite.generators(len(messages) + 1, api_id)
    domain = calculate_domain(
        suite, unhex(case["signerPublicKey"]), generators, unhex(case["header"]), api_id=api_id
    )
    scalars = bbs.messages_to_scalars(suite, messages)
    B = calculate_b(suite, generators, domain, scalars, secret_indexes=hidden)
    possession = possess(suite, unhex(case["signature"]), B)
    commitments = proof_init(suite, possession, generators, randomness, domain, hidden)
    assert commitments.points.hex() == trace["A_bar"] + trace["B_bar"] + trace["D"]
    assert commitments.T.hex() == trace["T1"] + trace["T2"]
    disclosed = [(i, scalars[i]) for i in indexes]
    c = calculate_challenge(suite, commitments, disclosed, unhex(case["presentationHeader"]), api_id=api_id)
    assert encode_scalar(c).hex() == trace["challenge"]
