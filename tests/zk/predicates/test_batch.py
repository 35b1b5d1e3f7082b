"""Many presentations in one check: the good ones hold, and each bad one is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import BIRTH, DAY, pseudonym, seeded
from zk.bbs_core import possess
from zk.errors import ZkError
from zk.predicates import Verified, batch, pairings, verify_each, verify_many
from zk.predicates.wires import slot_form


@pytest.fixture(scope="module")
def presentations(world):
    made = []
    for n in range(6):
        party = world.alice if n % 2 else world.alice_2
        statement = world.statement(
            [party], world.range(slot_form(0, BIRTH), DAY - n, None), pseudonym(), ph=b"nonce %d" % n
        )
        made.append((statement, world.prove(statement, [party], seed=n)))
    return made


@pytest.fixture(scope="module")
def unsigned(world):
    """A proof from a signature that nobody made: everything but the pairing holds."""
    octets = bytearray(world.alice.held.signature)
    octets[:48] = world.alice_2.held.signature[:48]
    possession = possess(world.system.suite, bytes(octets), world.alice.held.B)
    liar = replace(world.alice, held=replace(world.alice.held, possession=possession))
    statement = world.statement([liar], pseudonym())
    return statement, world.prove(statement, [liar])


def outcomes(world, presentations):
    found = verify_many(world.system, presentations, trust=world.trust, weight_seed=seeded(1)(32))
    return [outcome.code if isinstance(outcome, ZkError) else "holds" for outcome in found]


def test_all_hold_with_one_pairing_check(world, presentations, monkeypatch):
    counted, plain = [], pairings.check_pairings
    monkeypatch.setattr(batch, "check_pairings", lambda *args: (counted.append(1), plain(*args)))
    found = verify_many(world.system, presentations, trust=world.trust, weight_seed=seeded(1)(32))
    assert counted == [1]
    assert all(isinstance(outcome, Verified) for outcome in found)
    assert [outcome.statement for outcome in found] == [statement for statement, _ in presentations]
    assert all(len(outcome.nyms) == 1 for outcome in found)


def test_nothing_to_check(world):
    assert outcomes(world, []) == []


@pytest.mark.parametrize("places", [{0}, {5}, {2, 3}, {0, 1, 2, 3, 4, 5}])
def test_a_bad_one_takes_no_good_one_with_it(world, presentations, unsigned, places):
    mixed = [unsigned if n in places else good for n, good in enumerate(presentations)]
    assert outcomes(world, mixed) == ["predicates.pairing" if n in places else "holds" for n in range(6)]


def test_each_has_its_own_fault(world, presentations):
    (first, proof), (second, _), *_ = presentations
    mixed = [
        (first, proof),
        (second, proof),
        (first, proof[:-1]),
        (replace(first, credentials=()), proof),
    ]
    assert outcomes(world, mixed) == [
        "holds",
        "predicates.challenge",
        "predicates.length",
        "predicates.limits",
    ]


def test_weights_are_of_the_whole_batch(world, presentations, monkeypatch):
    """Two batches that differ in one proof have no weight in common but the first."""
    drawn, plain = [], pairings.draw_weights

    def note(*args, **kwargs):
        drawn.append(plain(*args, **kwargs))
        return drawn[-1]

    monkeypatch.setattr(batch, "draw_weights", note)
    outcomes(world, presentations[:3])
    outcomes(world, [*presentations[:2], presentations[3]])
    assert drawn[0][0] == drawn[1][0] == 1
    assert not set(drawn[0][1:]) & set(drawn[1][1:])


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_batch_needs_a_seed(world, presentations, seed):
    with pytest.raises(ZkError) as fault:
        verify_many(world.system, presentations, trust=world.trust, weight_seed=seed)
    assert fault.value.code == "predicates.weight-seed"


def test_each_is_judged_by_what_is_accepted_for_it(world, presentations):
    """A key in two roles, or another sector, is the fault of the one that it is accepted for."""
    elsewhere = replace(world.trust, sector="other.example")
    issuer, digits = next(iter(world.trust.digit_keys.items()))
    careless = replace(world.trust, set_keys=frozenset({issuer, *digits}))
    trusts = [world.trust, elsewhere, careless, world.trust]
    queue = [(*item, trust) for item, trust in zip(presentations, trusts, strict=False)]
    found = verify_each(world.system, queue, weight_seed=seeded(1)(32))
    codes = [outcome.code if isinstance(outcome, ZkError) else "holds" for outcome in found]
    assert codes == ["holds", "predicates.context", "predicates.key-role", "holds"]
