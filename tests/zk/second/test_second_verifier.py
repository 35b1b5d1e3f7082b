"""Two verifiers that share no code agree: on the vector, on what our prover makes, and on what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from tests.support import vectors
from tests.zk.predicates.test_alteration import ALTERATIONS, PARTIES, PROOF, STATEMENT
from tests.zk.predicates.test_rules import CASES, LIMITS
from tests.zk.predicates.world import (
    BIRTH,
    BONUS,
    CITY,
    COUNTRY,
    INCOME,
    OFFSET,
    form,
    make_world,
    nullifier,
    pseudonym,
    seeded,
)
from tests.zk.second import curve
from tests.zk.second.curve import F, RefusedError, u8, u64
from tests.zk.second.reading import read_statement
from tests.zk.second.rules import Policy, second_verify_all
from tests.zk.second.verifier import second_verify
from zk.curve import GROUP_ORDER, Scalar
from zk.errors import ZkError
from zk.predicates.issuance import HolderSecrets
from zk.predicates.predicate import Exclude, Member
from zk.predicates.wires import Relation, slot_form

W = make_world()
DRAWN = 48

# Ours is stricter than section 4.2 says in words; the second verifier reads just the words.
STRICTER = {
    "S4 kinds that differ",
    "S4 a text computed",
    "S4 a text pivot of a number",
    "S4 a text added",
    "S4 twice a text",
    "S4 a member of differences",
    "S4 a signed member of differences",
}


def policy_of(statement, trust=W.trust):
    """Write down what our verifier is told, in octets and plain values."""
    return Policy(
        types=[type_octets(credential.types) for credential in statement.credentials],
        digit_keys=trust.digit_keys,
        set_keys=set(trust.set_keys),
        lists=[
            (known.scope.list_id, known.scope.width, known.gap_key, known.epochs) for known in trust.lists
        ],
        sector=trust.sector,
        different_holders=trust.different_holders,
    )


def type_octets(types):
    def number(value):
        return value.to_bytes(16, "big", signed=True)

    return b"".join(
        F(
            b"slot",
            u64(i),
            F(b"kind", slot.kind.value.encode()),
            F(b"param", slot.parameter),
            u8(slot.optional),
            number(slot.minimum),
            number(slot.maximum),
            F(b"pointer", slot.pointer.encode()),
        )
        for i, slot in enumerate(types.slots)
    )


def ours(statement, proof, trust=None):
    try:
        return [nym for _, nym in W.verify(statement, proof, trust=trust).nyms]
    except ZkError as fault:
        return fault.code.removeprefix("predicates.")


def theirs(statement, proof, trust=W.trust):
    try:
        return second_verify_all(statement.encode(W.system), proof, policy_of(statement, trust))
    except RefusedError as fault:
        return fault.code


def test_vector_1():
    vector = vectors.load("bbs-predicates", "vector1.json")
    statement, proof = bytes.fromhex(vector["statement"]), bytes.fromhex(vector["proof"])
    assert [nym.hex() for nym in second_verify(statement, proof)] == [vector["pseudonym"]]
    for at in range(0, len(statement), 9):
        altered = bytes([*statement[:at], statement[at] ^ 4, *statement[at + 1 :]])
        with pytest.raises(RefusedError):
            second_verify(altered, proof)


def test_known_answers():
    assert curve.encode(curve.P1) == W.system.suite.P1.octets
    assert (curve.ABSENT, curve.PAD) == (W.system.ABSENT, W.system.PAD)


class Drawn:
    """A true statement that a seed decides: one to four credentials, N = 1 or 2, every kind of predicate."""

    def __init__(self, seed):
        self.random = random.Random(f"second {seed}")
        draw, self.seed = self.random, seed
        self.K = 1 + seed % 4
        secrets = HolderSecrets(Scalar(31), tuple(Scalar(7 + n) for n in range(1 + seed // 4 % 2)))
        self.parties = [
            W.issue(
                key=draw.choice([W.issuer, W.issuer_2]),
                secrets=secrets,
                claims={
                    BIRTH: date.fromordinal(draw.randint(1, 3_652_059)),
                    INCOME: draw.randrange(1 << 32),
                    COUNTRY: draw.randint(1, 5),
                    BONUS: draw.choice([None, draw.randrange(65_536)]),
                },
            )
            for _ in range(self.K)
        ]
        kinds = ["range", "member", "exclude", "signed", "gap", "nym", "sum", "unequal"]
        chosen = draw.sample(kinds, draw.randint(2, 5))
        if seed % 3 == 0:
            chosen.append("bullet")
        self.hidden = {(k, i) for k in range(self.K) for i in (BIRTH, INCOME, COUNTRY, CITY)}
        relations = self.relations()
        self.statement = W.statement(
            self.parties,
            *[predicate for kind in chosen for predicate in getattr(self, kind)(draw.randrange(self.K))],
            relations=relations,
            disclosed=[(k, 7) for k in range(self.K) if draw.random() < 0.5],
            ph=draw.randbytes(draw.randint(0, 60)),
        )

    def value(self, what):
        total = sum(
            term.coefficient * self.parties[term.credential].held.scalars[term.slot] for term in what.terms
        )
        return total + what.constant

    def relations(self):
        """Tie one income to another as a pivot, by the difference that there is."""
        if self.K == 1 or self.random.random() < 0.5:
            return ()
        k = self.random.randrange(1, self.K)
        difference = self.value(slot_form(k, INCOME)) - 3 * self.value(slot_form(0, INCOME))
        return (Relation(k, INCOME, form((3, 0, INCOME), constant=difference)),)

    def bounds(self, what):
        value = self.value(what)
        below, above = (self.random.randrange(1 << self.random.randrange(24)) for _ in range(2))
        return value - below, value + above

    def range(self, k):
        slot = self.random.choice([BIRTH, INCOME])
        what = form((self.random.choice([-3, 1, 2]), k, slot), constant=self.random.randint(-9, 9))
        lo, hi = self.bounds(what)
        sides = self.random.choice([(lo, hi), (lo, None), (None, hi)])
        return [W.range(what, *sides, self.parties, key=self.random.choice([W.digits, W.own_digits]).key)]

    def bullet(self, k):
        what = slot_form(k, BIRTH)
        lo, hi = self.bounds(what)
        return [W.committed(what, *self.random.choice([(lo, hi), (lo, None), (None, hi)]), self.parties)]

    def sum(self, k):
        what = form(*[(1, n, INCOME) for n in range(k + 1)])
        lo, hi = self.bounds(what)
        return [W.range(what, lo, hi, self.parties)]

    def member(self, k):
        what = slot_form(k, COUNTRY)
        others = {Scalar(self.random.randrange(GROUP_ORDER)) for _ in range(self.random.randint(1, 9))}
        return [Member(what, tuple(sorted({self.value(what), *others})))]

    def exclude(self, k):
        what = slot_form(k, COUNTRY)
        return [Exclude(what, tuple(map(Scalar, range(6, 6 + self.random.randint(1, 5)))))]

    def unequal(self, k):
        what = form((1, k, BIRTH), (-1, k, INCOME))
        return [Exclude(what, (Scalar((self.value(what) + 1) % GROUP_ORDER),))]

    def signed(self, k):
        return [
            W.signed_member(slot_form(k, self.random.choice([CITY]))),
            W.signed_member(form((1, k, CITY))),
        ]

    def gap(self, k):
        return [W.not_revoked(k)]

    def nym(self, k):
        return [pseudonym(k), nullifier(self.random.randrange(self.K))]


@pytest.mark.parametrize("seed", range(DRAWN))
def test_what_our_prover_makes(seed):
    drawn = Drawn(seed)
    statement = drawn.statement
    proof = W.prove(statement, drawn.parties, seed=seed)
    nyms = ours(statement, proof)
    assert isinstance(nyms, list), nyms
    assert theirs(statement, proof) == nyms
    at = drawn.random.randrange(len(proof))
    altered = bytes([*proof[:at], proof[at] ^ 1 << drawn.random.randrange(8), *proof[at + 1 :]])
    assert theirs(statement, altered) == ours(statement, altered) != nyms
    other = replace(statement, ph=statement.ph + b"!")
    assert theirs(other, proof) == ours(other, proof) == "challenge"


def test_every_predicate_is_drawn():
    found = {type(predicate).__name__ for n in range(DRAWN) for predicate in Drawn(n).statement.predicates}
    assert len(found) == 7


def test_alterations_of_a_proof():
    assert theirs(STATEMENT, PROOF) == ours(STATEMENT, PROOF)
    for at in range(0, len(PROOF), 48):
        altered = bytes([*PROOF[: at + 5], PROOF[at + 5] ^ 16, *PROOF[at + 6 :]])
        assert (
            theirs(STATEMENT, altered)
            == ours(STATEMENT, altered)
            in {
                "encoding",
                "scalar",
                "identity",
                "challenge",
                "pairing",
            }
        )
    for altered in (PROOF[:-1], PROOF + b"\0", PROOF[1:], b"", PROOF * 2):
        assert theirs(STATEMENT, altered) == ours(STATEMENT, altered) == "length"


@pytest.mark.parametrize("title", ALTERATIONS)
def test_alterations_of_a_statement(title):
    statement = ALTERATIONS[title]()
    assert isinstance(ours(statement, PROOF), str)
    assert isinstance(theirs(statement, PROOF), str)
    with pytest.raises(RefusedError):
        second_verify(statement.encode(W.system), PROOF)


@pytest.mark.parametrize("title", CASES)
def test_rules_of_a_statement(title):
    """A statement that encodes is refused by both; the proof that follows has the wrong length for any."""
    statement = CASES[title][1]()
    try:
        statement.encode(W.system)
    except (OverflowError, ZkError):
        return
    assert ours(statement, b"") != "length"
    assert (theirs(statement, b"") == "length") == (title in STRICTER)


@pytest.mark.parametrize("title", LIMITS)
def test_statements_at_a_limit(title):
    statement = LIMITS[title]()
    assert ours(statement, b"") == theirs(statement, b"") == "length"


def test_policies(policies):
    for statement, trust in policies:
        for code in (ours(statement, b"", trust), theirs(statement, b"", trust)):
            assert code in {"key-role", "digit-key", "set-key", "epoch", "context"}


@pytest.fixture
def policies():
    issuer = W.alice.public.issuer_key
    two = W.statement(PARTIES, W.range(form((1, 0, INCOME), (1, 1, INCOME)), 2 * OFFSET, None, PARTIES))
    keys = {**W.trust.digit_keys, W.alice_2.public.issuer_key: frozenset({W.own_digits.key})}
    return [
        (STATEMENT, replace(W.trust, digit_keys={issuer: frozenset({issuer})})),
        (STATEMENT, replace(W.trust, set_keys=frozenset())),
        (STATEMENT, replace(W.trust, set_keys=frozenset({W.set.key, W.digits.key}))),
        (STATEMENT, replace(W.trust, lists=())),
        (STATEMENT, replace(W.trust, lists=(replace(W.trust.lists[0], epochs=frozenset({8})),))),
        (STATEMENT, replace(W.trust, sector="other.example")),
        (two, replace(W.trust, digit_keys=keys)),
    ]


def test_a_statement_has_one_encoding():
    """The second verifier reads back what was written, to the last octet and no further."""
    octets = STATEMENT.encode(W.system)
    parsed = read_statement(octets)
    assert len(parsed.predicates) == len(STATEMENT.predicates)
    assert [credential.header_octets for credential in parsed.credentials] == [
        credential.header.encode() for credential in STATEMENT.credentials
    ]
    for faulty in (octets[:-1], octets + b"\0", octets[1:]):
        with pytest.raises(RefusedError) as fault:
            read_statement(faulty)
        assert fault.value.code == "statement"
    random_octets = seeded("statement")
    for length in range(200):
        with pytest.raises(RefusedError):
            read_statement(random_octets(length))
