"""Prove by a Bulletproof that committed values are in [0, 2^n).

Text: `bbs-predicates-2026` version 1, section 4.11; legend at `bullet_transcript`.

Invariants
- Bits, blindings and openings meet points through `msm_secret` only. The vectors l and r are blinded by s_L
  and s_R and could be sent as they are, so the inner-product argument is computed as public.
- What a value is decides no length and no branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zk.curve import GROUP_ORDER, Scalar
from zk.hashing import draw_scalars
from zk.predicates.octets import encode_responses
from zk.predicates.parts.bullet_transcript import bullet_bases, powers, reduced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.hashing import RandomBytes
    from zk.predicates.parts.bullet_transcript import BulletTranscript, Vector
    from zk.predicates.system import System


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Opening:
    """A value and its blinding; secret."""

    value: Scalar
    gamma: Scalar


def prove_bits(
    system: System, bits: int, openings: Sequence[Opening], log: BulletTranscript, random_bytes: RandomBytes
) -> bytes:
    """Prove that every value is in [0, 2^bits)."""
    total = bits * len(openings)
    alpha, rho, tau_1, tau_2, *s = draw_scalars(random_bytes, 4 + 2 * total)
    a_L = [opening.value >> i & 1 for opening in openings for i in range(bits)]
    s_L, s_R = s[:total], s[total:]
    _, G, H = bullet_bases(system, total)
    points = [system.Y_0.point, *(base.point for base in (*G, *H))]
    A = _secret_sum(system, points, (alpha, *a_L, *(bit - 1 for bit in a_L)))
    S = _secret_sum(system, points, (rho, *s_L, *s_R))
    log.absorb(b"as", A, S)
    y, z = log.draw(b"y"), log.draw(b"z")
    l_0, r_0, r_1 = _polynomials(a_L, s_R, bits, y, z)
    t_1, t_2 = _inner(l_0, r_1) + _inner(s_L, r_0), _inner(s_L, r_1)
    base = (system.Y_1.point, system.Y_0.point)
    T_1, T_2 = (_secret_sum(system, base, pair) for pair in ((t_1, tau_1), (t_2, tau_2)))
    log.absorb(b"t", T_1, T_2)
    x = log.draw(b"x")
    left = [(a + b * x) % GROUP_ORDER for a, b in zip(l_0, s_L, strict=True)]
    right = [(a + b * x) % GROUP_ORDER for a, b in zip(r_0, r_1, strict=True)]
    gammas = sum(pow(z, 2 + j, GROUP_ORDER) * opening.gamma for j, opening in enumerate(openings))
    tau = tau_2 * x * x + tau_1 * x + gammas
    opened = encode_responses((tau, alpha + rho * x, _inner(left, right)))
    log.absorb(b"open", opened)
    return A + S + T_1 + T_2 + opened + _prove_inner(system, left, right, y, log)


def _polynomials(a_L: Vector, s_R: Sequence[int], bits: int, y: int, z: int) -> tuple[Vector, Vector, Vector]:
    """Return l at 0, and the two coefficients of r; l's other one is s_L."""
    total = len(a_L)
    ys = powers(y, total)
    shifts = [pow(z, 2 + i // bits, GROUP_ORDER) << (i % bits) for i in range(total)]
    l_0 = [bit - z for bit in a_L]
    r_0 = [power * (bit - 1 + z) + shift for power, bit, shift in zip(ys, a_L, shifts, strict=True)]
    r_1 = [power * mask for power, mask in zip(ys, s_R, strict=True)]
    return l_0, r_0, r_1


def _prove_inner(system: System, a: Vector, b: Vector, y: int, log: BulletTranscript) -> bytes:
    """Prove the inner product of two vectors, halving them each round.

    Bases are folded without a scalar on their first half: the scales take it up, and each new base costs one
    multiplication. G_scale stands at all of G, and H_scale/y^i at H_i, which makes H' of H.
    """
    U, G_bases, H_bases = bullet_bases(system, len(a))
    w = log.draw(b"w")
    G, H = [base.point for base in G_bases], [base.point for base in H_bases]
    ratio, G_scale, H_scale = pow(y, -1, GROUP_ORDER), 1, 1
    sent = b""
    while len(a) > 1:
        half = len(a) // 2
        low, high = slice(half), slice(half, None)
        scale = [H_scale * power for power in powers(ratio, len(a))]
        cross = []
        for mine, other in ((low, high), (high, low)):
            on_G = [value * G_scale for value in a[mine]]
            on_H = [value * factor for value, factor in zip(b[other], scale[mine], strict=True)]
            scalars = reduced((*on_G, *on_H, w * _inner(a[mine], b[other])))
            cross.append(system.backend.msm_public([*G[other], *H[mine], U.point], scalars))
        octets = b"".join(map(system.backend.encode_g1, cross))
        log.absorb(b"lr", octets)
        sent += octets
        e = log.draw(b"e")
        inverse = pow(e, -1, GROUP_ORDER)
        G = _fold_points(system, G, e * e)
        H = _fold_points(system, H, inverse * inverse * pow(ratio, half, GROUP_ORDER))
        G_scale, H_scale = G_scale * inverse % GROUP_ORDER, H_scale * e % GROUP_ORDER
        a = [
            (e * first + inverse * second) % GROUP_ORDER
            for first, second in zip(a[low], a[high], strict=True)
        ]
        b = [
            (inverse * first + e * second) % GROUP_ORDER
            for first, second in zip(b[low], b[high], strict=True)
        ]
    return sent + encode_responses((a[0], b[0]))


def _fold_points(system: System, points: Sequence[G1], factor: int) -> list[G1]:
    """Add to each point of the first half its fellow of the second, times a public factor."""
    backend, half, on_high = system.backend, len(points) // 2, Scalar(factor % GROUP_ORDER)
    return [
        backend.add(first, backend.mul_public(second, on_high))
        for first, second in zip(points[:half], points[half:], strict=True)
    ]


def _secret_sum(system: System, points: Sequence[G1], scalars: Sequence[int]) -> bytes:
    return system.backend.encode_g1(system.backend.msm_secret(points, reduced(scalars)))


def _inner(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True)) % GROUP_ORDER
