"""A second verifier of composite proofs: one equation after the other, from the octets of the statement.

Nothing of `zk` is used. There are no tables, weights, merged pairings or caches, and nothing is quick.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.zk.second.bullets import bullet_length, check_bullet, read_bullet
from tests.zk.second.curve import (
    API,
    G_DIG,
    G_MEM,
    P1,
    Y_0,
    Y_1,
    F,
    R,
    RefusedError,
    encode,
    generators,
    key,
    mul,
    point,
    require,
    same_pairing,
    sc,
    to_point,
    to_scalar,
    total,
    u64,
)
from tests.zk.second.reading import read_statement


class Proof:
    """The octets of a proof, read from the front."""

    def __init__(self, octets):
        self.rest = octets

    def take(self, count):
        require(len(self.rest) >= count, "length")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def point(self):
        octets = self.take(48)
        return octets, point(octets)

    def scalar(self):
        value = int.from_bytes(self.take(32), "big")
        require(1 <= value < R, "scalar")
        return value

    def scalars(self, count):
        return [self.scalar() for _ in range(count)]


@dataclass
class Run:
    """What a verification has found so far."""

    c: int
    hats: dict
    frames: bytes
    pairs: list
    nyms: list

    def at(self, wire):
        require(wire in self.hats, "form")
        return self.hats[wire]

    def form(self, form):
        return (sum(a * self.at(wire) for wire, a in form.terms) + self.c * form.constant) % R


def sides(predicate):
    return (predicate.mode & 1) + (predicate.mode >> 1)


def sent_length(predicate):
    kind, k = predicate.kind, len(predicate.values)
    match kind:
        case "range":
            return sides(predicate) * (160 * predicate.size - 32)
        case "range-bp":
            return 80 + bullet_length(predicate.size * sides(predicate))
        case "member":
            return 48 + 64 * k
        case "exclude":
            return 80 + 64 * k
        case "signed-member":
            return 128
        case "not-revoked":
            return 304 + 2 * (20 * predicate.width - 32)
    return 48


def expected_length(statement):
    pivots = {pivot for pivot, _ in statement.relations}
    hidden = {(k, i) for k, credential in enumerate(statement.credentials) for i in credential.hidden()}
    return (
        32
        + 240 * len(statement.credentials)
        + 32 * len(hidden - pivots)
        + sum(map(sent_length, statement.predicates))
    )


def second_verify(statement_octets, proof_octets):
    """Check a proof; return the pseudonyms in order, or raise `RefusedError`."""
    statement = read_statement(statement_octets)
    return check(statement, statement_octets, proof_octets)


def check(statement, statement_octets, proof_octets):
    require(len(proof_octets) == expected_length(statement), "length")
    proof = Proof(proof_octets)
    run = Run(proof.scalar(), {}, F(b"statement", statement_octets), [], [])
    signatures = [[proof.point() for _ in range(3)] + proof.scalars(3) for _ in statement.credentials]
    _read_responses(statement, proof, run)
    sent = [_read_predicate(predicate, proof) for predicate in statement.predicates]
    bullets = {
        n: read_bullet(proof, predicate.size * sides(predicate))
        for n, predicate in enumerate(statement.predicates)
        if predicate.kind == "range-bp"
    }
    require(not proof.rest, "length")
    for k, credential in enumerate(statement.credentials):
        _credential(run, k, credential, signatures[k])
    for predicate, values in zip(statement.predicates, sent, strict=True):
        CHECKS[predicate.kind](run, predicate, values, statement)
    require(run.c == to_scalar(run.frames, b"PRESENT_CHAL_"), "challenge")
    for X, W, Z in run.pairs:
        require(same_pairing(X, key(W), Z), "pairing")
    for n, values in bullets.items():
        C = sent[n][0][1]
        check_bullet(statement_octets, run.c, n, statement.predicates[n], C, values)
    return run.nyms


def _read_responses(statement, proof, run):
    pivots = dict(statement.relations)
    for k, credential in enumerate(statement.credentials):
        for i in credential.hidden():
            if (k, i) not in pivots:
                run.hats[k, i] = proof.scalar()
    run.hats.update({pivot: run.form(form) for pivot, form in pivots.items()})


def _signature(run, label, issuer_key, base, bases, hidden, domain, values):
    """Recompute T1 and T2 of a BBS proof; `base` is what is known of B."""
    (A, Abar), (B, Bbar), (d, D), e, r1, r3 = values
    c = run.c
    T1 = total((c, Bbar), (e, Abar), (r1, D))
    T2 = total((c, base), (r3, D), *((hat, bases[i]) for i, hat in hidden))
    run.frames += F(label, A, B, d, encode(T1), encode(T2), sc(domain))
    run.pairs.append((Abar, issuer_key, Bbar))


def _domain(issuer_key, octets, api, header):
    count = len(octets) - 1
    message = issuer_key + u64(count) + b"".join(octets) + api + u64(len(header)) + header
    return to_scalar(message, b"H2S_", api)


def _credential(run, k, credential, values):
    L, N = credential.L, credential.N
    Q_1, *H = generators(1 + L)
    bases = [*H, *generators(2 + N, b"BLIND_" + API)]
    octets = [encode(base) for base in (Q_1, *bases)]
    domain = _domain(credential.issuer_key, octets, API, credential.header_octets)
    base = total((1, P1), (domain, Q_1), *((m, bases[i]) for i, m in credential.disclosed))
    hidden = [(i, run.hats[k, i]) for i in credential.hidden()]
    _signature(run, b"bbs", credential.issuer_key, base, bases, hidden, domain, values)


def _read_predicate(predicate, proof):
    k = len(predicate.values)
    match predicate.kind:
        case "range":
            return [_read_side(proof, predicate.size) for _ in range(sides(predicate))]
        case "range-bp":
            return [proof.point(), proof.scalar()]
        case "member":
            return [proof.point(), proof.scalar(), proof.scalars(k - 1), proof.scalars(k)]
        case "exclude":
            return [proof.point(), proof.scalar(), [proof.scalars(2) for _ in range(k)]]
        case "signed-member":
            return [proof.point(), proof.point(), proof.scalar()]
        case "not-revoked":
            points, scalars = [proof.point() for _ in range(3)], proof.scalars(5)
            return [points, scalars, *(_read_side(proof, predicate.width // 8) for _ in range(2))]
        case "pseudonym":
            return proof.point()
    raise RefusedError("statement")


def _read_side(proof, count):
    points = [(proof.point(), proof.point()) for _ in range(count)]
    return points, proof.scalars(count), proof.scalars(count - 1)


def _weak(run, label, G, W, A, B, x_hat, rho_hat):
    """Recompute the T of one signed digit or member."""
    T = total((-x_hat, A[1]), (rho_hat, G), (-run.c, B[1]))
    run.frames += F(label, A[0], B[0], encode(T))
    run.pairs.append((A[1], W, B[1]))


def _side(run, W, x_hat, values):
    points, rhos, rest = values
    lowest = x_hat - sum(256**i * d for i, d in enumerate(rest, start=1))
    for (A, B), rho, d in zip(points, rhos, [lowest, *rest], strict=True):
        _weak(run, b"digit", G_DIG, W, A, B, d, rho)


def _range(run, predicate, values, _statement):
    run.frames += F(b"range")
    x, c = run.form(predicate.form), run.c
    hats = [x - c * predicate.lo] if predicate.mode & 1 else []
    hats += [c * predicate.hi - x] if predicate.mode & 2 else []
    for hat, side in zip(hats, values, strict=True):
        _side(run, predicate.digit_key, hat, side)


def _committed(run, label, form, C, s_hat):
    T = total((run.form(form), Y_1), (s_hat, Y_0), (-run.c, C[1]))
    run.frames += F(label, C[0], encode(T))


def _range_bp(run, predicate, values, _statement):
    _committed(run, b"range-bp", predicate.form, *values)


def _member(run, predicate, values, _statement):
    C, s_hat, shares, z = values
    _committed(run, b"member", predicate.form, C, s_hat)
    shares = [*shares, run.c - sum(shares)]
    for v, share, z_j in zip(predicate.values, shares, z, strict=True):
        K = C[1] + mul(Y_1, -v)
        run.frames += F(b"branch", encode(total((z_j, Y_0), (-share, K))))


def _exclude(run, predicate, values, _statement):
    C, s_hat, pairs = values
    _committed(run, b"exclude", predicate.form, C, s_hat)
    for v, (alpha, beta) in zip(predicate.values, pairs, strict=True):
        K = C[1] + mul(Y_1, -v)
        run.frames += F(b"not", encode(total((alpha, K), (beta, Y_0), (-run.c, Y_1))))


def _signed_member(run, predicate, values, _statement):
    A, B, rho = values
    _weak(run, b"signed-member", G_MEM, predicate.key, A, B, run.form(predicate.form), rho)


def _not_revoked(run, predicate, values, _statement):
    points, (e, r1, r3, left, right), lower, upper = values
    api, width = b"GAP_" + API, u64(predicate.width)
    header = F(b"suite", b"gap") + F(b"list", predicate.list_id)
    header += F(b"epoch", u64(predicate.epoch)) + F(b"width", width)
    Q_g, *ends = generators(3, api)
    domain = _domain(predicate.key, [encode(base) for base in (Q_g, *ends)], api, header)
    base = total((1, P1), (domain, Q_g))
    hidden = [(0, left), (1, right)]
    _signature(run, b"gap", predicate.key, base, ends, hidden, domain, (*points, e, r1, r3))
    identifier = run.at(predicate.slot)
    _side(run, predicate.digit_key, identifier - left - run.c, lower)
    _side(run, predicate.digit_key, right - identifier - run.c, upper)


def _pseudonym(run, predicate, nym, statement):
    (k,) = predicate.slot
    require(k < len(statement.credentials), "form")
    credential = statement.credentials[k]
    O = to_point(predicate.context, b"NYM_H2C_")  # noqa: E741
    z = to_scalar(predicate.context, b"NYM_Z_")
    f_hat = sum(pow(z, j, R) * run.at((k, credential.L + 2 + j)) for j in range(credential.N))
    run.frames += F(b"pseudonym", nym[0], encode(total((f_hat, O), (-run.c, nym[1]))))
    run.nyms.append(nym[0])


CHECKS = {
    "range": _range,
    "range-bp": _range_bp,
    "member": _member,
    "exclude": _exclude,
    "signed-member": _signed_member,
    "not-revoked": _not_revoked,
    "pseudonym": _pseudonym,
}
