"""A proof with every kind of predicate: each element altered, and parts of other proofs put in its place.

Where two verifiers look, they refuse with the same code. N is 2 in one credential; all seven kinds of
predicate are there, two-sided where there are sides.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from py_ecc.bls.point_compression import compress_G1, decompress_G1
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.optimized_bls12_381 import add

from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    DAY,
    INCOME,
    OFFSET,
    form,
    make_world,
    nullifier,
    pseudonym,
)
from tests.zk.second.curve import R, RefusedError, encode, mul, point
from tests.zk.second.verifier import second_verify
from zk.curve import Scalar
from zk.errors import ZkError
from zk.predicates.issuance import HolderSecrets
from zk.predicates.octets import Reader
from zk.predicates.predicate import Exclude, Member
from zk.predicates.wires import Relation, slot_form

W = make_world()
PARTIES = [W.issue(secrets=HolderSecrets(Scalar(1111), (Scalar(5), Scalar(6)))), W.alice_2]
PREDICATES = (
    W.range(slot_form(0, BIRTH), DAY - 100, DAY + 400, PARTIES),
    W.committed(slot_form(0, COUNTRY), 1, 5, PARTIES),
    Member(slot_form(0, COUNTRY), (Scalar(2), Scalar(4), Scalar(5))),
    Exclude(slot_form(0, COUNTRY), (Scalar(1), Scalar(3))),
    W.signed_member(slot_form(0, CITY)),
    W.not_revoked(),
    pseudonym(),
    nullifier(1),
    W.present(BONUS),
)
STATEMENT = W.statement(
    PARTIES,
    *PREDICATES,
    relations=(Relation(1, BIRTH, form((1, BIRTH))), Relation(1, INCOME, slot_form(0, INCOME))),
    disclosed=((0, 7), (1, COUNTRY), (1, 7)),
)
OCTETS = STATEMENT.encode(W.system)
PROOF = W.prove(STATEMENT, PARTIES)
OTHER = W.prove(STATEMENT, PARTIES, seed="other")
BULLET = 352 + 96 * 4
ORDER_3 = (FQ(0), FQ(2), FQ(1))


def sections(statement, proof):
    """Where every element stands: (offset, length), and the offset at which each predicate begins."""
    found, begins = [], []
    with pytest.MonkeyPatch.context() as spied:
        for kind, size in (("point", 48), ("scalar", 32)):
            plain = getattr(Reader, kind)

            def note(self, what, *, size=size, plain=plain):
                found.append((self._at, size))
                return plain(self, what)

            spied.setattr(Reader, kind, note)
        W.verify(statement, proof)
    at = len(proof) - BULLET
    lengths = [2 * (160 * 2 - 32), 80, 48 + 64 * 3, 80 + 64 * 2, 128, 304 + 2 * (20 * 16 - 32), 48, 48, 144]
    for length in reversed(lengths):
        at -= length
        begins.insert(0, at)
    return found, begins, lengths


ELEMENTS, BEGINS, LENGTHS = sections(STATEMENT, PROOF)


def both_refuse(proof, statement=STATEMENT, octets=OCTETS):
    """Return the code that both verifiers give."""
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof)
    with pytest.raises(RefusedError) as other:
        second_verify(octets, proof)
    assert fault.value.code == f"predicates.{other.value.code}"
    return other.value.code


def spliced(at, octets, proof=PROOF):
    return proof[:at] + octets + proof[at + len(octets) :]


def test_the_composite_holds_for_both():
    assert sum(size for _, size in ELEMENTS) == len(PROOF)
    nyms = [nym for _, nym in W.verify(STATEMENT, PROOF).nyms]
    assert second_verify(OCTETS, PROOF) == nyms
    assert {at for at, _ in ELEMENTS} >= set(BEGINS)
    assert PROOF[BEGINS[6] : BEGINS[6] + 48] == nyms[0]


def last_of_a_check(at):
    """An element of the Bulletproof is found by that, whatever comes before by the challenge."""
    return "bulletproof" if at >= len(PROOF) - BULLET else "challenge"


def test_every_scalar_moved():
    """By one, to its opposite, to one, to r - 1, or to its double, in turn; never to zero or r."""
    for n, (at, size) in enumerate(ELEMENTS):
        if size == 32:
            value = int.from_bytes(PROOF[at : at + 32], "big")
            moves = (value + 1, -value, 2 * value, 1, R - 1)
            for moved in (moves[n % 5], moves[(n + 1) % 5]):
                altered = spliced(at, (moved % R).to_bytes(32, "big"))
                with pytest.raises(ZkError) as fault:
                    W.verify(STATEMENT, altered)
                assert fault.value.code == f"predicates.{last_of_a_check(at)}", at
            assert both_refuse(spliced(at, bytes(32))) == "scalar"
            assert both_refuse(spliced(at, R.to_bytes(32, "big"))) == "scalar"
            assert both_refuse(spliced(at, b"\xff" * 32)) == "scalar"


def test_every_point_moved():
    """To its double, its opposite or beside, in turn; out of the subgroup, to the identity, off the curve."""
    for n, (at, size) in enumerate(ELEMENTS):
        if size == 48:
            here = point(PROOF[at : at + 48])
            moved = (mul(here, 2), -here, here + W_POINT)[n % 3]
            with pytest.raises(ZkError) as fault:
                W.verify(STATEMENT, spliced(at, encode(moved)))
            assert fault.value.code == f"predicates.{last_of_a_check(at)}", at
            plain = decompress_G1(int.from_bytes(PROOF[at : at + 48], "big"))
            outside = int(compress_G1(add(plain, ORDER_3))).to_bytes(48, "big")
            assert both_refuse(spliced(at, outside)) == "encoding"
            for identity in (b"\xc0" + bytes(47), b"\xe0" + bytes(47), b"\xc0" + bytes(46) + b"\x01"):
                assert both_refuse(spliced(at, identity)) == "identity"
            for faulty in (bytes(48), b"\x80" + bytes(47), b"\x9f" + b"\xff" * 47, PROOF[at : at + 1] * 48):
                assert both_refuse(spliced(at, faulty)) in {"encoding", "identity"}


W_POINT = point(W.system.Y_1.octets)


def test_both_verifiers_on_one_alteration_of_each_element():
    for at, size in ELEMENTS[::9]:
        middle = at + size - 1
        altered = spliced(middle, bytes([PROOF[middle] ^ 1]))
        assert both_refuse(altered) in {"challenge", "encoding", "bulletproof", "scalar"}


def test_elements_of_another_proof_of_the_same_statement():
    """Each element, and each run of elements from the front, from a proof that is good as well."""
    assert W.verify(STATEMENT, OTHER).nyms == W.verify(STATEMENT, PROOF).nyms
    for n, (at, size) in enumerate(ELEMENTS):
        taken = OTHER[at : at + size]
        if taken != PROOF[at : at + size]:
            with pytest.raises(ZkError) as fault:
                W.verify(STATEMENT, spliced(at, taken))
            assert fault.value.code == f"predicates.{last_of_a_check(at)}"
        if n % 4 == 0 and at + size < len(PROOF):
            with pytest.raises(ZkError) as fault:
                W.verify(STATEMENT, OTHER[: at + size] + PROOF[at + size :])
            assert fault.value.code in {"predicates.challenge", "predicates.bulletproof"}


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8])
def test_a_predicate_of_another_proof(n):
    """Pseudonyms, 6 and 7, are equal in all proofs."""
    at, length = BEGINS[n], LENGTHS[n]
    assert both_refuse(spliced(at, OTHER[at : at + length])) == "challenge"


def test_credentials_of_a_proof_exchanged():
    first, second = PROOF[32:272], PROOF[272:512]
    assert both_refuse(spliced(32, second + first)) == "challenge"
    assert both_refuse(spliced(32, first + first)) == "challenge"
    assert both_refuse(spliced(32, OTHER[32:272])) == "challenge"


def test_sides_and_digits_exchanged():
    """Lower and upper side, digits of a side, their responses, and both pseudonyms."""
    lower, side = BEGINS[0], 288
    gap = BEGINS[5] + 304
    for at, then, size in (
        (lower, lower + side, side),
        (lower, lower + 96, 96),
        (lower + 192, lower + 224, 32),
        (gap, gap + side, side),
        (gap, lower, side),
        (BEGINS[6], BEGINS[7], 48),
        (BEGINS[2] + 48, BEGINS[3] + 48, 32),
        (BEGINS[4], lower, 96),
    ):
        swapped = bytearray(PROOF)
        swapped[at : at + size], swapped[then : then + size] = (
            PROOF[then : then + size],
            PROOF[at : at + size],
        )
        assert both_refuse(bytes(swapped)) == "challenge"


def smaller(*predicates):
    """A part of the statement, by itself."""
    return replace(STATEMENT, predicates=predicates)


@pytest.mark.parametrize("n", range(len(PREDICATES)))
def test_a_part_of_the_proof_for_a_part_of_the_statement(n):
    """All predicates but one, with the octets of all but that one; and that one alone."""
    at, length = BEGINS[n], LENGTHS[n]
    kept = [predicate for m, predicate in enumerate(PREDICATES) if m != n]
    without = PROOF[:at] + PROOF[at + length :]
    tail = len(PROOF) - BULLET
    if n == 1:
        without = without[:-BULLET]
    statement = smaller(*kept)
    assert both_refuse(without, statement, statement.encode(W.system)) == "challenge"
    alone = smaller(PREDICATES[n])
    part = PROOF[: BEGINS[0]] + PROOF[at : at + length] + (PROOF[tail:] if n == 1 else b"")
    assert both_refuse(part, alone, alone.encode(W.system)) == "challenge"


def test_a_proof_within_a_larger_statement():
    """A proof about one credential, between the parts of another, for a statement about both."""
    ranged = W.range(slot_form(0, BIRTH), DAY - 3, None)
    small = W.statement([W.alice], ranged)
    proof = W.prove(small, [W.alice], seed=1)
    two = W.statement([W.alice, W.alice_2], ranged)
    larger = W.prove(two, [W.alice, W.alice_2], seed=2)
    head, responses, tail = 32 + 240, 13 * 32, len(proof) - 272 - 13 * 32
    taken = proof[:head] + larger[272:512] + proof[head : head + responses]
    taken += larger[512 + responses : len(larger) - tail] + proof[-tail:]
    assert len(taken) == len(larger)
    assert both_refuse(taken, two, two.encode(W.system)) == "challenge"


@pytest.mark.parametrize("relation", [0, 1, 2])
def test_a_relation_given_up_and_its_response_sent(relation):
    """Without a relation the pivot's response is sent; what it would be does not make another proof."""
    relations = [other for m, other in enumerate(STATEMENT.relations) if m != relation]
    statement = replace(STATEMENT, relations=tuple(relations))
    pivot = STATEMENT.relations[relation].pivot
    order = [wire for wire in statement.hidden if wire not in {other.pivot for other in relations}]
    source = STATEMENT.relations[relation].form.wires[0]
    before = 512 + 32 * order.index(pivot)
    response = PROOF[512 + 32 * order.index(source) :][:32]
    proof = PROOF[:before] + response + PROOF[before:]
    lax = replace(W.trust, different_holders=True)
    with pytest.raises(ZkError) as fault:
        W.verify(statement, proof, trust=lax)
    assert fault.value.code == "predicates.challenge"


def test_the_same_predicate_twice_needs_two_proofs():
    """The octets of one do not serve for both, and in another order neither do those of each."""
    twice = (W.range(slot_form(0, BIRTH), DAY - 3, None), W.range(slot_form(0, BIRTH), DAY - 3, None))
    assert twice[0] == twice[1]
    statement = W.statement([W.alice], *twice)
    octets = statement.encode(W.system)
    proof = W.prove(statement, [W.alice])
    assert second_verify(octets, proof) == []
    length = 160 * 3 - 32
    first, second = proof[-2 * length : -length], proof[-length:]
    for parts in (first + first, second + second, second + first):
        assert both_refuse(proof[: -2 * length] + parts, statement, octets) == "challenge"


def test_two_slots_of_one_type_exchanged():
    """Income and bonus are both integers: the values of one do not pass for the other."""
    party = W.issue(claims={INCOME: 800, BONUS: 52_000})
    for slot, other in ((INCOME, BONUS), (BONUS, INCOME)):
        least = party.held.scalars[slot]
        fine = W.statement([party], W.range(form((1, slot)), least, None))
        proof = W.prove(fine, [party])
        W.verify(fine, proof)
        claim = replace(fine.predicates[0], form=form((1, other)), lo=least)
        turned = replace(fine, predicates=(claim,))
        with pytest.raises(ZkError) as fault:
            W.verify(turned, proof)
        assert fault.value.code in {"predicates.challenge", "predicates.digit-count"}
    swapped = list(party.held.scalars)
    swapped[INCOME], swapped[BONUS] = swapped[BONUS], swapped[INCOME]
    liar = replace(party, held=replace(party.held, scalars=tuple(swapped)))
    statement = W.statement([liar], W.range(form((1, INCOME)), OFFSET + 52_000, None))
    for held in (liar.held, W.resummed(liar.held)):
        proof = W.prove(statement, [replace(liar, held=held)])
        assert both_refuse(proof, statement, statement.encode(W.system)) in {"challenge", "pairing"}
