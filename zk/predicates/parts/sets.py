"""Small sets: a hidden value is one of a few, or none of a few, over a commitment to it.

Text: `bbs-predicates-2026` version 1, section 4.6; commitment after the Blind BBS draft ("committed
disclosure"), OR-proof after Cramer, Damgard and Schoenmakers (1994).

Legend
    C       x·Y_1 + s·Y_0               T_C     x~·Y_1 + s~·Y_0;  each predicate has its own C
    member  K_j = C - v_j·Y_1. True branch: T = t·Y_0. Others: T_j = z_j·Y_0 - c_j·K_j with z_j, c_j drawn
    exclude K = C - v·Y_1, alpha = 1/(x - v), beta = -s·alpha: Y_1 = alpha·K + beta·Y_0

    frames  member: C ‖ T_C, then branch: T_j          exclude: C ‖ T_C, then not: T
    sent    C ‖ s^ ‖ c_1 … c_{k-1} ‖ z_1 … z_k          C ‖ s^ ‖ (alpha^ ‖ beta^)…

Invariants
- The last sub-challenge is derived: c_k = c - Σ c_j. Sub-challenges that are all sent, and not summed, let a
  prover simulate every branch.
- C stands in the transcript before the challenge, so it cannot be solved for afterwards.
- Branches differ in the number of multiplications, not in their sum: time does not tell which one is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar
from zk.errors import ZkError
from zk.hashing import draw_scalars
from zk.predicates.octets import committed, encode_responses, frame
from zk.predicates.parts.part import Pending, Recomputed

if TYPE_CHECKING:
    from zk.backend import G1
    from zk.hashing import RandomBytes
    from zk.predicates.octets import Reader, Received
    from zk.predicates.parts.part import Opened
    from zk.predicates.predicate import Exclude, Member
    from zk.predicates.system import System
    from zk.predicates.wires import Values


def member_length(count: int) -> int:
    """Return the octets of an OR-proof."""
    return G1_LENGTH + SCALAR_LENGTH + (2 * count - 1) * SCALAR_LENGTH


def exclude_length(count: int) -> int:
    """Return the octets of an exclusion."""
    return G1_LENGTH + SCALAR_LENGTH + 2 * count * SCALAR_LENGTH


def commit_member(
    system: System, predicate: Member, witness: Values, blinding: Values, random_bytes: RandomBytes
) -> Pending:
    """Commit to the form being one of the values."""
    x, x_tilde, values = witness.of(predicate.form), blinding.of(predicate.form), predicate.values
    if x not in values:
        raise _no_witness()
    k, q = len(values), values.index(x)
    s, s_tilde, *drawn, t = draw_scalars(random_bytes, 3 + 2 * k)
    z, shares = drawn[:k], drawn[k:]
    encode, Y_0 = system.backend.encode_g1, system.Y_0.point
    C = committed(system.suite, system.Y_1, x, system.Y_0, s)
    C_octets = encode(C)
    T_C = encode(committed(system.suite, system.Y_1, x_tilde, system.Y_0, s_tilde))
    branches = []
    for j, v in enumerate(values):
        if j == q:
            T = system.backend.mul_secret(Y_0, t)
        else:
            T = system.backend.msm_secret((Y_0, _less(system, C, v)), (z[j], _neg(shares[j])))
        branches.append(frame(b"branch", encode(T)))

    def respond(c: Scalar) -> bytes:
        shares[q] = Scalar((c - sum(shares[:q]) - sum(shares[q + 1 :])) % GROUP_ORDER)
        z[q] = Scalar((t + shares[q] * s) % GROUP_ORDER)
        return C_octets + encode_responses((s_tilde + c * s, *shares[:-1], *z))

    return Pending(frame(b"member", C_octets, T_C) + b"".join(branches), respond)


def read_member(system: System, predicate: Member, reader: Reader) -> Opened:
    """Decode an OR-proof."""
    k = len(predicate.values)
    C, s_hat = reader.point("C"), reader.scalar("a response of a set")
    sent = reader.scalars(k - 1, "a share of the challenge")
    z = reader.scalars(k, "a response of a branch")

    def recompute(responses: Values) -> Recomputed:
        backend, c = system.backend, responses.one
        shares = (*sent, Scalar((c - sum(sent)) % GROUP_ORDER))
        frames = frame(b"member", C.octets, recompute_t_c(system, C, responses.of(predicate.form), s_hat, c))
        for share, z_j, v in zip(shares, z, predicate.values, strict=True):
            fixed = backend.msm_fixed_public((system.Y_0, system.Y_1), (z_j, _mul(share, v)))
            T = backend.add(fixed, backend.mul_public(C.point, _neg(share)))
            frames += frame(b"branch", backend.encode_g1(T))
        return Recomputed(frames)

    return recompute


def commit_exclude(
    system: System, predicate: Exclude, witness: Values, blinding: Values, random_bytes: RandomBytes
) -> Pending:
    """Commit to the form being none of the values."""
    x, x_tilde, values = witness.of(predicate.form), blinding.of(predicate.form), predicate.values
    if x in values:
        raise _no_witness()
    backend, encode = system.backend, system.backend.encode_g1
    s, s_tilde, *drawn = draw_scalars(random_bytes, 2 + 2 * len(values))
    alphas, betas = drawn[::2], drawn[1::2]
    C = committed(system.suite, system.Y_1, x, system.Y_0, s)
    C_octets = encode(C)
    T_C = encode(committed(system.suite, system.Y_1, x_tilde, system.Y_0, s_tilde))
    frames = frame(b"exclude", C_octets, T_C)
    for v, alpha, beta in zip(values, alphas, betas, strict=True):
        T = backend.msm_secret((_less(system, C, v), system.Y_0.point), (alpha, beta))
        frames += frame(b"not", encode(T))

    def respond(c: Scalar) -> bytes:
        answers = [s_tilde + c * s]
        for v, alpha_tilde, beta_tilde in zip(values, alphas, betas, strict=True):
            alpha = _inverse(x - v, alpha_tilde)
            answers += (alpha_tilde + c * alpha, beta_tilde - c * s * alpha)
        return C_octets + encode_responses(answers)

    return Pending(frames, respond)


def read_exclude(system: System, predicate: Exclude, reader: Reader) -> Opened:
    """Decode an exclusion."""
    C, s_hat = reader.point("C"), reader.scalar("a response of a set")
    pairs = [reader.scalars(2, "a response of an exclusion") for _ in predicate.values]

    def recompute(responses: Values) -> Recomputed:
        backend, c = system.backend, responses.one
        x_hat = responses.of(predicate.form)
        frames = frame(b"exclude", C.octets, recompute_t_c(system, C, x_hat, s_hat, c))
        for (alpha_hat, beta_hat), v in zip(pairs, predicate.values, strict=True):
            on_Y_1 = Scalar((-c - alpha_hat * v) % GROUP_ORDER)
            fixed = backend.msm_fixed_public((system.Y_0, system.Y_1), (beta_hat, on_Y_1))
            T = backend.add(fixed, backend.mul_public(C.point, alpha_hat))
            frames += frame(b"not", backend.encode_g1(T))
        return Recomputed(frames)

    return recompute


def recompute_t_c(system: System, C: Received, x_hat: Scalar, s_hat: Scalar, c: Scalar) -> bytes:
    """Recompute T_C = x^·Y_1 + s^·Y_0 - c·C."""
    backend = system.backend
    fixed = backend.msm_fixed_public((system.Y_0, system.Y_1), (s_hat, x_hat))
    return backend.encode_g1(backend.add(fixed, backend.mul_public(C.point, _neg(c))))


def _less(system: System, C: G1, v: Scalar) -> G1:
    """Compute C - v·Y_1 for a public v."""
    return system.backend.add(C, system.backend.msm_fixed_public((system.Y_1,), (_neg(v),)))


def _inverse(value: int, blind: Scalar) -> Scalar:
    """Invert a secret, blinded by a scalar that is uniform and unknown to others."""
    return Scalar(blind * pow(value * blind % GROUP_ORDER, -1, GROUP_ORDER) % GROUP_ORDER)


def _mul(left: Scalar, right: Scalar) -> Scalar:
    return Scalar(left * right % GROUP_ORDER)


def _neg(scalar: Scalar) -> Scalar:
    return Scalar(-scalar % GROUP_ORDER)


def _no_witness() -> ZkError:
    return ZkError(
        "predicates.witness",
        "a hidden value does not meet the statement",
        remedy="do not answer this request with this credential",
    )
