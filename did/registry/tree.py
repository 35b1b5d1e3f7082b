"""The append-only log tree: leaves, roots, inclusion and consistency, proven and verified.

RFC 9162 section 2.1 with SHA-256, hashes of a proof ordered from the leaf upward.

Invariants:
- A leaf is ``H(00 || entry)``, a node ``H(01 || left || right)``, the empty tree ``H("")``.
- The root and the proofs of any size are made of O(log n) complete subtrees, which never change.

Not here: where complete subtrees are kept (`tiletree`). A consistency proof does not authenticate a size
(registry protocol 3.5); the seal does, elsewhere.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH: Final = 32
MAX_PATH: Final = 64
"""Sizes are below 2^64, so no path is longer."""
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


def leaf_hash(entry: bytes) -> bytes:
    """Hash the bytes of an entry into its leaf."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their node."""
    return _sha256(b"\x01" + left + right).digest()


class Prover(ABC):
    """Roots and proofs of a log, from its complete subtrees, wherever they are kept."""

    __slots__ = ()

    @property
    @abstractmethod
    def size(self) -> int:
        """The number of leaves."""

    @abstractmethod
    def _node(self, level: int, position: int) -> bytes:
        """The root of the complete subtree over the 2^level leaves from position x 2^level on."""

    def root(self, size: int | None = None) -> bytes:
        """The root at `size`, by default the present one."""
        size = self._checked_size(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of the leaf `index` in the tree of `size` (RFC 9162, 2.1.3.1)."""
        size = self._checked_size(size)
        _check_range(0 <= index < size, f"no leaf {index} in a tree of {size}")
        path: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `new` extends the tree of `old` (RFC 9162, 2.1.4.1)."""
        new = self._checked_size(new)
        _check_range(0 <= old <= new, f"{old} is no earlier size than {new}")
        if old in {0, new}:
            return ()
        path: list[bytes] = []
        start, end = 0, new
        # Descend along the right edge of the old tree until a node holds exactly its last leaves.
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        if start:
            path.append(self._subtree(start, end))
        return tuple(reversed(path))

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over the leaves [start, end); start is a multiple of the subtree's power of two."""
        pieces: list[bytes] = []
        while start < end:
            level = (end - start).bit_length() - 1
            pieces.append(self._node(level, start >> level))
            start += 1 << level
        root = pieces.pop()
        while pieces:
            root = node_hash(pieces.pop(), root)
        return root

    def _checked_size(self, size: int | None) -> int:
        if size is None:
            return self.size
        _check_range(0 <= size <= self.size, f"no size {size} in a tree of {self.size}")
        return size


def inclusion_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to (RFC 9162, 2.1.3.2), or None where its length does not fit."""
    if not 0 <= index < size:
        return None
    fn, sn, root = index, size - 1, leaf
    for node in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node_hash(node, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, node)
        fn, sn = fn >> 1, sn >> 1
    return None if sn else root


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, *, code: str = "log.inclusion"
) -> None:
    """Check that the leaf stands at `index` in the tree of `size` with that root; raises `code`."""
    if inclusion_root(leaf, index, size, path) != root:
        raise DidError(
            code,
            f"the path of {len(path)} hashes does not lead from leaf {index} to the root of size {size}",
            clause="RFC 9162 2.1.3.2",
        )


def verify_consistency(
    old: int,
    new: int,
    old_root: bytes,
    new_root: bytes,
    proof: Sequence[bytes],
    *,
    code: str = "log.consistency",
) -> None:
    """Check that the tree of size `new` extends the tree of size `old`; raises `code`.

    From size 0 everything extends, whatever `old_root` says: an empty tree promises nothing.
    The sizes themselves are not authenticated (module docstring).
    """
    if not _consistent(old, new, old_root, new_root, proof):
        raise DidError(
            code,
            f"the proof of {len(proof)} hashes does not show that size {new} extends size {old}",
            clause="RFC 9162 2.1.4.2",
        )


def _consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    rest = iter(proof)
    # Where the old tree is one complete subtree, its root is the start and is not repeated in the proof.
    first = next(rest, None) if fn else old_root
    if first is None:
        return False
    old_seen = new_seen = first
    for node in rest:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_seen, new_seen = node_hash(node, old_seen), node_hash(node, new_seen)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_seen = node_hash(new_seen, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old_seen == old_root and new_seen == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_range(holds: bool, detail: str) -> None:
    if not holds:
        raise DidError("log.range", detail)
