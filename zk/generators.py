"""Generators: public points of G1 between which nobody knows a discrete logarithm.

Text: BBS draft (`zk.transcript.BBS_DRAFT`), "Generators Calculation". The sequence for an api identifier is
infinite and its prefixes agree, so a family is computed once and extended when more are asked for.

Invariants
- The order is that of the draft; the first is Q_1, the message generators H_1, H_2, … follow.
- A family only grows, under its own lock; what it hands out is immutable.
- Memory is bounded by the callers' limits on message counts and by the number of api identifiers, which are
  constants of the code and never come from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from zk.curve import G1_LENGTH
from zk.hashing import EXPAND_LENGTH
from zk.transcript import GENERATOR_DST, GENERATOR_SEED, GENERATOR_SEED_DST

if TYPE_CHECKING:
    from collections.abc import Callable

    from zk.backend import G1, Backend, FixedBase
    from zk.hashing import ExpandMessage

_TABLED: Final = 33
"""How many of a family get a table, where the backend has tables: Q_1 and 32 messages, about 25 MB."""


@dataclass(frozen=True, slots=True, repr=False)
class Generators:
    """An ordered list of generators.

    Attributes:
        bases: the points, prepared for public sums.
        octets: their encodings, 48 octets each, one after the other.
    """

    bases: tuple[FixedBase, ...]
    octets: bytes

    def __len__(self) -> int:
        return len(self.bases)

    def __add__(self, other: Generators) -> Generators:
        return Generators(self.bases + other.bases, self.octets + other.octets)

    @property
    def Q_1(self) -> FixedBase:  # noqa: N802
        """The generator that carries the domain."""
        return self.bases[0]

    @property
    def H(self) -> tuple[FixedBase, ...]:  # noqa: N802
        """The generators that carry the messages."""
        return self.bases[1:]


class GeneratorFamily:
    """All generators of one api identifier; computed as far as anyone has asked."""

    __slots__ = (
        "_backend",
        "_bases",
        "_dst",
        "_expand",
        "_hash_to_g1",
        "_lock",
        "_octets",
        "_seed_dst",
        "_v",
    )

    def __init__(
        self,
        backend: Backend,
        expand_message: ExpandMessage,
        hash_to_g1: Callable[[bytes, bytes], G1],
        api_id: bytes,
        *,
        seed: bytes = GENERATOR_SEED,
    ) -> None:
        """Start an empty family.

        Args:
            backend: prepares the points.
            expand_message: of the ciphersuite.
            hash_to_g1: hash_to_curve of the ciphersuite, called with a message and a tag.
            api_id: the api identifier.
            seed: what follows the api identifier in the seed of the sequence.
        """
        self._backend = backend
        self._expand = expand_message
        self._hash_to_g1 = hash_to_g1
        self._seed_dst = api_id + GENERATOR_SEED_DST
        self._dst = api_id + GENERATOR_DST
        self._lock = Lock()
        self._v = expand_message(api_id + seed, self._seed_dst, EXPAND_LENGTH)
        self._bases: tuple[FixedBase, ...] = ()
        self._octets = b""

    def first(self, count: int) -> Generators:
        """Return the first `count` generators."""
        with self._lock:
            if len(self._bases) < count:
                self._extend(count)
            return Generators(self._bases[:count], self._octets[: count * G1_LENGTH])

    def _extend(self, count: int) -> None:
        fresh: list[FixedBase] = []
        for i in range(len(self._bases) + 1, count + 1):
            self._v = self._expand(self._v + i.to_bytes(8, "big"), self._seed_dst, EXPAND_LENGTH)
            point = self._hash_to_g1(self._v, self._dst)
            fresh.append(self._backend.fixed_base(point, tabled=i <= _TABLED))
        self._bases += tuple(fresh)
        self._octets += b"".join(base.octets for base in fresh)
