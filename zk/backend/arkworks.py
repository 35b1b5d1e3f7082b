"""py_arkworks_bls12381 alone, for platforms without pyblst wheels: verifies; refuses secrets.

Its multiplication takes from 0.5 to 134 microseconds as the scalar grows in length and weight, so a secret
must not come near it. Its decoder takes non-canonical forms of infinity; ours (`zk.curve`) stands before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from py_arkworks_bls12381 import GT, G1Point, G2Point
from py_arkworks_bls12381 import Scalar as ArkworksScalar

from zk.backend.interface import G1, G2, Backend, FixedBase
from zk.curve import G1_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.curve import Scalar

Point: TypeAlias = Any
"""The library's own points; `G1` and `G2` hide them."""


class ArkworksBackend(Backend):
    """py_arkworks_bls12381, for public values."""

    name: ClassVar[str] = "arkworks"
    constant_time: ClassVar[bool] = False

    def _encode_g1(self, point: Point) -> bytes:
        return bytes(point.to_compressed_bytes())

    def _encode_g2(self, point: Point) -> bytes:
        return bytes(point.to_compressed_bytes())

    def _add(self, left: Point, right: Point) -> G1:
        return G1(left + right)

    def _negate(self, point: Point) -> G1:
        return G1(-point)

    def _decode_g1(self, octets: bytes) -> G1:
        return G1(G1Point.from_compressed_bytes(octets))

    def _decode_g2(self, octets: bytes) -> G2:
        return G2(G2Point.from_compressed_bytes(octets))

    def _mul(self, point: Point, scalar: Scalar) -> G1:
        return G1(point * ArkworksScalar(scalar))

    def _mul_g2(self, point: Point, scalar: Scalar) -> G2:
        return G2(point * ArkworksScalar(scalar))

    def _msm(self, points: Sequence[Point], scalars: Sequence[Scalar]) -> G1:
        return G1(G1Point.multiexp_unchecked(list(points), [ArkworksScalar(scalar) for scalar in scalars]))

    def _msm_fixed(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1:
        return self._msm([base.point for base in bases], scalars)

    def _hash_to_g1(self, message: bytes, dst: bytes) -> G1:
        return G1(G1Point.hash_to_curve(message, dst))

    def _map_to_g1(self, u0: int, u1: int) -> G1:
        # Each half comes back with its cofactor cleared; clearing is linear, so the sum is that of RFC 9380.
        left = G1Point.map_from_fp_be(u0.to_bytes(G1_LENGTH, "big"))
        return G1(left + G1Point.map_from_fp_be(u1.to_bytes(G1_LENGTH, "big")))

    def _pairing_check(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        return bool(GT.pairing_check([P for P, _ in pairs], [Q for _, Q in pairs]))
