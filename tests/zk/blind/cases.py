"""A blind signature, a pseudonym and a committed disclosure, whole and ready to be broken."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise

import pytest

from tests.zk.suites import make_suite
from zk import bbs
from zk.backend import BackendName
from zk.blind import committed_disclosure, pseudonyms, signatures
from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH
from zk.errors import ZkError

HEADER, PRESENTATION, CONTEXT = b"header", b"nonce and audience", b"verifier.example"
MESSAGES = (b"given name", b"family name", b"birth date", b"nationality", b"")
COMMITTED = (b"holder secret", b"device key", b"note")
SHOWN = signatures.Indexes((1, 3), (2,))
COMMIT_TO = signatures.Indexes((0, 4), (1,))
DISCLOSED = signatures.Disclosed({1: MESSAGES[1], 3: MESSAGES[3]}, {2: COMMITTED[2]})
NYMS = 3
IDENTITY = bytes([0xC0]) + bytes(G1_LENGTH - 1)
ENTROPY = (7).to_bytes(SCALAR_LENGTH, "big")


def stream(seed=b"seed"):
    """Deterministic randomness: distinct octets at each call."""
    count = 0

    def random_bytes(length):
        nonlocal count
        count += 1
        return hashlib.shake_256(seed + count.to_bytes(4, "big")).digest(length)

    return random_bytes


def code_of(call, *args, **kwargs):
    with pytest.raises(ZkError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def issuer(suite, material=b"k" * 32):
    key = bbs.key_generate(suite, material)
    return key, bbs.public_key(suite, key)


def blind_holding(suite, seed=b"blind", material=b"k" * 32):
    key, public_key = issuer(suite, material)
    octets, blind = signatures.commit(suite, COMMITTED, random_bytes=stream(seed))
    signature = signatures.sign(suite, key, public_key, octets, HEADER, MESSAGES)
    return signatures.Holding(public_key, signature, HEADER, MESSAGES, COMMITTED, blind)


def nym_holding(suite, seed=b"nym", material=b"k" * 32, count=NYMS):
    key, public_key = issuer(suite, material)
    random_bytes = stream(seed)
    nyms = pseudonyms.draw_prover_nyms(suite, count, random_bytes=random_bytes)
    octets, blind = pseudonyms.commit(suite, COMMITTED, nyms, random_bytes=random_bytes)
    signature = pseudonyms.sign(
        suite, key, public_key, octets, HEADER, MESSAGES, nym_count=count, signer_nym_entropy=ENTROPY
    )
    holding = pseudonyms.Holding(public_key, signature, HEADER, MESSAGES, COMMITTED, blind)
    return holding, pseudonyms.verify(suite, holding, nyms, signer_nym_entropy=ENTROPY)


@cache
def blind_case(name=BackendName.NATIVE, ciphersuite=bbs.SHA256):
    """Arguments of `signatures.verify_proof` that it accepts."""
    suite = make_suite(name, ciphersuite)
    holding = blind_holding(suite)
    proof = signatures.prove(suite, holding, PRESENTATION, SHOWN, random_bytes=stream(b"proof"))
    return {
        "suite": suite,
        "public_key": holding.public_key,
        "proof": proof,
        "disclosed": DISCLOSED,
        "expected_header": HEADER,
        "expected_presentation_header": PRESENTATION,
        "expected_signer_messages": len(MESSAGES),
    }


@cache
def committed_case(name=BackendName.NATIVE, ciphersuite=bbs.SHA256):
    """Arguments of `committed_disclosure.verify_proof` that it accepts."""
    suite = make_suite(name, ciphersuite)
    holding = blind_holding(suite)
    proof, _ = committed_disclosure.prove(
        suite, holding, PRESENTATION, SHOWN, COMMIT_TO, random_bytes=stream(b"proof")
    )
    return blind_case(name, ciphersuite) | {"proof": proof, "expected_commitments": COMMIT_TO}


@cache
def nym_case(name=BackendName.NATIVE, ciphersuite=bbs.SHA256):
    """Arguments of `pseudonyms.verify_proof` that it accepts."""
    suite = make_suite(name, ciphersuite)
    holding, nyms = nym_holding(suite)
    proof, nym = pseudonyms.prove(
        suite, holding, nyms, CONTEXT, PRESENTATION, SHOWN, random_bytes=stream(b"proof")
    )
    return {
        "suite": suite,
        "public_key": holding.public_key,
        "proof": proof,
        "pseudonym": nym,
        "disclosed": DISCLOSED,
        "expected_header": HEADER,
        "expected_presentation_header": PRESENTATION,
        "expected_context_id": CONTEXT,
        "expected_signer_messages": len(MESSAGES),
        "expected_nym_count": NYMS,
    }


def broken_point(suite, octets, at):
    """Each way to replace the point at an offset, with whether it is still well formed."""
    point = suite.backend.decode_g1(octets[at : at + G1_LENGTH], what="it", code="test")
    opposite = suite.backend.encode_g1(suite.backend.negate(point))
    other = suite.backend.encode_g1(suite.backend.add(point, suite.P1.point))
    before, after = octets[:at], octets[at + G1_LENGTH :]
    yield True, before + opposite + after
    yield True, before + other + after
    yield False, before + IDENTITY + after
    yield False, before + bytes(G1_LENGTH) + after
    yield False, before + bytes([octets[at] & 0x7F]) + octets[at + 1 :]


def broken_scalar(octets, at):
    """Each way to replace the scalar at an offset, with whether it is still well formed."""
    value = int.from_bytes(octets[at : at + SCALAR_LENGTH], "big")
    for changed in ((value + 1) % GROUP_ORDER or 1, GROUP_ORDER - value, 0, GROUP_ORDER, 2**256 - 1):
        replaced = octets[:at] + changed.to_bytes(SCALAR_LENGTH, "big") + octets[at + SCALAR_LENGTH :]
        yield 0 < changed < GROUP_ORDER, replaced


def broken(suite, octets, *, points, scalars):
    """Every point and every scalar, one at a time, each in every way; then neighbours swapped."""
    for at in points:
        yield from broken_point(suite, octets, at)
    for at in scalars:
        yield from broken_scalar(octets, at)
    for offsets, length in ((points, G1_LENGTH), (scalars, SCALAR_LENGTH)):
        for one, other in pairwise(offsets):
            first, second = octets[one : one + length], octets[other : other + length]
            between = octets[one + length : other]
            yield True, octets[:one] + second + between + first + octets[other + length :]
