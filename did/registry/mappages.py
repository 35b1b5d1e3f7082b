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

from typing import TYPE_CHECKING, Final, TypeAlias

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


class Leaf:
    """A leaf anywhere in the tree, with its hash."""

    __slots__ = ("hash", "key", "value_hash")

    def __init__(self, key: bytes, value_hash: bytes) -> None:
        self.key = key
        self.value_hash = value_hash
        self.hash = leaf_hash(key, value_hash)


class Node:
    """The root of a subtree with two leaves or more."""

    __slots__ = ("hash",)

    def __init__(self, hash_: bytes) -> None:
        self.hash = hash_


class Child(Node):
    """The root of the page below a slot, and the version that wrote that page."""

    __slots__ = ("version",)

    def __init__(self, hash_: bytes, version: int) -> None:
        super().__init__(hash_)
        self.version = version


Slot: TypeAlias = Leaf | Child | None
Subtree: TypeAlias = Leaf | Node | None


class Page:
    """A page as a tree: `rows` holds the slots, then each level above, the one subtree at the top last."""

    __slots__ = ("hash", "rows")

    def __init__(self, rows: Sequence[Sequence[Subtree]]) -> None:
        self.rows: Final = rows
        top = rows[-1][0]
        self.hash: Final = top.hash if top else EMPTY

    @property
    def slots(self) -> Sequence[Slot]:
        """The sixteen slots."""
        return self.rows[0]  # type: ignore[return-value]

    @property
    def top(self) -> Subtree:
        """The subtree that the page is."""
        return self.rows[-1][0]

    def with_slots(self, changes: Mapping[int, Slot], nibbles: int) -> Page:
        """The page with other slots; what does not stand above them is not computed again.

        Code ``map.depth`` for two keys that differ in their last bit only.
        """
        row: list[Subtree] = list(self.rows[0])
        for at, slot in changes.items():
            row[at] = slot
            if nibbles == DEEPEST and row[at] and row[at ^ 1]:
                raise DidError(
                    "map.depth", "two keys of the map agree in all bits but one", clause="registry 4.2"
                )
        rows, touched = [row], set(changes)
        for above in self.rows[1:]:
            below, row = row, list(above)
            touched = {at >> 1 for at in touched}
            for at in touched:
                row[at] = _join(below[2 * at], below[2 * at + 1])
            rows.append(row)
        return Page(rows)

    def encode(self) -> bytes:
        """The stored form."""
        occupied = pages = 0
        parts: list[bytes] = []
        for slot in self.slots:
            occupied, pages = occupied << 1, pages << 1
            if isinstance(slot, Leaf):
                occupied |= 1
                parts.append(slot.key + slot.value_hash)
            elif slot is not None:
                occupied, pages = occupied | 1, pages | 1
                parts.append(slot.hash + slot.version.to_bytes(_VERSION, "big"))
        return occupied.to_bytes(2, "big") + pages.to_bytes(2, "big") + b"".join(parts)

    @classmethod
    def decode(cls, data: bytes, nibbles: int) -> Page:
        """Read the stored form; code ``map.page`` for anything that `encode` does not write."""
        occupied, pages = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        at, slots = 4, dict[int, Slot]()
        for number in range(SLOTS):
            shift = SLOTS - 1 - number
            if not occupied >> shift & 1:
                continue
            first, at = data[at : at + _HASH], at + _HASH
            if pages >> shift & 1:
                slots[number] = Child(first, int.from_bytes(data[at : at + _VERSION], "big"))
                at += _VERSION
            else:
                slots[number] = Leaf(first, data[at : at + _HASH])
                at += _HASH
        if at != len(data) or pages & ~occupied:
            raise damaged("a page has another length than its slots")
        return NO_PAGE.with_slots(slots, nibbles)


def prefix_of(key: bytes, nibbles: int) -> bytes:
    """The name of the page below the first `nibbles` nibbles of a key: their number, then they themselves."""
    head = key[: (nibbles + 1) // 2]
    if nibbles & 1:
        head = head[:-1] + bytes((head[-1] & 0xF0,))
    return bytes((nibbles,)) + head


def nibble(key: bytes, at: int) -> int:
    """The slot of a key in the page below its first `at` nibbles."""
    return key[at >> 1] & 0x0F if at & 1 else key[at >> 1] >> 4


def damaged(detail: str) -> DidError:
    """What is said of stored pages that are not those that were written."""
    return DidError(
        "map.page",
        detail,
        remedy="stop the service and run `avow fsck --repair`: the pages follow from the log",
    )


def _join(left: Subtree, right: Subtree) -> Subtree:
    if left is None or right is None:
        only = right if left is None else left
        if only is None or isinstance(only, Leaf):  # a subtree with one leaf is that leaf
            return only
    return Node(node_hash(left.hash if left else EMPTY, right.hash if right else EMPTY))


NO_PAGE: Final = Page([[None] * (SLOTS >> level) for level in range(NIBBLE + 1)])
"""The page without a leaf; it is never stored."""
