"""The production backend: pyblst for secrets and pairings, arkworks for large public sums and SHAKE.

pyblst (bindings of blst) holds every point: its multiplication is constant-time and its pairing the fastest
at hand. It has no multi-scalar multiplication and no map-to-curve; py_arkworks_bls12381 has both. The two
meet only in 48-octet encodings of public points.

Public sums over fixed bases use tables while there are few bases, arkworks beyond. A table costs a few
milliseconds to make and halves the price of a term, or better. Table look-ups depend on the scalar: tables
are for public scalars only.
"""

from __future__ import annotations

from functools import reduce
from itertools import accumulate, repeat
from operator import add
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import py_arkworks_bls12381 as arkworks
import pyblst

from zk.backend.interface import G1, G2, Backend, FixedBase
from zk.curve import G1_LENGTH, SCALAR_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zk.curve import Scalar

Point: TypeAlias = Any
"""pyblst publishes no types."""

_HALF: Final = 128
"""Half the values of a digit: digits are octets less 128, so that a row holds 128 multiples and not 255."""

_OFFSET: Final = int.from_bytes(bytes([_HALF]) * SCALAR_LENGTH, "big")
"""Added to a scalar before it is cut into octets. The sum stays below 2^256, since r < 0.91·2^255."""

_MULTIPLICATION: Final = 100
"""Additions that one multiplication of pyblst takes, whatever the scalar."""

_WINDOW: Final = 5
"""Bits of a signed digit in joint sums: eight odd multiples a point, one addition every six bits."""

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
        bits = max(map(int.bit_length, scalars))
        joint = bits + len(points) * ((1 << (_WINDOW - 2)) + bits // (_WINDOW + 1))
        if joint < _MULTIPLICATION * len(points):
            return G1(_joint_sum(points, scalars, bits))
        total = points[0].scalar_mul(scalars[0])
        for point, scalar in zip(points[1:], scalars[1:], strict=True):
            total += point.scalar_mul(scalar)
        return G1(total)

    def _msm_fixed(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1:
        positive: list[Point] = []
        negative: list[Point] = []
        rest: list[tuple[FixedBase, Scalar]] = []
        for base, scalar in zip(bases, scalars, strict=True):
            if isinstance(base.prepared, _Table):
                base.prepared.select(scalar, positive, negative)
            else:
                rest.append((base, scalar))
        identity = pyblst.BlstP1Element()
        total = reduce(add, positive, identity) + (-reduce(add, negative, identity))
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
    """Multiples of one point: `rows[i][d] = d · 256^i · P` for 0 <= d <= 128; about 0.7 MB.

    With scalar + OFFSET = Σ octet_i·256^i, scalar = Σ (octet_i - 128)·256^i. Negative digits are summed apart
    and subtracted once at the end.
    """

    __slots__ = ("_rows",)

    def __init__(self, point: Point) -> None:
        rows: list[tuple[Point, ...]] = []
        for _ in range(SCALAR_LENGTH):
            row = [pyblst.BlstP1Element(), point]
            for _ in range(_HALF - 1):
                row.append(row[-1] + point)
            rows.append(tuple(row))
            point = row[_HALF] + row[_HALF]
        self._rows = tuple(rows)

    def select(self, scalar: int, positive: list[Point], negative: list[Point]) -> None:
        """Append the multiples that make up `scalar · P`, by sign."""
        octets = (scalar + _OFFSET).to_bytes(SCALAR_LENGTH, "little")
        for row, octet in zip(self._rows, octets, strict=True):
            if octet >= _HALF:
                positive.append(row[octet - _HALF])
            else:
                negative.append(row[_HALF - octet])


def _joint_sum(points: Sequence[Point], scalars: Sequence[Scalar], bits: int) -> Point:
    """Sum points times public scalars, with one chain of doublings for all (Straus, signed windows).

    Quicker than separate multiplications for many points, or for short scalars such as batch weights.
    """
    columns: list[list[Point]] = [[] for _ in range(bits + 1)]
    for point, scalar in zip(points, scalars, strict=True):
        double = point + point
        odd = tuple(accumulate((point, *repeat(double, (1 << (_WINDOW - 2)) - 1))))
        for at, digit in _signed_digits(scalar):
            columns[at].append(odd[digit >> 1] if digit > 0 else -odd[-digit >> 1])
    total = pyblst.BlstP1Element()
    for column in reversed(columns):
        total = reduce(add, column, total + total)
    return total


def _signed_digits(scalar: int) -> Iterator[tuple[int, int]]:
    """Give (bit, odd digit between -16 and 16) of a scalar, lowest first."""
    at = 0
    while scalar:
        zeros = (scalar & -scalar).bit_length() - 1
        at += zeros
        scalar >>= zeros
        digit = scalar & ((1 << _WINDOW) - 1)
        if digit >> (_WINDOW - 1):
            digit -= 1 << _WINDOW
        yield at, digit
        scalar -= digit


def _arkworks_sum(terms: Sequence[tuple[FixedBase, Scalar]]) -> Point:
    """Sum by arkworks and bring the result back to pyblst, the identity included."""
    points: list[Point] = [base.prepared for base, _ in terms]
    scalars = [arkworks.Scalar(scalar) for _, scalar in terms]
    total = arkworks.G1Point.multiexp_unchecked(points, scalars)
    return pyblst.BlstP1Element.uncompress(bytes(total.to_compressed_bytes()))


def _one(Q: Point) -> Point:
    return pyblst.miller_loop(pyblst.BlstP1Element(), Q)
