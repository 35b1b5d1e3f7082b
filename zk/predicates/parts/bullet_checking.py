"""Check a Bulletproof: one multi-scalar multiplication that must come to the identity.

Text: `bbs-predicates-2026` version 1, section 4.11; legend at `bullet_transcript`.

Invariants
- Every point and scalar was decoded before; every challenge is drawn from the transcript again.
- The weight g joins the two equations of a Bulletproof, and is drawn after everything that was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, GROUP_ORDER, Scalar, encode_scalar
from zk.predicates.parts.bullet_transcript import bullet_bases, powers, reduced, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.predicates.octets import Reader, Received
    from zk.predicates.parts.bullet_transcript import BulletTranscript, Vector
    from zk.predicates.system import System

_IDENTITY: Final = b"\xc0" + bytes(G1_LENGTH - 1)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ReceivedBits:
    """A decoded proof."""

    heads: tuple[Received, ...]
    tau: Scalar
    mu: Scalar
    t: Scalar
    rounds: tuple[tuple[Received, Received], ...]
    a: Scalar
    b: Scalar


def read_bits(reader: Reader, total: int) -> ReceivedBits:
    """Decode a proof over `total` bits."""
    what = "a point of a Bulletproof"
    heads = tuple(reader.point(what) for _ in range(4))
    tau, mu, t = reader.scalars(3, "a scalar of a Bulletproof")
    rounds = tuple((reader.point(what), reader.point(what)) for _ in range(total.bit_length() - 1))
    a, b = reader.scalars(2, "a scalar of a Bulletproof")
    return ReceivedBits(heads, tau, mu, t, rounds, a, b)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The challenges of one proof."""

    y: int
    z: int
    x: int
    w: int
    rounds: tuple[int, ...]
    g: int


def check_bits(
    system: System, bits: int, values: Sequence[G1], proof: ReceivedBits, log: BulletTranscript
) -> None:
    """Check a proof for the commitments `values`; `predicates.bulletproof`."""
    drawn = _draw(proof, log)
    zs = [pow(drawn.z, 2 + j, GROUP_ORDER) for j in range(len(values))]
    fixed = _fixed_sum(system, bits, zs, drawn, proof)
    points = [part.point for part in proof.heads] + list(values)
    points += [point.point for pair in proof.rounds for point in pair]
    x, g = drawn.x, drawn.g
    scalars = [1, x, -g * x, -g * x * x, *(-g * power for power in zs)]
    for e in drawn.rounds:
        square = e * e % GROUP_ORDER
        scalars += (square, pow(square, -1, GROUP_ORDER))
    variable = system.backend.msm_public(points, reduced(scalars))
    if system.backend.encode_g1(system.backend.add(fixed, variable)) != _IDENTITY:
        raise refused("a value is not shown to be in its range")


def _draw(proof: ReceivedBits, log: BulletTranscript) -> _Drawn:
    """Draw the challenges in the order of the prover."""
    A, S, T_1, T_2 = proof.heads
    log.absorb(b"as", A.octets, S.octets)
    y, z = log.draw(b"y"), log.draw(b"z")
    log.absorb(b"t", T_1.octets, T_2.octets)
    x = log.draw(b"x")
    log.absorb(b"open", *map(encode_scalar, (proof.tau, proof.mu, proof.t)))
    w = log.draw(b"w")
    rounds = []
    for L, R in proof.rounds:
        log.absorb(b"lr", L.octets, R.octets)
        rounds.append(log.draw(b"e"))
    return _Drawn(y, z, x, w, tuple(rounds), log.weight(proof.a, proof.b))


def _fixed_sum(system: System, bits: int, zs: Vector, drawn: _Drawn, proof: ReceivedBits) -> G1:
    """Sum what stands on generators."""
    total, y, z, g = bits * len(zs), drawn.y, drawn.z, drawn.g
    delta = (z - z * z) * sum(powers(y, total)) - sum(z * power * ((1 << bits) - 1) for power in zs)
    on_G, on_H = _generator_scalars(bits, zs, y, z, drawn.rounds, proof)
    U, G, H = bullet_bases(system, total)
    on_others = (g * (proof.t - delta), g * proof.tau - proof.mu, drawn.w * (proof.t - proof.a * proof.b))
    bases = (*G, *H, system.Y_1, system.Y_0, U)
    return system.backend.msm_fixed_public(bases, reduced((*on_G, *on_H, *on_others)))


def _generator_scalars(
    bits: int, zs: Vector, y: int, z: int, challenges: Sequence[int], proof: ReceivedBits
) -> tuple[Vector, Vector]:
    """Return the scalars on G_i and H_i, s_i being a product of challenges by the bits of i."""
    total = bits * len(zs)
    signs = [1]
    for e in challenges:
        inverse = pow(e, -1, GROUP_ORDER)
        signs = [sign * factor % GROUP_ORDER for sign in signs for factor in (inverse, e)]
    y_inverses = powers(pow(y, -1, GROUP_ORDER), total)
    on_G = [-z - proof.a * sign for sign in signs]
    # 1/s_i is s at the complement of i, which is the list read from its end.
    on_H = [
        z + y_inverses[i] * ((zs[i // bits] << (i % bits)) - proof.b * signs[total - 1 - i])
        for i in range(total)
    ]
    return on_G, on_H
