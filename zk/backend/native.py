"""The production backend: pyblst for secrets and pairings, arkworks for large public sums and SHAKE.

pyblst (bindings of blst) holds every point: its multiplication is constant-time and its pairing the fastest
at hand. It has no multi-scalar multiplication and no map-to-curve; py_arkworks_bls12381 has both. The two
meet only in 48-octet encodings of public points.

Public sums over fixed bases use tables of signed windows while there are few bases, arkworks beyond. Measured
here, a table costs about a millisecond to make and a quarter of a megabyte, and halves the price of a term.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import py_arkworks_bls12381 as arkworks
import pyblst

from zk.backend.interface import G1, G2, Backend, FixedBase
from zk.curve import G1_LENGTH, GROUP_ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.curve import Scalar

Point: TypeAlias = Any
"""pyblst publishes no types."""

_WINDOW: Final = 6
"""Bits of a window; digits are signed, so a row holds 2^(w-1) multiples."""

_ROWS: Final = -(-(GROUP_ORDER.bit_length() + 1) // _WINDOW)
_HALF: Final = 1 << (_WINDOW - 1)
_FULL: Final = 1 << _WINDOW

_ARKWORKS_FROM: Final = 16
"""Untabled bases from which one arkworks sum beats separate multiplications."""


class NativeBackend(Backend):
    """pyblst and py_arkworks_bls12381, joined through 48-octet encodings."""

    name: ClassVar[str] = "native"
    constant_time: ClassVar[bool] = True

    def _encode_g1(self, point: Point) -> bytes:
        return bytes(point.compress())

    def _encode_g2(self, point: Point) -> bytes:
        return bytes(point.compress())

    def _add(self, left: Point, right: Point) -> G1:
        return G1(left + right)

    def _negate(self, point: Point) -> G1:
        return G1(-point)

    def _prepare(self, point: G1, octets: bytes, *, tabled: bool) -> object:
        if tabled:
            return _Table(point)
        # Unchecked is right here: the octets are our own encoding of a point that is already in the subgroup.
        return arkworks.G1Point.from_compressed_bytes_unchecked(octets)

    def _decode_g1(self, octets: bytes) -> G1:
        return G1(pyblst.BlstP1Element.uncompress(octets))

    def _decode_g2(self, octets: bytes) -> G2:
        return G2(pyblst.BlstP2Element.uncompress(octets))

    def _mul(self, point: Point, scalar: Scalar) -> G1:
        return G1(point.scalar_mul(scalar))

    def _mul_g2(self, point: Point, scalar: Scalar) -> G2:
        return G2(point.scalar_mul(scalar))

    def _msm(self, points: Sequence[Point], scalars: Sequence[Scalar]) -> G1:
        total = points[0].scalar_mul(scalars[0])
        for point, scalar in zip(points[1:], scalars[1:], strict=True):
            total += point.scalar_mul(scalar)
        return G1(total)

    def _msm_fixed(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1:
        positive = negative = pyblst.BlstP1Element()
        rest: list[tuple[FixedBase, Scalar]] = []
        for base, scalar in zip(bases, scalars, strict=True):
            if isinstance(base.prepared, _Table):
                positive, negative = base.prepared.accumulate(scalar, positive, negative)
            else:
                rest.append((base, scalar))
        total = positive + (-negative)
        if len(rest) >= _ARKWORKS_FROM:
            return G1(total + _arkworks_sum(rest))
        for base, scalar in rest:
            point: Point = base.point
            total += point.scalar_mul(scalar)
        return G1(total)

    def _hash_to_g1(self, message: bytes, dst: bytes) -> G1:
        return G1(pyblst.BlstP1Element.hash_to_group(message, dst))

    def _map_to_g1(self, u0: int, u1: int) -> G1:
        # arkworks clears the cofactor of each half; clearing is linear, so the sum is that of RFC 9380.
        point = arkworks.G1Point.map_from_fp_be(u0.to_bytes(G1_LENGTH, "big"))
        point += arkworks.G1Point.map_from_fp_be(u1.to_bytes(G1_LENGTH, "big"))
        return self._decode_g1(bytes(point.to_compressed_bytes()))

    def _pairing_check(self, pairs: Sequence[tuple[Point, Point]]) -> bool:
        # final_verify(a, b) exponentiates once and compares: e(P1,Q1)…e(Pn-1,Qn-1) against e(-Pn,Qn).
        P_last, Q_last = pairs[-1]
        product = pyblst.miller_loop(*pairs[0]) if len(pairs) > 1 else _one(Q_last)
        for P, Q in pairs[1:-1]:
            product *= pyblst.miller_loop(P, Q)
        return bool(pyblst.final_verify(product, pyblst.miller_loop(-P_last, Q_last)))


class _Table:
    """Multiples of one point by signed windows: `rows[i][d-1] = d · 2^(w·i) · P` for 1 <= d <= 2^(w-1).

    Digits lie in (-2^(w-1), 2^(w-1)]; negative ones are summed apart and subtracted once at the end.
    """

    __slots__ = ("_rows",)

    def __init__(self, point: Point) -> None:
        rows: list[tuple[Point, ...]] = []
        base = point
        for _ in range(_ROWS):
            row = [base]
            for _ in range(_HALF - 1):
                row.append(row[-1] + base)
            rows.append(tuple(row))
            base = row[-1] + row[-1]
        self._rows = tuple(rows)

    def accumulate(self, scalar: int, positive: Point, negative: Point) -> tuple[Point, Point]:
        """Add the positive and the negative part of `scalar · P` to the two sums."""
        for row in self._rows:
            if not scalar:
                break
            digit = scalar & (_FULL - 1)
            scalar >>= _WINDOW
            if digit > _HALF:
                scalar += 1
                negative += row[_FULL - digit - 1]
            elif digit:
                positive += row[digit - 1]
        return positive, negative


def _arkworks_sum(terms: Sequence[tuple[FixedBase, Scalar]]) -> Point:
    """Sum by arkworks and bring the result back to pyblst, the identity included."""
    points: list[Point] = [base.prepared for base, _ in terms]
    scalars = [arkworks.Scalar(scalar) for _, scalar in terms]
    total = arkworks.G1Point.multiexp_unchecked(points, scalars)
    return pyblst.BlstP1Element.uncompress(bytes(total.to_compressed_bytes()))


def _one(Q: Point) -> Point:
    return pyblst.miller_loop(pyblst.BlstP1Element(), Q)
