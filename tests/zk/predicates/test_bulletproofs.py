"""Ranges by Bulletproofs: what is true is proven, and neither value, bound nor proof can be moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.zk.predicates.world import BIRTH, COUNTRY, DAY, form, make_world, pseudonym, seeded
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates import Verified, proof_length, verify_many
from zk.predicates.octets import Reader, committed, frame
from zk.predicates.parts import bullet_proving
from zk.predicates.parts.bullet_checking import check_bits, read_bits
from zk.predicates.parts.bullet_proving import Opening, prove_bits
from zk.predicates.parts.bullet_transcript import BulletTranscript, bullet_bases
from zk.predicates.slots import Kind, SlotType, TypeMap
from zk.predicates.wires import slot_form

W = make_world()
BIRTH_FORM, COUNTRY_FORM = slot_form(0, BIRTH), slot_form(0, COUNTRY)
STATEMENT = W.statement(
    [W.alice], pseudonym(), W.committed(COUNTRY_FORM, 1, 5), W.range(BIRTH_FORM, DAY, DAY)
)
PROOF = W.prove(STATEMENT, [W.alice])
TAIL = 352 + 96 * 4


def code_of(statement, proof):
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    return fault.value.code


def test_known_generators():
    U, G, _ = bullet_bases(W.system, 8)
    assert U.octets.hex().startswith("821138a150fb90debd4617c522f1a41f12c60c9736d9b651855549ea03d5893a")
    assert G[0].octets.hex().startswith("b196cb43f5ccee29773589876509a49873ab876451dc473e90be71e36ea54e8f")


@pytest.mark.parametrize(
    ("bounds", "bits"),
    [
        ((DAY, DAY), 8),
        ((DAY - 255, DAY), 8),
        ((DAY, DAY + 255), 8),
        ((DAY - 256, DAY), 16),
        ((DAY, None), 32),
        ((None, DAY), 32),
    ],
)
def test_a_value_at_its_bounds(bounds, bits):
    claim = W.committed(BIRTH_FORM, *bounds)
    statement = W.statement([W.alice], claim)
    proof = W.prove(statement, [W.alice])
    sides = sum(bound is not None for bound in bounds)
    assert claim.bits == bits
    rounds = (bits * sides).bit_length() - 1
    added = len(proof) - proof_length(W.statement([W.alice]))
    assert added == 80 + 352 + 96 * rounds == proof_length(statement) - proof_length(W.statement([W.alice]))
    W.verify(statement, proof)


def test_64_bits_and_both_sides():
    types = TypeMap((SlotType(Kind.INTEGER, "/n", 0, (1 << 64) - 1, optional=False),))
    party = W.issue(types=types, claims={0: -(1 << 63)}, slots=2)
    statement = W.statement([party], W.committed(slot_form(0, 0), 0, (1 << 64) - 1, [party]))
    W.verify(statement, W.prove(statement, [party]))


def test_several_in_one_proof_with_everything_else():
    statement = W.statement(
        [W.alice],
        W.committed(COUNTRY_FORM, 4, None),
        W.not_revoked(),
        W.committed(form((2, COUNTRY), constant=-3), 5, 6),
        pseudonym(),
    )
    proof = W.prove(statement, [W.alice])
    assert len(W.verify(statement, proof).nyms) == 1
    other = replace(statement, predicates=(*statement.predicates[2:], *statement.predicates[:2]))
    assert code_of(other, proof) in {f"predicates.{code}" for code in ("encoding", "scalar", "challenge")}


@pytest.mark.parametrize("bounds", [(DAY + 1, None), (None, DAY - 1), (DAY + 1, DAY + 9), (DAY - 9, DAY - 1)])
def test_what_is_not_in_range_is_refused_by_the_prover(bounds):
    statement = W.statement([W.alice], W.committed(BIRTH_FORM, *bounds))
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [W.alice])
    assert fault.value.code == "predicates.witness"


def test_every_16_octets_of_a_bulletproof():
    allowed = {f"predicates.{code}" for code in ("bulletproof", "encoding", "identity", "scalar")}
    start = len(PROOF) - TAIL
    found = set()
    for at in range(start, len(PROOF), 16):
        altered = PROOF[: at + 9] + bytes([PROOF[at + 9] ^ 1]) + PROOF[at + 10 :]
        found.add(code_of(STATEMENT, altered))
    assert "predicates.bulletproof" in found
    assert found <= allowed


def test_points_and_scalars_of_a_bulletproof_exchanged():
    start = len(PROOF) - TAIL
    for at, size in (
        (start, 48),
        (start + 96, 48),
        (start + 192, 32),
        (start + 224, 32),
        (len(PROOF) - 64, 32),
    ):
        first, second = PROOF[at : at + size], PROOF[at + size : at + 2 * size]
        assert code_of(STATEMENT, PROOF[:at] + second + first + PROOF[at + 2 * size :]) == (
            "predicates.bulletproof"
        )


def test_a_bulletproof_of_another_presentation():
    other = W.prove(STATEMENT, [W.alice], seed=1)
    assert code_of(STATEMENT, PROOF[:-TAIL] + other[-TAIL:]) == "predicates.bulletproof"


def test_other_bounds_are_another_statement():
    for changed in ({"lo": 0}, {"hi": 6}, {"bits": 16}):
        claim = replace(STATEMENT.predicates[1], **changed)
        statement = replace(STATEMENT, predicates=(STATEMENT.predicates[0], claim, STATEMENT.predicates[2]))
        assert code_of(statement, PROOF) in {"predicates.challenge", "predicates.digit-count"}


def test_in_a_batch_a_bad_bulletproof_stands_alone():
    bad = PROOF[:-32] + PROOF[-64:-32]
    found = verify_many(
        W.system, [(STATEMENT, PROOF), (STATEMENT, bad)], trust=W.trust, weight_seed=seeded(1)(32)
    )
    assert isinstance(found[0], Verified)
    assert found[1].code == "predicates.bulletproof"


# The range proof by itself.


def log_of(values, c=5, digest=b"\x01" * 32, index=0, bits=8):
    return BulletTranscript(W.system, digest, Scalar(c), index, bits, values)


def value_point(value, gamma):
    V = committed(W.system.suite, W.system.Y_1, Scalar(value % GROUP_ORDER), W.system.Y_0, Scalar(gamma))
    return V, W.system.backend.encode_g1(V)


def check(octets, V, log):
    check_bits(W.system, 8, [V], read_bits(Reader(W.system.suite, octets), 8), log)


def test_a_value_out_of_range_has_no_proof():
    for value in (256, 257, GROUP_ORDER - 1):
        V, octets = value_point(value, 9)
        proof = prove_bits(W.system, 8, [Opening(Scalar(value), Scalar(9))], log_of([octets]), seeded(1))
        with pytest.raises(ZkError) as fault:
            check(proof, V, log_of([octets]))
        assert fault.value.code == "predicates.bulletproof"


@pytest.mark.parametrize(
    "changed", [{"c": 6}, {"digest": b"\x02" * 32}, {"index": 1}, {"bits": 16}, {"values": True}]
)
def test_everything_in_the_seed_counts(changed):
    V, octets = value_point(200, 9)
    proof = prove_bits(W.system, 8, [Opening(Scalar(200), Scalar(9))], log_of([octets]), seeded(1))
    check(proof, V, log_of([octets]))
    seed = {name: value for name, value in changed.items() if name != "values"}
    values = [octets, octets] if "values" in changed else [octets]
    with pytest.raises(ZkError) as fault:
        check(proof, V, log_of(values, **seed))
    assert fault.value.code == "predicates.bulletproof"


def test_a24_a_value_chosen_after_the_proof(monkeypatch):
    """With V outside its transcript, T_1 is shifted and V solved for: a value far out of range passes."""
    V, octets = value_point(200, 9)
    u, made = 777, []
    plain = bullet_proving._secret_sum

    def shifted(system, points, scalars):
        made.append(1)
        if len(made) == 3:
            scalars = (scalars[0] + u, scalars[1])
        return plain(system, points, scalars)

    monkeypatch.setattr(bullet_proving, "_secret_sum", shifted)
    opening = [Opening(Scalar(200), Scalar(9))]

    def forge(log_values):
        made.clear()
        proof = prove_bits(W.system, 8, opening, log_of(log_values), seeded(1))
        log = log_of(log_values)
        log.absorb(b"as", proof[:96])
        _, z = log.draw(b"y"), log.draw(b"z")
        log.absorb(b"t", proof[96:192])
        x = log.draw(b"x")
        moved = 200 - u * x * pow(z, -2, GROUP_ORDER)
        return proof, value_point(moved, 9)

    proof, (V_moved, moved_octets) = forge([])
    check(proof, V_moved, log_of([]))
    with pytest.raises(ZkError) as fault:
        check(proof, V, log_of([]))
    assert fault.value.code == "predicates.bulletproof"
    proof, (V_moved, moved_octets) = forge([octets])
    with pytest.raises(ZkError) as fault:
        check(proof, V_moved, log_of([moved_octets]))
    assert fault.value.code == "predicates.bulletproof"


def test_a_challenge_of_zero_is_refused(monkeypatch):
    monkeypatch.setattr("zk.hashing.reduce_to_scalar", lambda _: Scalar(0))
    with pytest.raises(ZkError) as fault:
        log_of([]).draw(b"y")
    assert fault.value.code == "predicates.bulletproof"


def test_frames_of_the_transcript():
    log = log_of([b"V"], c=5, digest=b"d", index=2, bits=16)
    assert log._octets == b"".join(
        (
            frame(b"statement", b"d"),
            frame(b"challenge", (5).to_bytes(32, "big")),
            frame(b"predicate", (2).to_bytes(8, "big")),
            frame(b"bits", (16).to_bytes(8, "big")),
            frame(b"values", (1).to_bytes(8, "big"), b"V"),
        )
    )
