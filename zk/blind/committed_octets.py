"""Octet form of a proof with committed disclosure.

Text: blind draft (`zk.transcript.BLIND_DRAFT`), "Proof to Octets" and "Octets to Proof".

    u64(length) ‖ BBS proof ‖ u64(R) ‖ R indexes ‖ u64(N) ‖ C_1 .. C_N ‖ s^_1 .. s^_N ‖ u64(N) ‖ N indexes

Invariants
- The parts fill the octets exactly; a count is believed only as far as octets follow it.
- Every C_i is in the subgroup and not the identity, every s^_i in [1, r).

Not here: what the indexes mean and whether they are the right ones (`zk.blind.committed_disclosure`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH, SCALAR_LENGTH, decode_scalar, encode_scalar
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zk.backend import G1
    from zk.ciphersuites import Suite
    from zk.curve import Scalar

_CODE: Final = "zk.proof-malformed"
_INTEGER: Final = 8


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CommittedProof:
    """A decoded proof: the BBS proof still as octets, the claimed indexes, commitments and responses."""

    bbs_proof: bytes
    disclosed: tuple[int, ...]
    octets: tuple[bytes, ...]
    points: tuple[G1, ...]
    s_hat: tuple[Scalar, ...]
    committed: tuple[int, ...]


def u64(value: int) -> bytes:
    """Encode as 8 octets, big endian."""
    return value.to_bytes(_INTEGER, "big")


def encode_committed_proof(
    bbs_proof: bytes,
    disclosed: Sequence[int],
    points: Sequence[bytes],
    s_hat: Sequence[Scalar],
    committed: Sequence[int],
) -> bytes:
    """Encode a proof; the lists are as long as they must be."""
    return b"".join(
        (
            u64(len(bbs_proof)),
            bbs_proof,
            u64(len(disclosed)),
            *map(u64, disclosed),
            u64(len(points)),
            *points,
            *map(encode_scalar, s_hat),
            u64(len(committed)),
            *map(u64, committed),
        )
    )


def decode_committed_proof(suite: Suite, proof: bytes) -> CommittedProof:
    """Split and decode a proof; `zk.proof-malformed`. The BBS proof within stays to be decoded."""
    rest = _Reader(proof)
    bbs_proof = rest.take(rest.integer())
    disclosed = rest.integers()
    count = rest.integer()
    octets = rest.pieces(count, G1_LENGTH)
    scalars = rest.pieces(count, SCALAR_LENGTH)
    committed = rest.integers()
    if not rest.empty or len(committed) != count:
        raise ZkError(_CODE, "the parts of the proof do not fill its octets, or differ in number")
    return CommittedProof(
        bbs_proof,
        disclosed,
        octets,
        tuple(suite.backend.decode_g1(C, what=f"commitment {n}", code=_CODE) for n, C in enumerate(octets)),
        tuple(decode_scalar(s, what=f"response {n}", code=_CODE) for n, s in enumerate(scalars)),
        committed,
    )


class _Reader:
    """Takes octets from the front; `zk.proof-malformed` where they run out."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def take(self, length: int) -> bytes:
        if length > len(self._octets):
            raise ZkError(_CODE, "the proof ends inside one of its parts")
        taken, self._octets = self._octets[:length], self._octets[length:]
        return taken

    def integer(self) -> int:
        return int.from_bytes(self.take(_INTEGER), "big")

    def pieces(self, count: int, length: int) -> tuple[bytes, ...]:
        octets = self.take(count * length)
        return tuple(octets[at : at + length] for at in range(0, len(octets), length))

    def integers(self) -> tuple[int, ...]:
        return tuple(int.from_bytes(piece, "big") for piece in self.pieces(self.integer(), _INTEGER))

    @property
    def empty(self) -> bool:
        return not self._octets
