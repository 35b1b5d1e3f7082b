"""What a proof shows beside its statement: nothing that repeats, no size, no refused attempt, no digit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    OFFSET,
    form,
    pseudonym,
    seeded,
)
from zk.curve import Scalar, encode_scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates import proof_length
from zk.predicates.octets import encode_responses
from zk.predicates.parts.digits import commit_side
from zk.predicates.predicate import Exclude, Member
from zk.predicates.wires import Values, slot_form

PRESENTATIONS = 60


def full(world, parties):
    return world.statement(
        parties,
        world.range(slot_form(0, BIRTH), 1, 3_652_059, parties),
        Member(slot_form(0, COUNTRY), tuple(Scalar(v) for v in range(1, 6))),
        Exclude(slot_form(0, COUNTRY), (Scalar(9),)),
        world.signed_member(slot_form(0, CITY)),
        world.not_revoked(),
        pseudonym(),
    )


def test_presentations_share_no_octets_but_the_pseudonym(world):
    statement = full(world, [world.alice])
    proofs = [world.prove(statement, [world.alice], seed=seed) for seed in range(PRESENTATIONS)]
    assert len({proof[-48:] for proof in proofs}) == 1
    seen = set()
    for proof in proofs:
        windows = {proof[at : at + 16] for at in range(len(proof) - 48 - 16)}
        assert not windows & seen
        seen |= windows


def test_sizes_depend_on_the_statement_only(world):
    lengths = set()
    for claims in ({}, {COUNTRY: 1, CITY: "Nice", INCOME: 0}):
        party = world.issue(claims=claims)
        statement = full(world, [party])
        lengths.add(len(world.prove(statement, [party])))
    assert lengths == {proof_length(full(world, [world.alice]))}


@pytest.mark.parametrize(
    ("build", "added"),
    [
        (lambda w: w.range(slot_form(0, BIRTH), DAY - (1 << 23), None), 160 * 3 - 32),
        (lambda w: w.range(slot_form(0, INCOME), OFFSET, None), 160 * 4 - 32),
        (lambda w: w.range(slot_form(0, INCOME), OFFSET, OFFSET + (1 << 32) - 1), 2 * (160 * 4 - 32)),
        (lambda w: w.not_revoked(), 304 + 2 * (20 * 16 - 32)),
        (lambda w: w.signed_member(slot_form(0, CITY)), 128),
        (lambda w: Member(slot_form(0, COUNTRY), tuple(map(Scalar, (1, 2, 3, 4)))), 48 + 64 * 4),
        (lambda w: Exclude(slot_form(0, COUNTRY), tuple(map(Scalar, (1, 2)))), 80 + 64 * 2),
        (lambda w: pseudonym(), 48),
    ],
    ids=["24 bits", "32 bits", "both sides", "gap", "signed", "member", "exclude", "pseudonym"],
)
def test_sizes_are_those_of_the_text(world, build, added):
    plain = world.statement([world.alice])
    assert proof_length(plain) == 32 + 240 + 32 * 13
    assert proof_length(world.statement([world.alice], build(world))) == proof_length(plain) + added


def test_first_octets_do_not_depend_on_a_digit(world):
    """A chi-square over 16 classes of A', for two digits of one list: far below what any bias would give."""
    counts = {}
    for digit in (0, 255):
        random_bytes, bins = seeded(f"digit {digit}"), [0] * 16
        for _ in range(320):
            pending = commit_side(world.system, world.digits, 1, Scalar(digit), Scalar(12_345), random_bytes)
            bins[pending.respond(Scalar(7))[5] >> 4] += 1
        counts[digit] = bins
    for bins in counts.values():
        assert sum((count - 20) ** 2 / 20 for count in bins) < 50


def test_an_error_names_no_value(world):
    party = world.issue(claims={INCOME: 987_654})
    statement = world.statement([party], world.range(form((1, INCOME)), OFFSET, OFFSET + 5))
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [party])
    assert "987654" not in f"{fault.value}{fault.value.detail}{fault.value.remedy}"
    assert fault.value.__cause__ is None


def test_values_and_parts_have_no_repr_of_their_own(world):
    shown = repr([Values({(0, 0): Scalar(987_654)}, Scalar(1)), world.means(world.statement([world.alice]))])
    assert "987654" not in shown
    assert repr(world.system).startswith("System(Suite(")


@pytest.mark.parametrize("lacking", ["digit_lists", "set_lists", "gaps"])
def test_a_prover_lacks_what_it_has_not_checked(world, lacking):
    claims = {
        "digit_lists": world.range(slot_form(0, BIRTH), DAY, None),
        "set_lists": world.signed_member(slot_form(0, CITY)),
        "gaps": world.not_revoked(),
    }
    statement = world.statement([world.alice], claims[lacking])
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [world.alice], means=replace(world.means(statement), **{lacking: {}}))
    assert fault.value.code == "predicates.parameters"


def test_a_prover_proves_what_it_holds(world):
    statement = world.statement([world.alice], disclosed=((0, COUNTRY),))
    for parties in ([], [world.alice_2], [world.issue(claims={COUNTRY: 1})]):
        with pytest.raises(ZkError) as fault:
            world.prove(statement, parties)
        assert fault.value.code == "predicates.witness"


def test_a_response_of_zero_is_not_sent(world, monkeypatch):
    """So that a verifier may refuse one; here the free responses are made to be zero."""
    statement = world.statement([world.alice])
    monkeypatch.setattr(
        "zk.predicates.proving.encode_responses", lambda scalars: encode_responses([0 for _ in scalars])
    )
    with pytest.raises(ZkError) as fault:
        world.prove(statement, [world.alice])
    assert fault.value.code == "zk.randomness"


class Simulator:
    """Makes proofs without a witness, from the keys of all issuers and a challenge chosen beforehand."""

    def __init__(self, world, seed):
        self.world, self.random_bytes = world, seeded(seed)
        self.octets = b""

    def scalars(self, count):
        for scalar in draw_scalars(self.random_bytes, count):
            self.octets += encode_scalar(scalar)

    def point(self, key=None):
        """A random point, and the same times a key."""
        backend = self.world.system.backend
        (scalar,) = draw_scalars(self.random_bytes, 1)
        point = backend.mul_secret(self.world.system.Y_0.point, scalar)
        self.octets += backend.encode_g1(point)
        if key is not None:
            image = backend.mul_secret(point, key.scalar(self.world.system.suite))
            self.octets += backend.encode_g1(image)

    def signature(self, key):
        self.point(key)
        self.point()
        self.scalars(3)

    def side(self, digits):
        for _ in range(digits):
            self.point(self.world.digit_secret)
        self.scalars(2 * digits - 1)


def test_proofs_can_be_simulated(world, monkeypatch):
    """With a programmed hash nothing but public data and keys is needed, so a proof shows nothing else."""
    statement = full(world, [world.alice])
    made = Simulator(world, "simulated")
    made.scalars(1)
    made.signature(world.issuer)
    made.scalars(13)
    for _ in range(2):
        made.side(3)
    made.point()
    made.scalars(1 + 4 + 5)
    made.point()
    made.scalars(1 + 2)
    made.point(world.set_secret)
    made.scalars(1)
    made.signature(world.gap_secret)
    made.scalars(2)
    for _ in range(2):
        made.side(2)
    made.point()
    with pytest.raises(ZkError) as fault:
        world.verify(statement, made.octets)
    assert fault.value.code == "predicates.challenge"
    c = Scalar(int.from_bytes(made.octets[:32], "big"))
    monkeypatch.setattr("zk.predicates.verifying.challenge", lambda *_: c)
    world.verify(statement, made.octets)
