"""A proof of every kind of predicate made without a witness, by whoever has all keys and programs the hash.

Nothing goes in but the statement, the keys of issuers and lists, and random octets. Both verifiers accept it
while the hash answers as the simulator wants: a proof shows nothing that these do not.
"""

from __future__ import annotations

import pytest

from tests.zk.attacks.test_every_element import OCTETS, PROOF, STATEMENT
from tests.zk.attacks.test_unlinkable import chi_square, limit
from tests.zk.attacks.windows import repeated
from tests.zk.predicates.world import make_world, seeded
from tests.zk.second import bullets, verifier
from tests.zk.second.bullets import powers, rounds_of
from tests.zk.second.curve import (
    API,
    Y_0,
    Y_1,
    R,
    RefusedError,
    encode,
    generators,
    mul,
    sc,
    to_scalar,
    total,
)
from tests.zk.second.reading import read_statement
from tests.zk.second.verifier import second_verify, sides
from zk.curve import Scalar
from zk.errors import ZkError

W = make_world()
STATEMENT_OF_ONE = W.statement([W.alice], W.range(STATEMENT.predicates[0].form, 1, None))
OCTETS_OF_ONE = STATEMENT_OF_ONE.encode(W.system)


class Simulator:
    """Draws everything, and solves for the rest."""

    def __init__(self, octets, keys, seed):
        self.random_bytes, self.keys = seeded(seed), keys
        self.statement = read_statement(octets)
        self.draws = []
        self.c = self.scalar()
        self.octets = sc(self.c)
        for credential in self.statement.credentials:
            self.signature(credential.issuer_key)
        pivots = {pivot for pivot, _ in self.statement.relations}
        for k, credential in enumerate(self.statement.credentials):
            self.scalars(sum((k, i) not in pivots for i in credential.hidden()))
        commitments = [(p, getattr(self, p.kind.replace("-", "_"))(p)) for p in self.statement.predicates]
        for predicate, C in commitments:
            if predicate.kind == "range-bp":
                self.bullet(predicate, C)

    def scalar(self):
        return 1 + int.from_bytes(self.random_bytes(48), "big") % (R - 1)

    def scalars(self, count):
        self.octets += b"".join(sc(self.scalar()) for _ in range(count))

    def point(self):
        point = mul(Y_0, self.scalar())
        self.octets += encode(point)
        return point

    def pair(self, key):
        image = encode(mul(self.point(), self.keys[key]))
        self.octets += image

    def signature(self, key):
        self.pair(key)
        self.point()
        self.scalars(3)

    def side(self, key, digits):
        for _ in range(digits):
            self.pair(key)
        self.scalars(2 * digits - 1)

    def range(self, predicate):
        for _ in range(sides(predicate)):
            self.side(predicate.digit_key, predicate.size)

    def range_bp(self, _predicate):
        C = self.point()
        self.scalars(1)
        return C

    def member(self, predicate):
        self.point()
        self.scalars(2 * len(predicate.values))

    def exclude(self, predicate):
        self.point()
        self.scalars(1 + 2 * len(predicate.values))

    def signed_member(self, predicate):
        self.pair(predicate.key)
        self.scalars(1)

    def not_revoked(self, predicate):
        self.signature(predicate.key)
        self.scalars(2)
        for _ in range(2):
            self.side(predicate.digit_key, predicate.width // 8)

    def pseudonym(self, _predicate):
        self.point()

    def bullet(self, predicate, C):
        """Choose l and r as they would be shown, and all challenges; T_1 and A follow."""
        n, m = predicate.size, sides(predicate)
        length = n * m
        V = [C + mul(Y_1, -predicate.lo), mul(Y_1, predicate.hi) + -C]
        assert m == 2
        y, z, x, w = (self.scalar() for _ in range(4))
        es = [self.scalar() for _ in range(rounds_of(length))]
        self.draws = [y, z, x, w, *es]
        left, right = ([self.scalar() for _ in range(length)] for _ in range(2))
        tau, mu = self.scalar(), self.scalar()
        t = sum(a * b for a, b in zip(left, right, strict=True)) % R
        S, T_2 = mul(Y_0, self.scalar()), mul(Y_0, self.scalar())

        ys = powers(y, length)
        zs = [pow(z, 2 + j, R) for j in range(m)]
        delta = (z - z * z) * sum(ys) - sum(z * power * ((1 << n) - 1) for power in zs)
        rest = total(
            (t - delta, Y_1), (tau, Y_0), (-x * x, T_2), *((-a, v) for a, v in zip(zs, V, strict=True))
        )
        T_1 = mul(rest, pow(x, -1, R))
        U, *bases = generators(1 + 2 * 128, b"BULLET_" + API)
        G, H = list(bases[0 : 2 * length : 2]), list(bases[1 : 2 * length : 2])
        H = [mul(h, pow(power, -1, R)) for h, power in zip(H, ys, strict=True)]
        aims = [z * ys[i] + zs[i // n] * 2 ** (i % n) for i in range(length)]
        A = total((-x, S), (mu, Y_0), *((a + z, g) for a, g in zip(left, G, strict=True)))
        A += total(*((b - aim, h) for b, aim, h in zip(right, aims, H, strict=True)))
        self.octets += b"".join(map(encode, (A, S, T_1, T_2))) + sc(tau) + sc(mu) + sc(t)
        self.fold(left, right, G, H, mul(U, w), es)

    def fold(self, a, b, G, H, Q, es):
        for e in es:
            half, inverse = len(a) // 2, pow(e, -1, R)
            for mine, other in ((slice(half), slice(half, None)), (slice(half, None), slice(half))):
                cross = sum(p * q for p, q in zip(a[mine], b[other], strict=True))
                pairs = (*zip(a[mine], G[other], strict=True), *zip(b[other], H[mine], strict=True))
                self.octets += encode(total(*pairs, (cross, Q)))
            a, b = (
                [(e * a[i] + inverse * a[half + i]) % R for i in range(half)],
                [(inverse * b[i] + e * b[half + i]) % R for i in range(half)],
            )
            G = [mul(G[i], inverse) + mul(G[half + i], e) for i in range(half)]
            H = [mul(H[i], e) + mul(H[half + i], inverse) for i in range(half)]
        self.octets += sc(a[0]) + sc(b[0])


def secret_keys():
    keys = (W.issuer, W.issuer_2, W.digit_secret, W.gap_secret, W.set_secret)
    return {key.public_key(W.system.suite): key.scalar(W.system.suite) for key in keys}


@pytest.fixture
def programmed(monkeypatch):
    """Let the hash answer as a simulator wants: the challenge, and the draws of its Bulletproof in order."""

    def program(made):
        def answer(message, tag, api=API):
            if tag == b"PRESENT_CHAL_":
                return made.c
            return draws.pop(0) if tag == b"BULLET_CHAL_" else to_scalar(message, tag, api)

        draws = list(made.draws)
        monkeypatch.setattr("zk.predicates.verifying.challenge", lambda *_: Scalar(made.c))
        monkeypatch.setattr(
            "zk.predicates.parts.bullet_transcript.BulletTranscript.draw",
            lambda _self, _name, draws=list(made.draws): draws.pop(0),
        )
        monkeypatch.setattr(verifier, "to_scalar", answer)
        monkeypatch.setattr(bullets, "to_scalar", answer)

    return program


def test_a_proof_without_a_witness(programmed):
    made = Simulator(OCTETS, secret_keys(), "simulated")
    assert len(made.octets) == len(PROOF)
    with pytest.raises(ZkError) as fault:
        W.verify(STATEMENT, made.octets)
    assert fault.value.code == "predicates.challenge"
    with pytest.raises(RefusedError) as other:
        second_verify(OCTETS, made.octets)
    assert other.value.code == "challenge"
    programmed(made)
    nyms = [nym for _, nym in W.verify(STATEMENT, made.octets).nyms]
    assert second_verify(OCTETS, made.octets) == nyms
    assert not repeated(made.octets + PROOF)


@pytest.mark.parametrize("lacking", range(5))
def test_without_a_key_there_is_no_simulation(lacking, programmed):
    """The keys are what a real prover's signatures stand for: with a wrong one the pairings fail."""
    keys = secret_keys()
    public = list(keys)[lacking]
    made = Simulator(OCTETS, {**keys, public: keys[public] + 1}, "simulated")
    programmed(made)
    with pytest.raises(ZkError) as fault:
        W.verify(STATEMENT, made.octets)
    assert fault.value.code == "predicates.pairing"
    with pytest.raises(RefusedError) as other:
        second_verify(OCTETS, made.octets)
    assert other.value.code == "pairing"


def test_first_octets_of_simulated_and_real_points_are_alike():
    """A chi-square over all points of a digit and a signature, real and simulated."""
    table = [[0] * 16, [0] * 16]
    for n in range(60):
        real = W.prove(STATEMENT_OF_ONE, [W.alice], seed=f"alike {n}")
        simulated = Simulator(OCTETS_OF_ONE, secret_keys(), f"alike {n}").octets
        assert len(real) == len(simulated)
        for row, octets in zip(table, (real, simulated), strict=True):
            for at in (32, 80, 128, *range(len(octets) - 448, len(octets) - 160, 48)):
                row[octets[at + 1] >> 4] += 1
    assert chi_square(table) < limit(table)
