"""Encodings of the composite proofs: labelled frames out, points and scalars in, and nothing ambiguous.

Text: `bbs-predicates-2026` version 1, sections 1.1 and 5 (R1 to R4).

    u8, u64     unsigned, big endian          i128    signed, two's complement, 16 octets
    scalar      32 octets, big endian         point   compressed, 48 octets (G1) or 96 (G2)
    frame       u8(len(label)) ‖ label ‖ u64(len(value)) ‖ value

Invariants
- A concatenation of frames splits in one way only, whatever the values are.
- A point that leaves `Reader` is in the subgroup and not the identity; a scalar is in [1, r). The octets that
  go into a transcript are those that were received.
- A prover never sends a scalar of zero (`zk.randomness`), so a verifier may refuse one.

Not here: what the frames mean (`statement`, `parts`), how long a proof must be (`verifying`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, GROUP_ORDER, SCALAR_LENGTH, Scalar, decode_scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zk.backend import G1, G2, FixedBase
    from zk.ciphersuites import Suite

_NO_POINT: Final = 0xC0
"""Compression and infinity bits: every form of the identity, canonical or not, has both."""


def u8(value: int) -> bytes:
    """Encode in 1 octet."""
    return value.to_bytes(1, "big")


def u64(value: int) -> bytes:
    """Encode in 8 octets, big endian."""
    return value.to_bytes(8, "big")


def i128(value: int) -> bytes:
    """Encode in 16 octets, two's complement, big endian."""
    return value.to_bytes(16, "big", signed=True)


def frame(label: bytes, *values: bytes) -> bytes:
    """Encode the concatenation of `values` under a label of 1 to 32 ASCII characters."""
    length = sum(map(len, values))
    return b"".join((len(label).to_bytes(1, "big"), label, length.to_bytes(8, "big"), *values))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Received:
    """A point of G1 that came from outside, with the octets it came in."""

    point: G1
    octets: bytes


def decode_point(suite: Suite, octets: bytes, *, what: str) -> Received:
    """Decode 48 octets to a point; `predicates.identity` or `predicates.encoding`."""
    refuse_identity(octets, what)
    return Received(suite.backend.decode_g1(octets, what=what, code="predicates.encoding"), octets)


def decode_key(suite: Suite, octets: bytes, *, what: str) -> G2:
    """Decode a public key of 96 octets; `predicates.identity` or `zk.public-key`; the suite remembers it."""
    refuse_identity(octets, what)
    return suite.decode_public_key(octets)


def encode_responses(scalars: Iterable[int]) -> bytes:
    """Reduce and encode what a prover sends; `zk.randomness` where one is zero, which no verifier accepts."""
    reduced = [Scalar(scalar % GROUP_ORDER) for scalar in scalars]
    if 0 in reduced:
        raise ZkError(
            "zk.randomness",
            "a response came out as zero, which no verifier accepts",
            remedy="prove again with fresh randomness",
        )
    return b"".join(encode_scalar(scalar) for scalar in reduced)


class Reader:
    """Takes points and scalars from the front of octets whose length has been checked."""

    __slots__ = ("_at", "_octets", "_suite")

    def __init__(self, suite: Suite, octets: bytes) -> None:
        self._suite = suite
        self._octets = octets
        self._at = 0

    def point(self, what: str) -> Received:
        """Take a point of G1."""
        return decode_point(self._suite, self._take(G1_LENGTH), what=what)

    def scalar(self, what: str) -> Scalar:
        """Take a scalar in [1, r); `predicates.scalar`."""
        return decode_scalar(self._take(SCALAR_LENGTH), what=what, code="predicates.scalar")

    def scalars(self, count: int, what: str) -> tuple[Scalar, ...]:
        """Take several scalars."""
        return tuple(self.scalar(what) for _ in range(count))

    def _take(self, length: int) -> bytes:
        taken = self._octets[self._at : self._at + length]
        self._at += length
        return taken


def committed(suite: Suite, value: FixedBase, v: Scalar, blind: FixedBase, s: Scalar) -> G1:
    """Compute value·v + blind·s for secret scalars."""
    return suite.backend.msm_secret((value.point, blind.point), (v, s))


def refuse_identity(octets: bytes, what: str) -> None:
    """Refuse octets with the bits of an identity, canonical or not (`predicates.identity`)."""
    if octets and octets[0] & _NO_POINT == _NO_POINT:
        raise ZkError("predicates.identity", f"{what} is the identity, or claims to be")
