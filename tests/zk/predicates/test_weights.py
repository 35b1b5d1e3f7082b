"""What the weights of a merged pairing check are drawn from: everything that was proven, and the seed."""

from __future__ import annotations

import hashlib

import pytest

from tests.zk.predicates.world import BIRTH, DAY, pseudonym
from zk import transcript
from zk.predicates import batch, pairings, verify_many, verifying
from zk.predicates.octets import u64
from zk.predicates.wires import slot_form

SEED = bytes(range(32))


@pytest.fixture(scope="module")
def presentations(world):
    made = []
    for n, party in enumerate((world.alice, world.alice_2)):
        asked = world.range(slot_form(0, BIRTH), DAY - n, None)
        statement = world.statement([party], asked, pseudonym(), ph=b"nonce %d" % n)
        made.append((statement, world.prove(statement, [party], seed=n)))
    return made


def test_what_waits_for_its_pairing_keeps_statement_and_proof(world, presentations):
    statement, proof = presentations[0]
    waiting = verifying.check_before_pairing(world.system, statement, proof, trust=world.trust)
    assert waiting.statement_octets == statement.encode(world.system)
    assert waiting.proof == proof
    assert waiting.verified.statement is statement
    keys = [item.key for item in waiting.items]
    assert keys == [world.alice.public.issuer_key, *[world.digits.key] * statement.predicates[0].digits]


def test_a_batch_hashes_every_statement_and_every_proof_in_order(world, presentations, monkeypatch):
    drawn, plain = [], pairings.draw_weights

    def noted(system, count, **octets):
        drawn.append((count, octets))
        return plain(system, count, **octets)

    monkeypatch.setattr(batch, "draw_weights", noted)
    verify_many(world.system, presentations, trust=world.trust, weight_seed=SEED)
    statements, proofs = zip(*presentations, strict=True)
    [(count, octets)] = drawn
    assert count == sum(1 + statement.predicates[0].digits for statement in statements)
    assert octets == {
        "statement": b"".join(hashlib.sha256(part.encode(world.system)).digest() for part in statements),
        "proof": b"".join(hashlib.sha256(part).digest() for part in proofs),
        "seed": SEED,
    }


def test_a_single_check_hashes_its_statement_its_proof_and_the_seed(world, presentations, monkeypatch):
    statement, proof = presentations[0]
    drawn, plain = [], pairings.draw_weights

    def noted(system, count, **octets):
        drawn.append(octets)
        return plain(system, count, **octets)

    monkeypatch.setattr(verifying, "draw_weights", noted)
    verifying.verify(world.system, statement, proof, trust=world.trust, weight_seed=SEED)
    assert drawn == [{"statement": statement.encode(world.system), "proof": proof, "seed": SEED}]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_weights_are_one_and_hashes_of_128_bits(world, count):
    system = world.system
    found = pairings.draw_weights(system, count, statement=b"statement", proof=b"proof", seed=SEED)
    digests = hashlib.sha256(b"statement").digest() + hashlib.sha256(b"proof").digest()
    expected = [
        int.from_bytes(
            system.suite.expand_message(
                SEED + digests + u64(j), system.api_id + transcript.PAIRING_WEIGHTS, 16
            ),
            "big",
        )
        for j in range(1, count)
    ]
    assert found == (1, *expected)
    assert all(weight >> 64 for weight in expected)


def test_points_are_summed_with_their_weights(world):
    backend = world.system.backend
    P, Q, R = (world.system.suite.hash_to_g1(name, b"AVOW_TEST_") for name in (b"P", b"Q", b"R"))
    for terms in ([(P, 1)], [(P, 1), (Q, 5)], [(Q, 5), (P, 1), (R, 0)], [(P, 1), (Q, 1)], [(Q, 7)]):
        points, weights = zip(*terms, strict=True)
        found = pairings._weighted(backend, terms)
        assert backend.encode_g1(found) == backend.encode_g1(backend.msm_public(points, weights))
