"""The map of latest states: a sparse Merkle tree in stored pages, of which each version keeps its own.

Registry protocol version 1, sections 4.1 to 4.4 and 4.6.

Invariants:
- The root is a pure function of the set of (key, value hash); the order of changes leaves no trace.
- A subtree with one leaf is that leaf, an empty one is `EMPTY`, nothing else is compressed.
- A `StateMap` never changes: `updated` gives another one and the pages to be written for it. Both read their
  common pages from one store, so the maps of several sealed sizes cost their differences.
- An update and a proof read one page a nibble on the path and nothing else: memory stays small.

Not here: which operations change the map (`replay`), verification of proofs (`mapproof`), storage (`api`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

from did.registry.mappages import NIBBLE, NO_PAGE, Child, Leaf, Page, damaged, is_leaf, nibble, prefix_of
from did.registry.mapproof import EMPTY, Kind, bit, encode_proof, map_key, value_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEPT_PAGES: Final = 16_384
"""About 3 kB each. The upper four levels of a large map, which every path crosses, are 4,369 pages."""

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


class PageStore(Protocol):
    """Where pages are kept."""

    def page(self, prefix: bytes, version: int) -> bytes | None:
        """The page as it was written, or None where it is gone."""
        ...


class Pages:
    """Pages of one store as trees, the last used ones kept; for any number of threads."""

    def __init__(self, store: PageStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[bytes, int], Page] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, prefix: bytes, version: int) -> Page:
        """A page by name and version; code ``map.page``."""
        name = (prefix, version)
        with self._lock:
            page = self._kept.get(name)
            if page is not None:
                self._kept.move_to_end(name)
                return page
        data = self._store.page(prefix, version)
        if data is None:
            raise damaged(f"the page {prefix.hex()} of version {version} is not stored")
        page = Page.decode(data, prefix[0])
        self.keep(prefix, version, page)
        return page

    def below(self, key: bytes, nibbles: int, child: Child) -> Page:
        """The page on the path of a key that `child` names; code ``map.page`` if it is another."""
        page = self.read(prefix_of(key, nibbles), child.version)
        if page.hash != child.hash:
            raise damaged(f"a page below {nibbles} nibbles, of version {child.version}, was changed")
        return page

    def keep(self, prefix: bytes, version: int, page: Page) -> None:
        """Have a page at hand, in place of the one not used for longest."""
        with self._lock:
            self._kept[prefix, version] = page
            if len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class MapUpdate:
    """The map after changes: the pages to be stored under its version, and those that they replace."""

    map: StateMap
    pages: Mapping[bytes, Page]
    replaced: Sequence[tuple[bytes, int]]


class StateMap:
    """One version of the map: its root, and the version that wrote its top page (0 for the empty map)."""

    __slots__ = ("_pages", "root", "version")

    def __init__(self, pages: Pages, root: bytes = EMPTY, version: int = 0) -> None:
        self._pages = pages
        self.root: Final = root
        self.version: Final = version

    @classmethod
    def stored(cls, pages: Pages, version: int) -> StateMap:
        """The map whose top page was written by `version`, with the root that follows from that page."""
        if not version:
            return cls(pages)
        return cls(pages, pages.read(prefix_of(b"", 0), version).hash, version)

    def updated(self, changes: Mapping[bytes, bytes], version: int) -> MapUpdate:
        """The map in which each key of `changes` has the given value hash; O(changes x log n).

        Codes ``map.depth``, ``map.page``.
        """
        if not changes:
            return MapUpdate(self, {}, ())
        work = _Work(self._pages, version)
        leaves = [Leaf(key, changes[key]) for key in sorted(changes)]
        root = work.page(0, Child(self.root, self.version) if self.version else None, leaves)
        return MapUpdate(StateMap(self._pages, root, version), work.written, work.replaced)

    def updated_states(self, changes: Mapping[bytes, DidState], version: int) -> MapUpdate:
        """The same by scid34 and state."""
        hashed = {map_key(scid34): value_hash(state.encode()) for scid34, state in changes.items()}
        return self.updated(hashed, version)

    def prove(self, key: bytes) -> bytes:
        """The proof of the key's value hash or of its absence (section 4.4); code ``map.page``."""
        siblings: list[bytes] = []
        child = Child(self.root, self.version) if self.version else None
        found: Leaf | None = None
        nibbles = 0
        while child is not None:
            page = self._pages.below(key, nibbles, child)
            level, at, child = NIBBLE, 0, None
            while page.rows[level][at] is not None:
                if page.leaves[level] >> at & 1:
                    found = page.leaf_below(level, at)
                    break
                if level == 0:
                    child = page.child(at)
                    break
                level, at = level - 1, 2 * at + bit(key, len(siblings))
                siblings.append(page.rows[level][at ^ 1] or EMPTY)
            nibbles += 1
        if found is None:
            return encode_proof(siblings, None, Kind.EMPTY_SLOT)
        if found.key == key:
            return encode_proof(siblings, None, Kind.PRESENT)
        return encode_proof(siblings, (found.key, found.value_hash), Kind.OTHER_LEAF)


class _Work:
    """One update under way."""

    def __init__(self, pages: Pages, version: int) -> None:
        self._pages = pages
        self._version = version
        self.written: dict[bytes, Page] = {}
        self.replaced: list[tuple[bytes, int]] = []

    def page(self, nibbles: int, child: Child | None, leaves: Sequence[Leaf]) -> bytes:
        """Put sorted leaves, which share their first `nibbles`, into a page; gives its new hash."""
        prefix = prefix_of(leaves[0].key, nibbles)
        page = NO_PAGE
        if child is not None:
            page = self._pages.below(leaves[0].key, nibbles, child)
            self.replaced.append((prefix, child.version))
        changes = {
            number: self._slot(nibbles, page.slots[number], list(group)).slot
            for number, group in groupby(leaves, lambda leaf: nibble(leaf.key, nibbles))
        }
        self.written[prefix] = page = page.with_slots(changes, nibbles)
        return page.hash

    def _slot(self, nibbles: int, slot: bytes | None, leaves: list[Leaf]) -> Leaf | Child:
        child = None
        if slot is not None and is_leaf(slot):
            # The leaf found joins the set unless it is replaced (section 4.6).
            before = Leaf.read(slot)
            if all(leaf.key != before.key for leaf in leaves):
                leaves = sorted((*leaves, before), key=lambda leaf: leaf.key)
        elif slot is not None:
            child = Child.read(slot)
        if child is None and len(leaves) == 1:
            return leaves[0]
        return Child(self.page(nibbles + 1, child, leaves), self._version)


class MemoryMap:
    """The newest map alone, with its pages in memory: for those who replay a log from its entries."""

    def __init__(self) -> None:
        self._stored: dict[bytes, tuple[int, bytes]] = {}
        self._map = StateMap(Pages(self))

    @property
    def root(self) -> bytes:
        """The root."""
        return self._map.root

    def page(self, prefix: bytes, version: int) -> bytes | None:
        """A page of the newest map."""
        held = self._stored.get(prefix)
        return held[1] if held and held[0] == version else None

    def update(self, changes: Mapping[bytes, DidState]) -> None:
        """Take over these states, by scid34."""
        version = self._map.version + 1
        update = self._map.updated_states(changes, version)
        for prefix, page in update.pages.items():
            self._stored[prefix] = (version, page.encode())
        self._map = update.map

    def prove(self, key: bytes) -> bytes:
        """The proof of the key's value hash or of its absence."""
        return self._map.prove(key)
