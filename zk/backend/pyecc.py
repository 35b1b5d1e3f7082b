"""py_ecc: pure Python, some hundred times slower; the fallback of last resort and the independent check.

Its decoder does not look at the subgroup, so this file does. Its multiplication is variable-time: it
verifies, and refuses secrets.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from py_ecc.bls import hash_to_curve, point_compression
from py_ecc.bls.g2_primitives import subgroup_check
from py_ecc.fields import optimized_bls12_381_FQ as FQ
from py_ecc.fields import optimized_bls12_381_FQ12 as FQ12
from py_ecc.optimized_bls12_381 import add, final_exponentiate, multiply, neg, pairing

from zk.backend.interface import G1, G2, Backend, FixedBase
from zk.curve import G1_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.curve import Scalar

Point: TypeAlias = Any
"""A projective triple of field elements."""


class PyEccBackend(Backend):
    """py_ecc, for public values. Points are its projective triples."""

    name: ClassVar[str] = "pyecc"
    constant_time: ClassVar[bool] = False

    def _encode_g1(self, point: Point) -> bytes:
        return int(point_compression.compress_G1(point)).to_bytes(G1_LENGTH, "big")

    def _encode_g2(self, point: Point) -> bytes:
        high, low = point_compression.compress_G2(point)
        return int(high).to_bytes(G1_LENGTH, "big") + int(low).to_bytes(G1_LENGTH, "big")

    def _add(self, left: Point, right: Point) -> G1:
        return G1(add(left, right))

    def _negate(self, point: Point) -> G1:
        return G1(neg(point))

    def _decode_g1(self, octets: bytes) -> G1:
        return G1(_in_subgroup(point_compression.decompress_G1(int.from_bytes(octets, "big"))))

    def _decode_g2(self, octets: bytes) -> G2:
        halves = (int.from_bytes(octets[:G1_LENGTH], "big"), int.from_bytes(octets[G1_LENGTH:], "big"))
        return G2(_in_subgroup(point_compression.decompress_G2(halves)))

    def _mul(self, point: Point, scalar: Scalar) -> G1:
        return G1(multiply(point, scalar))

    def _mul_g2(self, point: Point, scalar: Scalar) -> G2:
        return G2(multiply(point, scalar))

    def _msm(self, points: Sequence[Point], scalars: Sequence[Scalar]) -> G1:
        total = multiply(points[0], scalars[0])
        for point, scalar in zip(points[1:], scalars[1:], strict=True):
            total = add(total, multiply(point, scalar))
        return G1(total)

    def _msm_fixed(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1:
        return self._msm([base.point for base in bases], scalars)

    def _hash_to_g1(self, message: bytes, dst: bytes) -> G1:
        return G1(hash_to_curve.hash_to_G1(message, dst, hashlib.sha256))

    def _map_to_g1(self, u0: int, u1: int) -> G1:
        total = add(hash_to_curve.map_to_curve_G1(FQ(u0)), hash_to_curve.map_to_curve_G1(FQ(u1)))
        return G1(hash_to_curve.clear_cofactor_G1(total))

    def _pairing_check(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        product = FQ12.one()
        for P, Q in pairs:
            product *= pairing(Q, P, final_exponentiate=False)
        return bool(final_exponentiate(product) == FQ12.one())


def _in_subgroup(point: Point) -> Point:
    if not subgroup_check(point):
        raise ValueError("outside the subgroup of order r")
    return point
