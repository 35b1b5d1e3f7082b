"""The map of latest states: a sparse Merkle tree whose versions share what they have in common.

Registry protocol version 1, sections 4.1 to 4.4 and 4.6.

Invariants:
- The root is a pure function of the set of (key, value hash); the order of changes leaves no trace.
- A subtree with one leaf is that leaf, an empty one is `EMPTY`, nothing else is compressed.
- A `StateMap` never changes: `updated` returns another one that shares all untouched subtrees, so the maps
  of several sealed sizes are held for the price of their differences.

Not here: which operations change the map (`replay`), and the verification of proofs (`mapproof`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from did.errors import DidError
from did.registry.mapproof import (
    EMPTY,
    MAX_DEPTH,
    Kind,
    bit,
    encode_proof,
    leaf_hash,
    map_key,
    node_hash,
    value_hash,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DEACTIVATED: Final = 0x01


@dataclass(frozen=True, slots=True)
class DidState:
    """The latest state of one DID: `index` is that of its log entry."""

    version: int
    hash34: bytes
    index: int
    deactivated: bool

    def encode(self) -> bytes:
        """The 51 bytes that the map commits to (section 4.1)."""
        flags = _DEACTIVATED if self.deactivated else 0
        return self.version.to_bytes(8, "big") + self.hash34 + self.index.to_bytes(8, "big") + bytes((flags,))


class _Leaf:
    __slots__ = ("hash", "key", "value_hash")

    def __init__(self, key: bytes, value_hash32: bytes) -> None:
        self.key = key
        self.value_hash = value_hash32
        self.hash = leaf_hash(key, value_hash32)


class _Node:
    __slots__ = ("hash", "left", "right")

    def __init__(self, left: _Subtree, right: _Subtree) -> None:
        self.left = left
        self.right = right
        self.hash: bytes = node_hash(left.hash if left else EMPTY, right.hash if right else EMPTY)


_Subtree: TypeAlias = _Node | _Leaf | None


class StateMap:
    """One version of the map. `StateMap()` is the empty one."""

    __slots__ = ("_top",)

    def __init__(self) -> None:
        self._top: _Subtree = None

    @property
    def root(self) -> bytes:
        """The root (section 4.2)."""
        return self._top.hash if self._top else EMPTY

    def updated(self, changes: Mapping[bytes, bytes]) -> StateMap:
        """The map in which each key of `changes` has the given value hash; O(changes x log n)."""
        leaves = [_Leaf(key, changes[key]) for key in sorted(changes)]
        following = StateMap()
        following._top = _merge(self._top, leaves, 0)
        return following

    def updated_states(self, changes: Mapping[bytes, DidState]) -> StateMap:
        """The same by scid34 and state."""
        return self.updated(
            {map_key(scid34): value_hash(state.encode()) for scid34, state in changes.items()}
        )

    def prove(self, key: bytes) -> bytes:
        """The proof of the key's value hash or of its absence (section 4.4)."""
        siblings: list[bytes] = []
        subtree = self._top
        while isinstance(subtree, _Node):
            right = bit(key, len(siblings))
            beside = subtree.left if right else subtree.right
            siblings.append(beside.hash if beside else EMPTY)
            subtree = subtree.right if right else subtree.left
        if subtree is None:
            return encode_proof(siblings, None, Kind.EMPTY_SLOT)
        if subtree.key == key:
            return encode_proof(siblings, None, Kind.PRESENT)
        return encode_proof(siblings, (subtree.key, subtree.value_hash), Kind.OTHER_LEAF)


def _merge(subtree: _Subtree, leaves: Sequence[_Leaf], depth: int) -> _Subtree:
    """Put sorted leaves, which share their first `depth` bits, into a subtree."""
    if not leaves:
        return subtree
    if isinstance(subtree, _Leaf):
        # The leaf found joins the set unless it is replaced (section 4.6).
        if all(leaf.key != subtree.key for leaf in leaves):
            leaves = sorted((*leaves, subtree), key=lambda leaf: leaf.key)
        subtree = None
    if subtree is None and len(leaves) == 1:
        return leaves[0]
    if depth >= MAX_DEPTH:  # a node here would put its leaves at depth 256
        raise DidError("map.depth", "two keys of the map agree in all their bits", clause="registry 4.2")
    split = _first_right(leaves, depth)
    left, right = (subtree.left, subtree.right) if subtree else (None, None)
    return _Node(_merge(left, leaves[:split], depth + 1), _merge(right, leaves[split:], depth + 1))


def _first_right(leaves: Sequence[_Leaf], depth: int) -> int:
    """The position of the first leaf whose bit at `depth` is set, by bisection."""
    low, high = 0, len(leaves)
    while low < high:
        middle = (low + high) // 2
        if bit(leaves[middle].key, depth):
            high = middle
        else:
            low = middle + 1
    return low
