"""Aggregated Bulletproofs, once more: vectors are folded round by round, with no single large sum."""

from __future__ import annotations

import hashlib

from tests.zk.second.curve import (
    API,
    Y_0,
    Y_1,
    ZERO,
    F,
    R,
    encode,
    generators,
    mul,
    require,
    sc,
    to_scalar,
    total,
    u64,
)


def rounds_of(length):
    return length.bit_length() - 1


def bullet_length(length):
    return 352 + 96 * rounds_of(length)


def read_bullet(proof, length):
    points = [proof.point() for _ in range(4)]
    scalars = proof.scalars(3)
    rounds = [(proof.point(), proof.point()) for _ in range(rounds_of(length))]
    return points, scalars, rounds, proof.scalars(2)


class Log:
    """The transcript of one range proof."""

    def __init__(self, octets):
        self.octets = octets

    def draw(self, name):
        value = to_scalar(self.octets + F(b"draw", name), b"BULLET_CHAL_")
        require(value, "bulletproof")
        self.octets += F(name, sc(value))
        return value


def powers(base, count):
    found = [1]
    for _ in range(count - 1):
        found.append(found[-1] * base % R)
    return found


def check_bullet(statement_octets, c, index, predicate, C, values):
    n = predicate.size
    V = [C + mul(Y_1, -predicate.lo)] if predicate.mode & 1 else []
    V += [mul(Y_1, predicate.hi) + -C] if predicate.mode & 2 else []
    m, length = len(V), n * len(V)
    digest = hashlib.sha256(statement_octets).digest()
    log = Log(
        F(b"statement", digest)
        + F(b"challenge", sc(c))
        + F(b"predicate", u64(index))
        + F(b"bits", u64(n))
        + F(b"values", u64(m), *map(encode, V))
    )
    ((a_octets, A), (s_octets, S), (t1_octets, T_1), (t2_octets, T_2)), (tau, mu, t), rounds, (a, b) = values
    log.octets += F(b"as", a_octets, s_octets)
    y, z = log.draw(b"y"), log.draw(b"z")
    log.octets += F(b"t", t1_octets, t2_octets)
    x = log.draw(b"x")
    log.octets += F(b"open", sc(tau), sc(mu), sc(t))
    w = log.draw(b"w")

    # t is the value at x of a polynomial whose constant term holds the values.
    ys, twos = powers(y, length), powers(2, n)
    delta = (z - z * z) * sum(ys) - sum(pow(z, 3 + j, R) for j in range(m)) * sum(twos)
    left = total((t - delta, Y_1), (tau, Y_0))
    right = total(*((pow(z, 2 + j, R), value) for j, value in enumerate(V)), (x, T_1), (x * x, T_2))
    require(encode(left) == encode(right), "bulletproof", "t")

    # A + x·S - mu·Y_0 commits to l and r; fold until one of each is left.
    U, *rest = generators(1 + 2 * 128, b"BULLET_" + API)
    G, H = list(rest[0 : 2 * length : 2]), list(rest[1 : 2 * length : 2])
    H = [mul(h, pow(power, -1, R)) for h, power in zip(H, ys, strict=True)]
    aims = [z * ys[i] + pow(z, 2 + i // n, R) * twos[i % n] for i in range(length)]
    commitment = total((1, A), (x, S), (-mu, Y_0), *((-z, g) for g in G))
    commitment += total(*zip(aims, H, strict=True), (w * t, U))
    for (left_octets, left_point), (right_octets, right_point) in rounds:
        log.octets += F(b"lr", left_octets, right_octets)
        e = log.draw(b"e")
        inverse, half = pow(e, -1, R), len(G) // 2
        G = [mul(G[i], inverse) + mul(G[half + i], e) for i in range(half)]
        H = [mul(H[i], e) + mul(H[half + i], inverse) for i in range(half)]
        commitment += total((e * e, left_point), (inverse * inverse, right_point))
    final = total((a, G[0]), (b, H[0]), (w * a * b, U))
    require(encode(final + -commitment) == encode(ZERO), "bulletproof", "fold")
