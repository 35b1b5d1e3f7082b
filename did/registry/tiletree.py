"""The log's tree in tiles: its right edge, how it grows, and every proof from stored or fetched tiles.

C2SP tlog-tiles over RFC 9162. A full tile is written once and never again; the unfinished ones, one a level,
make the right edge, and follow from the tiles and entries below them.

Invariants:
- A tree from somebody's tiles hands on no hash that does not lead to its root: inner nodes are computed, a
  full tile is compared with its hash in the level above, and the edge with the root.
- Memory holds the edge and the tiles used last, whatever the size.

Not here: paths and bundles (`tiles`), and where tiles are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from did.errors import DidError
from did.registry.tiles import HEIGHT, WIDTH, Fetch, TilePath, fetch_hashes
from did.registry.tree import EMPTY_ROOT, HASH, Prover, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

KEPT_TILES: Final = 1024
"""Tiles kept with all their inner nodes, 16 KiB each."""

Rows: TypeAlias = "tuple[bytes, ...]"
"""A tile as a tree: its hashes side by side, then each level above, as far as there are whole pairs."""

_sha256 = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: its size, and the hashes of each level's unfinished tile, side by side."""

    size: int = 0
    rows: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, size: int, fetch: Fetch) -> Edge:
        """The edge at a size, from its partial tiles. Not verified. Codes ``log.missing``, ``log.tile``."""
        rows: list[bytes] = []
        while count := size >> (HEIGHT * len(rows)):
            path = TilePath(len(rows), count // WIDTH, count % WIDTH)
            rows.append(fetch_hashes(fetch, path) if path.width else b"")
        return cls(size, tuple(rows))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        rest: list[bytes] = []
        for row in self.rows:
            hashes = [row[at : at + HASH] for at in range(0, len(row), HASH)] + rest
            rest = [_fold(hashes)] if hashes else []
        return rest[0] if rest else EMPTY_ROOT

    def grown(self, leaves: Iterable[bytes]) -> tuple[Edge, list[tuple[TilePath, Rows]]]:
        """The edge after more leaf hashes, and the tiles that they finish, from the leaves upward."""
        size, rows, finished = self.size, list(self.rows), list[tuple[TilePath, Rows]]()
        level, coming = 0, b"".join(leaves)
        size += len(coming) // HASH
        while coming:
            if level == len(rows):
                rows.append(b"")
            row, first = rows[level] + coming, (self.size >> (HEIGHT * level)) // WIDTH
            whole = len(row) // (WIDTH * HASH)
            tiles = [
                expand(row[at : at + WIDTH * HASH]) for at in range(0, whole * WIDTH * HASH, WIDTH * HASH)
            ]
            finished += [(TilePath(level, index), tile) for index, tile in enumerate(tiles, first)]
            rows[level] = row[whole * WIDTH * HASH :]
            level, coming = level + 1, b"".join(tile[HEIGHT] for tile in tiles)
        return Edge(size, tuple(rows)), finished


class FullTiles:
    """Full tiles by level and index, each with its inner nodes; the last used ones are kept. Not verified."""

    def __init__(self, load: Callable[[int, int], Rows]) -> None:
        self.rows = lru_cache(KEPT_TILES)(load)

    @classmethod
    def served(cls, fetch: Fetch) -> FullTiles:
        """Tiles that somebody serves; codes ``log.missing``, ``log.tile``."""
        return cls(lambda level, index: expand(fetch_hashes(fetch, TilePath(level, index))))


class TileTree(Prover):
    """The tree of one edge over its log's tiles. Codes ``log.tile-hash``, ``log.missing``, ``log.tile``."""

    def __init__(self, edge: Edge, tiles: FullTiles) -> None:
        self.edge: Final = edge
        self._tiles = tiles
        self._unfinished: dict[int, Rows] = {}

    @classmethod
    def read(cls, size: int, root: bytes, fetch: Fetch) -> TileTree:
        """The tree of a size and root, from tiles that somebody serves; code ``log.tile-root``."""
        edge = Edge.read(size, fetch)
        if edge.root != root:
            raise DidError(
                "log.tile-root", f"the tiles at the right edge do not lead to the root of size {size}"
            )
        return cls(edge, FullTiles.served(fetch))

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self.edge.size

    def grown(self, edge: Edge) -> TileTree:
        """The tree at a later edge of the same log, over the same tiles."""
        return TileTree(edge, self._tiles)

    def hashes(self, level: int, index: int) -> bytes:
        """The hashes of one tile side by side, as many as this size has; verified."""
        return self._rows(level, index)[0]

    def leaves(self, index: int) -> tuple[bytes, ...]:
        """The leaf hashes of the level-0 tile of that index, as many as the size has."""
        row = self.hashes(0, index)
        return tuple(row[at : at + HASH] for at in range(0, len(row), HASH))

    def _rows(self, level: int, index: int) -> Rows:
        last = (self.size >> (HEIGHT * level)) // WIDTH
        if index == last:
            if level not in self._unfinished:
                row = self.edge.rows[level] if level < len(self.edge.rows) else b""
                self._unfinished[level] = expand(row)
            return self._unfinished[level]
        if index > last:
            raise DidError("log.range", f"a tree of {self.size} has no tile {index} of level {level}")
        rows = self._tiles.rows(level, index)
        if rows[HEIGHT] != self._node(HEIGHT * (level + 1), index):
            raise DidError(
                "log.tile-hash",
                f"{TilePath(level, index).text} does not lead to its hash in the level above",
                clause="C2SP tlog-tiles",
            )
        return rows

    def _node(self, level: int, position: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        index, at = divmod(position, WIDTH >> height)
        return self._rows(tile_level, index)[height][at * HASH : (at + 1) * HASH]


def pack(rows: Rows) -> bytes:
    """A full tile with its inner nodes, as the log keeps it: 511 hashes, its own first, its root last."""
    return b"".join(rows)


def unpack(data: bytes, path: TilePath) -> Rows:
    """Read what `pack` wrote; code ``log.tile``."""
    if len(data) != (2 * WIDTH - 1) * HASH:
        raise DidError("log.tile", f"{path.text} is stored with {len(data)} bytes")
    rows, at, width = list[bytes](), 0, WIDTH * HASH
    while width >= HASH:
        rows.append(data[at : at + width])
        at, width = at + width, width // 2
    return tuple(rows)


def expand(row: bytes) -> Rows:
    """A tile's hashes and the levels above them."""
    rows = [row]
    while len(row) >= 2 * HASH:
        row = b"".join(
            [
                _sha256(b"\x01" + row[at : at + 2 * HASH]).digest()
                for at in range(0, len(row) - 2 * HASH + 1, 2 * HASH)
            ]
        )
        rows.append(row)
    return tuple(rows)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes as if they were leaves: pairs, and what is left over goes up as it is."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
