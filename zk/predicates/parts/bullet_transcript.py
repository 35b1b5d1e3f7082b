"""Aggregated Bulletproofs: values behind commitments are in [0, 2^n), without anybody's key.

Text: `bbs-predicates-2026` version 1, section 4.11; Bünz and others, ePrint 2017/1066.

Legend (N = n·m bits of m values; j = i div n)
    V_j     v_j·Y_1 + gamma_j·Y_0
    a_L     bits, value 0 first, low bit first; a_R = a_L - 1
    A       alpha·Y_0 + Σ a_L·G + Σ a_R·H         S     the same with rho, s_L, s_R
    l       a_L - z + s_L·X                       r_i   y^i·(a_R + z + s_R·X) + z^(2+j)·2^(i mod n)
    T_k     t_k·Y_1 + tau_k·Y_0 for the coefficients t_1, t_2 of <l, r>
    tau     tau_2·x² + tau_1·x + Σ z^(2+j)·gamma_j;   mu = alpha + rho·x;   t = <l, r> at X = x
    octets  A S T_1 T_2 ‖ tau mu t ‖ (L R)… ‖ a b              352 + 96·log2(N)

Invariants
- The transcript is its own, seeded with the main challenge and the statement it stands in, and holds the V_j
  before the first draw; without them a prover chooses a value afterwards.
- l and r are blinded by s_L and s_R and could be shown: what follows from them is computed as public.

Here: transcript, generators and lengths. Proving is `bullet_proving`, checking `bullet_checking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from zk import transcript
from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar, encode_scalar
from zk.errors import ZkError
from zk.predicates.octets import frame, u64

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zk.backend import FixedBase
    from zk.predicates.system import System

Vector: TypeAlias = list[int]
"""Scalars, reduced where they are used."""


def proof_length(total: int) -> int:
    """Return the octets of a proof over `total` bits, a power of two."""
    return 4 * G1_LENGTH + 5 * SCALAR_LENGTH + 2 * G1_LENGTH * (total.bit_length() - 1)


class BulletTranscript:
    """A transcript from which challenges are drawn one after the other."""

    __slots__ = ("_octets", "_system")

    def __init__(
        self,
        system: System,
        statement_digest: bytes,
        c: Scalar,
        index: int,
        bits: int,
        values: Sequence[bytes],
    ) -> None:
        """Seed with the statement, the main challenge, the predicate's index from 0, bits and all V_j."""
        self._system = system
        self._octets = b"".join(
            (
                frame(b"statement", statement_digest),
                frame(b"challenge", encode_scalar(c)),
                frame(b"predicate", u64(index)),
                frame(b"bits", u64(bits)),
                frame(b"values", u64(len(values)), *values),
            )
        )

    def absorb(self, label: bytes, *octets: bytes) -> None:
        """Append a frame."""
        self._octets += frame(label, *octets)

    def draw(self, name: bytes) -> int:
        """Draw a challenge and append it; `predicates.bulletproof` for zero."""
        x = self._system.hash_to_scalar(self._octets + frame(b"draw", name), transcript.BULLETPROOF_CHALLENGE)
        if x == 0:
            raise refused("a challenge came out as zero")
        self.absorb(name, encode_scalar(x))
        return x

    def weight(self, a: Scalar, b: Scalar) -> int:
        """Return the weight of the check."""
        ended = self._octets + frame(b"end", encode_scalar(a), encode_scalar(b))
        return self._system.hash_to_scalar(ended, transcript.BULLETPROOF_WEIGHT)


def bullet_bases(
    system: System, total: int
) -> tuple[FixedBase, tuple[FixedBase, ...], tuple[FixedBase, ...]]:
    """Return U, G_0 … and H_0 …, `total` of each."""
    bases = system.suite.generators(1 + 2 * total, transcript.FAMILY_BULLETPROOF + system.api_id).bases
    return bases[0], bases[1::2], bases[2::2]


def powers(base: int, count: int) -> Vector:
    """Return the first `count` powers of a base, from 1."""
    found = [1]
    while len(found) < count:
        found.append(found[-1] * base % GROUP_ORDER)
    return found


def reduced(scalars: Iterable[int]) -> list[Scalar]:
    """Reduce modulo r."""
    return [Scalar(scalar % GROUP_ORDER) for scalar in scalars]


def refused(detail: str) -> ZkError:
    """Return the error of a Bulletproof that does not hold."""
    return ZkError("predicates.bulletproof", detail, clause="4.11")
