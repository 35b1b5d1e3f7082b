"""What the mathematics asks of a BLS12-381 library, in functions named by secrecy.

A caller says with the name of the function whether a scalar is secret. `mul_secret`, `msm_secret` and
`mul_secret_g2` run in constant time, or refuse; `…_public` may be as quick as it likes.

Invariants
- Points are opaque and belong to the backend that made them. Every point that comes from octets has passed
  the strict form (`zk.curve`), lies on the curve and in the subgroup of order r, and is not the identity.
- A backend whose multiplication is variable-time refuses secrets (`zk.variable-time`) unless it was made
  with `unsafe_variable_time=True`.
- Lists of points and scalars have equal, non-zero length; this is checked here before any library sees them,
  because one of them truncates the longer list in silence.
- Scalars are reduced: 0 <= x < r. No exception of a library, and no scalar, leaves this package.

What constant time means here: the time and the memory accesses of the point multiplication do not depend on
the scalar. Python integers around it are not constant-time; callers blind what matters (inversion) and use
every blinding once.

Not here: choice of a library (`selection`), hashing to scalars and fields (`zk.hashing`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NewType

from zk.curve import FIELD_MODULUS, check_g1_form, check_g2_form
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

    from zk.curve import Scalar

G1 = NewType("G1", object)
"""A point of G1, of one backend."""

G2 = NewType("G2", object)
"""A point of G2, of one backend."""

MAX_DST_LENGTH: Final = 255
"""RFC 9380, section 5.3.1: a longer tag would have to be hashed first; none of ours is so long."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FixedBase:
    """A public point that many sums share, with whatever its backend prepared for it.

    Attributes:
        point: the point, for sums over secrets, which never use `prepared`.
        octets: its 48-octet compressed form.
        prepared: a table or a second representation; its type is the backend's own affair.
    """

    point: G1
    octets: bytes
    prepared: object


class Backend(ABC):
    """A BLS12-381 library, or a composition of two; safe to share between threads."""

    name: ClassVar[str]
    constant_time: ClassVar[bool]

    def __init__(self, *, unsafe_variable_time: bool = False) -> None:
        """Make a backend.

        Args:
            unsafe_variable_time: let a backend that leaks scalars through its running time work on secrets.
                For tests, and for platforms without a better library, by the operator's explicit decision.
        """
        self._admits_secrets = self.constant_time or unsafe_variable_time

    @property
    def admits_secrets(self) -> bool:
        """Whether the operations on secrets will run."""
        return self._admits_secrets

    # Octets.

    def decode_g1(self, octets: bytes, *, what: str, code: str) -> G1:
        """Decode a 48-octet compressed point; refuse with `code`, naming `what`."""
        check_g1_form(octets, what=what, code=code)
        try:
            return self._decode_g1(octets)
        except ValueError:
            raise ZkError(code, f"{what} is not a point of the prime-order subgroup of G1") from None

    def decode_g2(self, octets: bytes, *, what: str, code: str) -> G2:
        """Decode a 96-octet compressed point; refuse with `code`, naming `what`."""
        check_g2_form(octets, what=what, code=code)
        try:
            return self._decode_g2(octets)
        except ValueError:
            raise ZkError(code, f"{what} is not a point of the prime-order subgroup of G2") from None

    def encode_g1(self, point: G1) -> bytes:
        """Encode as 48 octets, compressed; the identity becomes `c0 00…`."""
        return self._encode_g1(point)

    def encode_g2(self, point: G2) -> bytes:
        """Encode as 96 octets, compressed."""
        return self._encode_g2(point)

    # Group operations that reveal nothing by themselves.

    def add(self, left: G1, right: G1) -> G1:
        """Add two points, equal, opposite or identity included."""
        return self._add(left, right)

    def negate(self, point: G1) -> G1:
        """Return the opposite point."""
        return self._negate(point)

    # Secrets.

    def mul_secret(self, point: G1, scalar: Scalar) -> G1:
        """Multiply by a secret scalar."""
        self._refuse_variable_time()
        return self._mul(point, scalar)

    def mul_secret_g2(self, point: G2, scalar: Scalar) -> G2:
        """Multiply a point of G2 by a secret scalar."""
        self._refuse_variable_time()
        return self._mul_g2(point, scalar)

    def msm_secret(self, points: Sequence[G1], scalars: Sequence[Scalar]) -> G1:
        """Sum the points times secret scalars."""
        self._refuse_variable_time()
        _check_lengths(points, scalars)
        total = self._mul(points[0], scalars[0])
        for point, scalar in zip(points[1:], scalars[1:], strict=True):
            total = self._add(total, self._mul(point, scalar))
        return total

    # Public sums.

    def mul_public(self, point: G1, scalar: Scalar) -> G1:
        """Multiply by a public scalar."""
        return self._mul(point, scalar)

    def msm_public(self, points: Sequence[G1], scalars: Sequence[Scalar]) -> G1:
        """Sum the points times public scalars."""
        _check_lengths(points, scalars)
        return self._msm(points, scalars)

    def fixed_base(self, point: G1, *, tabled: bool) -> FixedBase:
        """Prepare a public point for `msm_fixed_public`; `tabled` spends memory to save time."""
        octets = self._encode_g1(point)
        return FixedBase(point, octets, self._prepare(point, octets, tabled=tabled))

    def msm_fixed_public(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1:
        """Sum prepared points times public scalars."""
        _check_lengths(bases, scalars)
        return self._msm_fixed(bases, scalars)

    # Hashing to the curve.

    def hash_to_g1(self, message: bytes, dst: bytes) -> G1:
        """Hash with suite BLS12381G1_XMD:SHA-256_SSWU_RO_ (RFC 9380 section 8.8.1)."""
        if not 0 < len(dst) <= MAX_DST_LENGTH:
            raise ZkError("zk.length", f"a domain separation tag of {len(dst)} octets, expected 1 to 255")
        return self._hash_to_g1(message, dst)

    def map_to_g1(self, u0: int, u1: int) -> G1:
        """Map two field elements to the group: hash_to_curve (RFC 9380 section 3) after its hash."""
        if not (0 <= u0 < FIELD_MODULUS and 0 <= u1 < FIELD_MODULUS):
            raise ZkError("zk.length", "a field element is not in [0, p)")
        return self._map_to_g1(u0, u1)

    # Pairing.

    def pairing_check(self, pairs: Sequence[tuple[G1, G2]]) -> bool:
        """Whether the product of the pairings is one."""
        if not pairs:
            raise ZkError("zk.length", "a pairing check needs at least one pair")
        return self._pairing_check(pairs)

    # What an implementation gives. `_decode_*` raise ValueError on what is off the curve or the subgroup.

    @abstractmethod
    def _decode_g1(self, octets: bytes) -> G1: ...

    @abstractmethod
    def _decode_g2(self, octets: bytes) -> G2: ...

    @abstractmethod
    def _encode_g1(self, point: G1) -> bytes: ...

    @abstractmethod
    def _encode_g2(self, point: G2) -> bytes: ...

    @abstractmethod
    def _add(self, left: G1, right: G1) -> G1: ...

    @abstractmethod
    def _negate(self, point: G1) -> G1: ...

    @abstractmethod
    def _mul(self, point: G1, scalar: Scalar) -> G1: ...

    @abstractmethod
    def _mul_g2(self, point: G2, scalar: Scalar) -> G2: ...

    @abstractmethod
    def _msm(self, points: Sequence[G1], scalars: Sequence[Scalar]) -> G1: ...

    def _prepare(self, point: G1, octets: bytes, *, tabled: bool) -> object:  # noqa: ARG002
        """Prepare a fixed base; by default there is nothing to prepare."""
        return None

    @abstractmethod
    def _msm_fixed(self, bases: Sequence[FixedBase], scalars: Sequence[Scalar]) -> G1: ...

    @abstractmethod
    def _hash_to_g1(self, message: bytes, dst: bytes) -> G1: ...

    @abstractmethod
    def _map_to_g1(self, u0: int, u1: int) -> G1: ...

    @abstractmethod
    def _pairing_check(self, pairs: Sequence[tuple[G1, G2]]) -> bool: ...

    def _refuse_variable_time(self) -> None:
        if not self._admits_secrets:
            raise ZkError(
                "zk.variable-time",
                f"the {self.name} backend multiplies in variable time and must not see a secret",
                remedy="install pyblst and py-arkworks-bls12381, or accept the leak by making the backend "
                "with unsafe_variable_time=True",
            )


def _check_lengths(points: Sized, scalars: Sized) -> None:
    if not 0 < len(points) == len(scalars):
        raise ZkError(
            "zk.length",
            f"a sum over {len(points)} points and {len(scalars)} scalars, expected as many of both",
        )
