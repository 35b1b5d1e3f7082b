"""A Merkle log of any size whose leaves are one filler but for a few: genuine proofs without the entries.

Written from RFC 9162, section 2.1, as recursive definitions; it shares no code with the product.
"""

from __future__ import annotations

from hashlib import sha256

SEAL_PREFIX = b"avow-entry/1\n\x04"


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def seal(index: int, map_root: bytes) -> bytes:
    return SEAL_PREFIX + index.to_bytes(8, "big") + map_root


class VirtualLog:
    """Leaf i is `leaf_hash(special[i])`, or the filler's hash (distinct by index if `distinct`)."""

    def __init__(self, filler: bytes = b"filler", *, distinct: bool = False) -> None:
        self.special: dict[int, bytes] = {}
        self._filler = filler
        self._distinct = distinct
        self._uniform: dict[int, bytes] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def put(self, index: int, entry: bytes) -> None:
        self.special[index] = entry
        self._known.clear()

    def seal(self, size: int, map_root: bytes) -> None:
        """Make the last leaf of this size its seal."""
        self.put(size - 1, seal(size - 1, map_root))

    def entry(self, index: int) -> bytes:
        suffix = index.to_bytes(8, "big") if self._distinct else b""
        return self.special.get(index, self._filler + suffix)

    def root(self, size: int) -> bytes:
        return self._hash(0, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        return tuple(self._path(index, 0, size))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return () if old in (0, new) else tuple(self._sub_proof(old, 0, new, whole=True))

    def _hash(self, start: int, end: int) -> bytes:
        count = end - start
        if count == 0:
            return sha256(b"").digest()
        uniform = not self._distinct and not any(start <= index < end for index in self.special)
        if uniform and count in self._uniform:
            return self._uniform[count]
        if (start, end) in self._known:
            return self._known[start, end]
        if count == 1:
            found = leaf_hash(self.entry(start))
        else:
            middle = start + _split(count)
            found = node_hash(self._hash(start, middle), self._hash(middle, end))
        if uniform:
            self._uniform[count] = found
        else:
            self._known[start, end] = found
        return found

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._hash(middle, end)]
        return [*self._path(index, middle, end), self._hash(start, middle)]

    def _sub_proof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._hash(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [*self._sub_proof(old, start, middle, whole=whole), self._hash(middle, end)]
        return [*self._sub_proof(old, middle, end, whole=False), self._hash(start, middle)]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
