"""Provers that go on although their witness does not fit: each check of their own is taken away, and both
verifiers refuse what comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    OFFSET,
    REVOKED,
    form,
    make_world,
    nullifier,
    pseudonym,
)
from tests.zk.second.curve import RefusedError
from tests.zk.second.verifier import second_verify
from zk.bbs_core import possess
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates import proving
from zk.predicates.issuance import HolderSecrets
from zk.predicates.parts import committed, digits, gap, nyms, sets
from zk.predicates.predicate import CommittedRange, Exclude, Member, Range
from zk.predicates.wires import Relation, Values, slot_form

W = make_world()
BIRTH_FORM, INCOME_FORM, COUNTRY_FORM = (slot_form(0, slot) for slot in (BIRTH, INCOME, COUNTRY))
NO_PROOF = {f"predicates.{code}" for code in ("challenge", "pairing", "bulletproof")}
MOST = (1 << 64) - 1


class Pretend:
    """Values whose forms come out as others; a prover works with them as if they were its own."""

    def __init__(self, values, change):
        self._values, self._change, self.one = values, change, values.one

    def at(self, wire):
        return self._values.at(wire)

    def of(self, what):
        return self._change(self._values.of(what))


@pytest.fixture
def pretending(monkeypatch):
    """Let a prover pretend that a form has another value; blindings stay as they are."""

    def start(change):
        plain = proving._commit_predicate

        def commit(system, statement, n, digest, means, witness, *rest):
            return plain(system, statement, n, digest, means, Pretend(witness, change), *rest)

        monkeypatch.setattr(proving, "_commit_predicate", commit)

    return start


def refused(statement, proof):
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    with pytest.raises(RefusedError) as other:
        second_verify(statement.encode(W.system), proof)
    assert fault.value.code == f"predicates.{other.value.code}"
    assert fault.value.code in NO_PROOF
    return fault.value.code


def cut(bits):
    return lambda x: Scalar(x % (1 << bits))


FALSE = {
    "one above": (W.range(BIRTH_FORM, DAY + 1, DAY + 200), cut(8)),
    "one below": (W.range(BIRTH_FORM, DAY - 200, DAY - 1), cut(8)),
    "least": (W.range(BIRTH_FORM, DAY + 1, None), cut(24)),
    "most": (W.range(BIRTH_FORM, None, DAY - 1), cut(24)),
    "a value below": (W.range(BIRTH_FORM, DAY + 1, None), lambda _: Scalar(5)),
    "all 64 bits": (W.range(INCOME_FORM, OFFSET + 52_001, OFFSET + 52_001 + MOST), cut(64)),
    "64 bits from below": (W.range(INCOME_FORM, OFFSET + 51_999 - MOST, OFFSET + 51_999), cut(64)),
    "a sum": (W.range(form((1, INCOME), (1, COUNTRY)), OFFSET + 52_005, OFFSET + 52_100), cut(8)),
    "committed, one above": (W.committed(BIRTH_FORM, DAY + 1, DAY + 200), cut(8)),
    "committed, one below": (W.committed(BIRTH_FORM, None, DAY - 1), cut(32)),
    "committed, all 64 bits": (W.committed(INCOME_FORM, OFFSET + 52_001, OFFSET + 52_001 + MOST), cut(64)),
    "committed, another value": (W.committed(BIRTH_FORM, DAY + 1, None), lambda _: Scalar(5)),
    "member": (Member(COUNTRY_FORM, (Scalar(1), Scalar(2))), lambda _: Scalar(2)),
    "excluded": (Exclude(COUNTRY_FORM, (Scalar(4), Scalar(9))), lambda _: Scalar(5)),
    "signed member": (W.signed_member(COUNTRY_FORM), lambda _: Scalar(3)),
}


@pytest.mark.parametrize("title", FALSE)
def test_another_value_than_the_signed_one(title, pretending):
    claim, change = FALSE[title]
    statement = W.statement([W.alice], claim)
    with pytest.raises(ZkError) as fault:
        W.prove(statement, [W.alice])
    assert fault.value.code == "predicates.witness"
    pretending(change)
    refused(statement, W.prove(statement, [W.alice]))


@pytest.mark.parametrize("claim", [claim for claim, _ in FALSE.values() if isinstance(claim, Range)])
def test_digits_of_something_else(claim, monkeypatch):
    """The side itself is right, and so is its blinding; its digits are not its digits."""
    honest = digits.commit_side

    def invented(system, digit_list, count, x, *rest):
        return honest(system, digit_list, count, Scalar(x % 256**count), *rest)

    monkeypatch.setattr(digits, "commit_side", invented)
    statement = W.statement([W.alice], claim)
    assert refused(statement, W.prove(statement, [W.alice])) == "predicates.challenge"


@pytest.mark.parametrize("claim", [claim for claim, _ in FALSE.values() if isinstance(claim, CommittedRange)])
def test_bits_of_something_else(claim, monkeypatch):
    """The commitment is to the signed value; the Bulletproof is about other bits."""
    plain = committed.prove_bits

    def low_bits(system, bits, openings, *rest):
        return plain(system, bits, [replace(o, value=Scalar(o.value % (1 << bits))) for o in openings], *rest)

    class Any(int):
        def __rshift__(self, _):
            return 0

    monkeypatch.setattr(committed, "prove_bits", low_bits)
    monkeypatch.setattr(Values, "of", lambda self, what, of=Values.of: Any(of(self, what)))
    statement = W.statement([W.alice], claim)
    assert refused(statement, W.prove(statement, [W.alice])) == "predicates.bulletproof"


def test_a_member_of_the_set_by_the_wrong_branch(monkeypatch):
    """Every branch but one is simulated, and that one is not true."""
    claim = Member(COUNTRY_FORM, (Scalar(1), Scalar(2), Scalar(3)))

    class Found(tuple):
        __slots__ = ()

        def __contains__(self, _):
            return True

        def index(self, _):
            return 1

    lying = replace(claim)
    object.__setattr__(lying, "values", Found(claim.values))
    statement = W.statement([W.alice], lying)
    proof = W.prove(statement, [W.alice])
    assert refused(replace(statement, predicates=(claim,)), proof) == "predicates.challenge"


@pytest.mark.parametrize("guess", [0, 1, 7])
def test_an_excluded_value_with_invented_inverses(guess, monkeypatch):
    monkeypatch.setattr(sets, "_inverse", lambda *_: Scalar(guess))
    claim = Exclude(COUNTRY_FORM, (Scalar(4),))

    class Nothing(tuple):
        __slots__ = ()

        def __contains__(self, _):
            return False

    lying = replace(claim)
    object.__setattr__(lying, "values", Nothing(claim.values))
    statement = W.statement([W.alice], lying)
    proof = W.prove(statement, [W.alice])
    assert refused(replace(statement, predicates=(claim,)), proof) == "predicates.challenge"


@pytest.mark.parametrize("shift", [0, 1, 1234])
def test_a_signature_of_another_member(shift, monkeypatch):
    """The value is the signed one; the signature under the set's key is for another member."""
    other = W.set.signatures[Scalar(3)]
    plain = proving.commit_signed_member
    monkeypatch.setattr(
        proving,
        "commit_signed_member",
        lambda system, _signature, x, x_tilde, rnd: plain(system, other, Scalar(x + shift), x_tilde, rnd),
    )
    party = W.alice if not shift else W.issue(claims={COUNTRY: 2})
    lists = {W.set.key: replace(W.set, signatures={**W.set.signatures, Scalar(4): other, Scalar(2): other})}
    statement = W.statement([party], W.signed_member(COUNTRY_FORM))
    proof = W.prove(statement, [party], means=replace(W.means(statement), set_lists=lists))
    refused(statement, proof)


def held(signature, B):
    """What a prover holds of a signature and a sum, whether they belong together or not."""
    return possess(W.system.suite, signature, B)


@pytest.mark.parametrize("identifier", REVOKED)
def test_a_revoked_holder_with_any_gap_and_any_digits(identifier, monkeypatch):
    """Each gap of the epoch, sides cut to their digits, or simply those of an identifier inside."""
    party = W.issue(claims={4: identifier})
    claim = W.not_revoked()
    statement = W.statement([party], claim)
    honest, strict = digits.commit_side, gap._sides
    for found in W.gaps:
        inside = Scalar((found.left + found.right) // 2)
        checked = replace(W.checked_gap(), gap=found, possession=held(found.signature, W.gap_sum(found)))
        means = replace(W.means(statement), gaps={claim: checked})
        with monkeypatch.context() as cheat:
            cheat.setattr(
                gap, "commit_side", lambda s, lst, n, x, *rest: honest(s, lst, n, Scalar(x % 256**n), *rest)
            )
            refused(statement, W.prove(statement, [party], means=means))
        with monkeypatch.context() as cheat:
            cheat.setattr(
                gap,
                "_sides",
                lambda wire, ends, *, one, inside=inside: strict(inside if one == 1 else wire, ends, one=one),
            )
            refused(statement, W.prove(statement, [party], means=means))


def test_a_gap_that_nobody_signed(monkeypatch):
    party = W.issue(claims={4: 2000})
    claim = W.not_revoked()
    statement = W.statement([party], claim)
    wide = replace(W.gaps[0], left=0, right=(1 << 16) - 1)
    for B in (W.checked_gap().possession.B, W.gap_sum(wide)):
        checked = replace(W.checked_gap(), gap=wide, possession=held(wide.signature, B))
        proof = W.prove(statement, [party], means=replace(W.means(statement), gaps={claim: checked}))
        refused(statement, proof)


@pytest.mark.parametrize("claim", [pseudonym(), nullifier()])
def test_a_pseudonym_of_another_secret(claim, monkeypatch):
    plain = nyms._secret

    def shifted(predicate, header, z, values):
        return Scalar((plain(predicate, header, z, values) + values.one) % GROUP_ORDER)

    statement = W.statement([W.alice], claim)
    with monkeypatch.context() as cheat:
        cheat.setattr(nyms, "_secret", shifted)
        proof = W.prove(statement, [W.alice])
    assert refused(statement, proof) == "predicates.challenge"


RELATIONS = {
    "equal dates": Relation(1, BIRTH, BIRTH_FORM),
    "equal texts": Relation(1, CITY, slot_form(0, CITY)),
    "a multiple": Relation(1, INCOME, form((2, INCOME), constant=1 - OFFSET)),
}


@pytest.mark.parametrize("title", RELATIONS)
def test_a_relation_that_does_not_hold(title, monkeypatch):
    claims = {BIRTH: date(1999, 1, 1), CITY: "Nice", INCOME: 7}
    other = W.issue(key=W.issuer_2, claims=claims)
    statement = W.statement([W.alice, other], relations=[RELATIONS[title]])
    unlinked_proof_is_refused(statement, [W.alice, other], monkeypatch)


def test_two_holders_in_one_presentation(monkeypatch):
    bob = W.issue(key=W.issuer_2, secrets=HolderSecrets(Scalar(9), (Scalar(8),)))
    unlinked_proof_is_refused(W.statement([W.alice, bob]), [W.alice, bob], monkeypatch)


def unlinked_proof_is_refused(statement, parties, monkeypatch):
    with pytest.raises(ZkError) as fault:
        W.prove(statement, parties)
    assert fault.value.code == "predicates.witness"
    scalars = {(k, i): x for k, party in enumerate(parties) for i, x in enumerate(party.held.scalars)}
    with monkeypatch.context() as cheat:
        cheat.setattr(proving, "_witness", lambda *_: Values(scalars, Scalar(1)))
        proof = W.prove(statement, parties)
    assert refused(statement, proof) == "predicates.challenge"


@pytest.mark.parametrize("slot", [BIRTH, INCOME, COUNTRY, CITY, 4, BONUS, 7, 9, 10, 11, 12])
def test_another_scalar_in_each_slot(slot):
    """A credential in which one scalar is not the signed one, secrets and padding included."""
    scalars = list(W.alice.held.scalars)
    scalars[slot] = Scalar(scalars[slot] + 1)
    altered = replace(W.alice.held, scalars=tuple(scalars))
    for held in (altered, W.resummed(altered)):
        liar = replace(W.alice, held=held)
        statement = W.statement([liar], nullifier())
        refused(statement, W.prove(statement, [liar]))


@pytest.mark.parametrize("kind", ["member", "exclude", "range-bp"])
def test_a_commitment_without_a_blind_factor(kind, monkeypatch):
    """C is v·Y_1 and C - v·Y_1 the identity: no verifier stumbles, and what is true may be shown so."""
    claims = {
        "member": Member(COUNTRY_FORM, (Scalar(4), Scalar(5))),
        "exclude": Exclude(COUNTRY_FORM, (Scalar(3), Scalar(5))),
        "range-bp": W.committed(COUNTRY_FORM, 4, 4),
    }

    def without(random_bytes, count):
        _first, *rest = draw_scalars(random_bytes, count)
        return iter((Scalar(0), *rest))

    module = committed if kind == "range-bp" else sets
    monkeypatch.setattr(module, "draw_scalars", without)
    statement = W.statement([W.alice], claims[kind])
    proof = W.prove(statement, [W.alice])
    W.verify(statement, proof)
    second_verify(statement.encode(W.system), proof)


def test_blindings_of_zero(monkeypatch):
    """All commitments of the responses at the identity: foolish, but sound, and no verifier stumbles."""
    statement = W.statement([W.alice], pseudonym())
    monkeypatch.setattr(proving, "draw_scalars", lambda _random, count: iter([Scalar(0)] * count))
    proof = W.prove(statement, [W.alice])
    nym = W.verify(statement, proof).nyms[0][1]
    assert second_verify(statement.encode(W.system), proof) == [nym]


def test_randomness_that_repeats_gives_the_secrets_away():
    """Why each proof draws anew: two statements over the same draws, and anybody solves for the slots."""
    first, second = (W.statement([W.alice], ph=ph) for ph in (b"one", b"two"))
    proofs = [W.prove(statement, [W.alice], seed=3) for statement in (first, second)]
    challenges, responses = zip(
        *(
            (
                int.from_bytes(proof[:32], "big"),
                [int.from_bytes(proof[at : at + 32], "big") for at in range(272, len(proof), 32)],
            )
            for proof in proofs
        ),
        strict=True,
    )
    factor = pow(challenges[0] - challenges[1], -1, GROUP_ORDER)
    solved = [(a - b) * factor % GROUP_ORDER for a, b in zip(*responses, strict=True)]
    assert tuple(solved) == W.alice.held.scalars
    again = W.prove(second, [W.alice], seed=4)
    mixed = [int.from_bytes(again[at : at + 32], "big") for at in range(272, len(again), 32)]
    factor = pow(challenges[0] - int.from_bytes(again[:32], "big"), -1, GROUP_ORDER)
    assert not {(a - b) * factor % GROUP_ORDER for a, b in zip(responses[0], mixed, strict=True)} & set(
        W.alice.held.scalars
    )
