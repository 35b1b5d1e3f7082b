"""Pages: the map of latest states cut into pieces that can be stored and read one by one.

A page is the part of the tree below a prefix of whole nibbles, four levels deep: sixteen slots, each empty, a
leaf, or the hash of the page below with the version that wrote it. What lies between (registry protocol 4.2)
is computed from the slots. Ours alone: pages are never sent to anybody.

Form: ``u16 occupied || u16 pages || slots``, both bitmaps with slot 0 as the highest bit; a leaf is
``key32 || valueHash32``, a page below ``hash32 || u64 version``.

Invariants:
- A page is named by prefix and version, and never changes. A version is a sealed size.
- A page that does not have the hash its parent says is not used: code ``map.page``.

Not here: finding and writing pages (`statemap`), and where they are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.registry.mapproof import EMPTY, leaf_hash, node_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SLOTS: Final = 16
NIBBLE: Final = 4
DEEPEST: Final = 63
"""Nibbles above the deepest page: its slots stand at depth 256."""

_HASH: Final = 32
_VERSION: Final = 8
_LEAF: Final = 2 * _HASH
_CHILD: Final = _HASH + _VERSION
_MARKS: Final = tuple(1 << shift for shift in range(SLOTS - 1, -1, -1))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf in a slot."""

    key: bytes
    value_hash: bytes

    @classmethod
    def read(cls, slot: bytes) -> Leaf:
        """Read the bytes of a slot that holds a leaf."""
        return cls(slot[:_HASH], slot[_HASH:])

    @property
    def slot(self) -> bytes:
        """The bytes of its slot."""
        return self.key + self.value_hash


@dataclass(frozen=True, slots=True)
class Child:
    """The root of the page below a slot, and the version that wrote that page."""

    hash: bytes
    version: int

    @classmethod
    def read(cls, slot: bytes) -> Child:
        """Read the bytes of a slot that names a page."""
        return cls(slot[:_HASH], int.from_bytes(slot[_HASH:], "big"))

    @property
    def slot(self) -> bytes:
        """The bytes of its slot."""
        return self.hash + self.version.to_bytes(_VERSION, "big")


class Page:
    """A page as a tree.

    `slots` holds the bytes of each slot or None. `rows` holds hashes or None: those of the slots, then those
    of each level above, the page's own last. Bit n of `leaves[level]`: entry n of that row is a leaf.

    Thousands are kept: plain tuples of bytes and numbers, which the collector of cycles leaves alone.
    """

    __slots__ = ("leaves", "rows", "slots")

    def __init__(
        self,
        slots: tuple[bytes | None, ...],
        rows: tuple[tuple[bytes | None, ...], ...],
        leaves: tuple[int, ...],
    ) -> None:
        self.slots: Final = slots
        self.rows: Final = rows
        self.leaves: Final = leaves

    @classmethod
    def of(cls, slots: Sequence[bytes | None], nibbles: int) -> Page:
        """The page with these slots, below so many nibbles.

        Code ``map.depth`` for two keys that differ in their last bit only.
        """
        if nibbles == DEEPEST and any(
            left and right for left, right in zip(slots[::2], slots[1::2], strict=True)
        ):
            raise DidError(
                "map.depth", "two keys of the map agree in all bits but one", clause="registry 4.2"
            )
        row: list[bytes | None] = [
            None
            if slot is None
            else leaf_hash(slot[:_HASH], slot[_HASH:])
            if len(slot) == _LEAF
            else slot[:_HASH]
            for slot in slots
        ]
        marks = sum(1 << at for at, slot in enumerate(slots) if slot is not None and len(slot) == _LEAF)
        rows, leaves = [tuple(row)], [marks]
        while len(row) > 1:
            row, marks = _level_above(row, marks)
            rows.append(tuple(row))
            leaves.append(marks)
        return cls(tuple(slots), tuple(rows), tuple(leaves))

    @property
    def hash(self) -> bytes:
        """The root of the page."""
        return self.rows[-1][0] or EMPTY

    def leaf_below(self, level: int, at: int) -> Leaf:
        """The one leaf that entry `at` of a row is."""
        width = 1 << level
        return next(Leaf.read(slot) for slot in self.slots[at * width : (at + 1) * width] if slot is not None)

    def child(self, at: int) -> Child:
        """The page below a slot that names one."""
        slot = self.slots[at]
        assert slot is not None
        return Child.read(slot)

    def with_slots(self, changes: Mapping[int, bytes], nibbles: int) -> Page:
        """The page with other slots."""
        slots = list(self.slots)
        for at, slot in changes.items():
            slots[at] = slot
        return Page.of(slots, nibbles)

    def encode(self) -> bytes:
        """The stored form."""
        occupied = pages = 0
        for mark, slot in zip(_MARKS, self.slots, strict=True):
            if slot is not None:
                occupied |= mark
                pages |= mark if len(slot) != _LEAF else 0
        return occupied.to_bytes(2, "big") + pages.to_bytes(2, "big") + b"".join(filter(None, self.slots))

    @classmethod
    def decode(cls, data: bytes, nibbles: int) -> Page:
        """Read the stored form; code ``map.page`` for anything that `encode` does not write."""
        occupied, pages = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        at, slots = 4, list[bytes | None]()
        for mark in _MARKS:
            if not occupied & mark:
                slots.append(None)
                continue
            end = at + (_CHILD if pages & mark else _LEAF)
            slots.append(data[at:end])
            at = end
        if at != len(data) or pages & ~occupied:
            raise damaged("a page has another length than its slots")
        return cls.of(slots, nibbles)


def prefix_of(key: bytes, nibbles: int) -> bytes:
    """The name of the page below the first `nibbles` nibbles of a key: their number, then they themselves."""
    head = key[: (nibbles + 1) // 2]
    if nibbles & 1:
        head = head[:-1] + bytes((head[-1] & 0xF0,))
    return bytes((nibbles,)) + head


def nibble(key: bytes, at: int) -> int:
    """The slot of a key in the page below its first `at` nibbles."""
    return key[at >> 1] & 0x0F if at & 1 else key[at >> 1] >> 4


def is_leaf(slot: bytes) -> bool:
    """Whether the bytes of a slot hold a leaf, and not the name of a page."""
    return len(slot) == _LEAF


def damaged(detail: str) -> DidError:
    """What is said of stored pages that are not those that were written."""
    return DidError(
        "map.page",
        detail,
        remedy="stop the service and run `avow fsck --repair`: the pages follow from the log",
    )


def _level_above(row: Sequence[bytes | None], leaves: int) -> tuple[list[bytes | None], int]:
    """The row above, and which of its entries are leaves: a subtree with one leaf is that leaf."""
    above: list[bytes | None] = []
    marks = 0
    for at in range(0, len(row), 2):
        left, right = row[at], row[at + 1]
        if left is not None and right is not None:
            above.append(node_hash(left, right))
            continue
        only, place = (left, at) if right is None else (right, at + 1)
        if only is None:
            above.append(None)
        elif leaves >> place & 1:
            marks |= 1 << (at >> 1)
            above.append(only)
        else:
            above.append(node_hash(only, EMPTY) if right is None else node_hash(EMPTY, only))
    return above, marks


NO_PAGE: Final = Page.of([None] * SLOTS, 0)
"""The page without a leaf; it is never stored."""
