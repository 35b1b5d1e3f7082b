"""A log tree in memory: what the tree that is read from tiles is compared with."""

from __future__ import annotations

from hashlib import sha256

from did.registry.tiles import HEIGHT, TilePath
from did.registry.tree import HASH, Prover, node_hash


class Tree(Prover):
    """All complete subtrees of a growing log: level k holds the nodes over 2^k leaves, side by side."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @classmethod
    def from_leaf_hashes(cls, leaves: bytes) -> Tree:
        """Build from the leaf hashes, concatenated in order."""
        tree = cls()
        level = bytes(leaves)
        tree._levels = [bytearray(level)]
        while len(level) >= 2 * HASH:
            level = b"".join(
                sha256(b"\x01" + level[at : at + 2 * HASH]).digest()
                for at in range(0, len(level) - 2 * HASH + 1, 2 * HASH)
            )
            tree._levels.append(bytearray(level))
        return tree

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH

    def leaf(self, index: int) -> bytes:
        return self._node(0, index)

    def append(self, leaf: bytes) -> int:
        index = self.size
        self._levels[0] += leaf
        level, position, node = 0, index, leaf
        while position & 1:
            node = node_hash(self._node(level, position - 1), node)
            level, position = level + 1, position >> 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
        return index

    def nodes(self, level: int, start: int, end: int) -> bytes:
        """The roots of the complete subtrees of 2^level leaves, from number `start` to before `end`."""
        held = len(self._levels[level]) // HASH if level < len(self._levels) else 0
        assert 0 <= start <= end <= held, f"no nodes {start} to {end} at level {level}"
        return bytes(self._levels[level][start * HASH : end * HASH]) if end > start else b""

    def tile(self, path: TilePath) -> bytes:
        """The content of a hash tile."""
        assert path.level is not None
        return self.nodes(HEIGHT * path.level, path.first, path.first + path.width)

    def _node(self, level: int, position: int) -> bytes:
        return bytes(self._levels[level][position * HASH : (position + 1) * HASH])
