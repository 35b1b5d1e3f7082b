"""The log as its one writer sees it: how a batch is sealed, and every proof at a sealed size.

Registry protocol version 1, sections 3.3, 3.4 and 4.7.

Invariants:
- What is held in memory are the right edge, the root of the map, and what was read last; the rest is read
  from the store when a proof needs it, and checked against what the edge and the map's root say.
- `seal` changes nothing: the batch that it gives is stored first and becomes part of the log by `commit`. So
  whatever the log proves is durable.
- A size is sealed if its last entry is a seal that says so; proofs are given at sealed sizes only.

Not here: what may be appended (`replay.effect`), what may be signed (`signing`); storage, time and batching
(`api`). One writer; any number of readers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from did.errors import DidError
from did.registry.checkpoint import Checkpoint, is_origin
from did.registry.entries import DidOperation, Seal, decode, encode
from did.registry.mapproof import map_key
from did.registry.statemap import DidState, Pages, PageStore, StateMap
from did.registry.tiles import HEIGHT, WIDTH, TilePath
from did.registry.tiletree import Edge, FullTiles, Rows, TileTree, unpack
from did.registry.tree import leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from did.registry.mappages import Page

KEPT_SEALS: Final = 256
"""Seals kept at hand: those that are signed, anchored and final just now."""
KEPT_MAPS: Final = 16
"""Roots of maps at hand, likewise; their pages are looked up apart from them."""


class LogStore(PageStore, Protocol):
    """What the log reads. It was written by whoever stored the batches."""

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        """The entries at these indices, without `end`."""
        ...

    def tile(self, level: int, index: int) -> bytes | None:
        """A full hash tile with its inner nodes (`tiletree.pack`), or None where there is none."""
        ...

    def map_version(self, size: int) -> int:
        """The newest version of the map's top page that is not above `size`; 0 for none."""
        ...

    def state(self, scid34: bytes, size: int) -> DidState | None:
        """The state of a DID after the first `size` entries."""
        ...


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch to be stored: its seal, the tiles that it finishes, the pages of the map's new version.

    The version of the pages is `size`. `replaced` names the pages, with their versions, that maps of this and
    later sizes do not use.
    """

    entry: bytes
    tiles: Sequence[tuple[TilePath, Rows]]
    pages: Mapping[bytes, Page]
    replaced: Sequence[tuple[bytes, int]]
    edge: Edge
    map: StateMap

    @property
    def size(self) -> int:
        """The size that is sealed."""
        return self.edge.size

    @property
    def index(self) -> int:
        """The index of the seal."""
        return self.edge.size - 1

    @property
    def map_root(self) -> bytes:
        """What the seal says."""
        return self.map.root


@dataclass(frozen=True, slots=True)
class DidProof:
    """What the log contributes to a bundle about one DID at one sealed size.

    `state` is None and `entry_path` empty where the log does not know the DID at that size.
    """

    size: int
    map_root: bytes
    seal_path: tuple[bytes, ...]
    map_proof: bytes
    state: DidState | None
    entry_path: tuple[bytes, ...]


class Log:
    """A log up to its newest seal. `origin` names it for ever (section 5.2)."""

    def __init__(self, origin: str, store: LogStore, *, sealed_size: int) -> None:
        """Open a stored log, whose newest seal is the last of `sealed_size` entries.

        Codes ``log.origin``, ``log.unsealed``; ``log.missing`` and ``map.page`` where what follows from the
        entries is not stored or does not fit them.
        """
        if not is_origin(origin):
            raise DidError(
                "log.origin", "an origin has 1 to 255 printable ASCII characters, no space, no plus sign"
            )
        self.origin: Final = origin
        self._store = store
        self._pages = Pages(store)
        self._seal = lru_cache(KEPT_SEALS)(self._read_seal)
        self._map_at = lru_cache(KEPT_MAPS)(self._read_map)
        self._tree = TileTree(Edge.read(sealed_size, self._fetch_edge), FullTiles(self._load_tile))
        self._map = self._map_at(sealed_size)

    @property
    def sealed_size(self) -> int:
        """The newest sealed size, 0 before the first seal."""
        return self._tree.size

    def seal(self, entries: Sequence[bytes]) -> SealedBatch:
        """End the batch of these entries, which follow the newest seal: what is to be stored for it.

        Each has an effect (`replay.effect`). Codes ``entry.*`` for what is no entry, ``map.*``.
        """
        changes: dict[bytes, DidState] = {}
        for index, raw in enumerate(entries, self.sealed_size):
            entry = decode(raw)
            if isinstance(entry, Seal):
                raise DidError("entry.kind", "seals are made by the log itself", clause="registry 3.3")
            if isinstance(entry, DidOperation):
                changes[entry.scid34] = DidState(entry.version, entry.hash34, index, entry.deactivated)
        size = self.sealed_size + len(entries) + 1
        update = self._map.updated_states(changes, size)
        seal = encode(Seal(size - 1, update.map.root))
        edge, tiles = self._tree.edge.grown(leaf_hash(raw) for raw in (*entries, seal))
        return SealedBatch(seal, tiles, update.pages, update.replaced, edge, update.map)

    def commit(self, batch: SealedBatch) -> None:
        """Take over a batch that is stored and durable."""
        for prefix, page in batch.pages.items():
            self._pages.keep(prefix, batch.size, page)
        self._map = batch.map
        self._tree = self._tree.grown(batch.edge)

    def root(self, size: int) -> bytes:
        """The root of the log at a size."""
        return self._tree.root(size)

    def leaf(self, index: int) -> bytes:
        """The leaf hash of an entry."""
        return self._tree.leaves(index // WIDTH)[index % WIDTH]

    def tile(self, path: TilePath) -> bytes:
        """The content of a hash tile, whole or partial."""
        assert path.level is not None
        return self._tree.hashes(path.level, path.index)[: path.width * 32]

    def map_root(self, size: int) -> bytes:
        """The root of the map that the seal of a size says; ``log.unsealed`` for other sizes."""
        return self._seal(size).map_root

    def computed_map_root(self, size: int) -> bytes:
        """The root of the map at a sealed size as it follows from the map's pages (``map.page``)."""
        return self._map.root if size == self.sealed_size else self._stored_map(size).root

    def has_map(self, size: int) -> bool:
        """Whether a sealed size can be proven: pages are forgotten oldest first, the top one first."""
        return self._stored_map(size).root == self.map_root(size)

    def checkpoint(self, size: int) -> Checkpoint:
        """The checkpoint of a sealed size (``log.unsealed`` for others). To sign it, `signing`."""
        self._seal(size)
        return Checkpoint(self.origin, size, self.root(size))

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The audit path of an entry in the tree of `size`; ``log.tile-hash`` if the store has none."""
        path = self._tree.inclusion(index, size)
        verify_inclusion(self.leaf(index), index, size, path, self.root(size), code="log.tile-hash")
        return path

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that size `new` extends size `old`: also the contract's `extension`."""
        return self._tree.consistency(old, new)

    def edge(self, size: int) -> tuple[bytes, ...]:
        """The audit path of the seal of a sealed size: the contract's `edge`, the bundle's seal path."""
        self._seal(size)
        return self.inclusion(size - 1, size)

    def state(self, scid34: bytes, size: int) -> DidState | None:
        """The state of a DID after the first `size` entries."""
        return self._store.state(scid34, size)

    def prove_did(self, scid34: bytes, size: int, *, newest: DidState | None = None) -> DidProof:
        """Prove the latest state of a DID at a sealed size, or that the log did not know it then.

        `newest` is its newest state of all, where the caller has read it. Code ``map.page`` for a size whose
        map is not kept any more.
        """
        state_map = self._map_at(size)
        state = newest if newest and newest.index < size else self.state(scid34, size)
        return DidProof(
            size=size,
            map_root=state_map.root,
            seal_path=self.edge(size),
            map_proof=state_map.prove(map_key(scid34)),
            state=state,
            entry_path=self.inclusion(state.index, size) if state else (),
        )

    def _read_map(self, size: int) -> StateMap:
        """The map of a sealed size, whose root is the one that the seal says."""
        if not size:
            return StateMap(self._pages)
        said, found = self.map_root(size), self._stored_map(size)
        if found.root != said:
            raise DidError(
                "map.page",
                f"the map that is stored for size {size} does not have the root that its seal says",
                remedy="stop the service and run `avow fsck --repair`: the map follows from the log",
            )
        return found

    def _stored_map(self, size: int) -> StateMap:
        return StateMap.stored(self._pages, self._store.map_version(size))

    def _read_seal(self, size: int) -> Seal:
        entry = decode(self._store.entries(size - 1, size)[0]) if 0 < size <= self.sealed_size else None
        if not isinstance(entry, Seal) or entry.index != size - 1:
            raise DidError("log.unsealed", f"size {size} does not end in a seal", clause="registry 3.4")
        return entry

    def _load_tile(self, level: int, index: int) -> Rows:
        path, data = TilePath(level, index), self._store.tile(level, index)
        if data is None:
            raise DidError("log.missing", f"{path.text} is not stored", clause="C2SP tlog-tiles")
        return unpack(data, path)

    def _fetch_edge(self, path: TilePath) -> bytes | None:
        """An unfinished tile, computed from the entries or the full tiles below it."""
        assert path.level is not None
        if path.level == 0:
            return b"".join(map(leaf_hash, self._store.entries(path.first, path.first + path.width)))
        numbers = range(path.first, path.first + path.width)
        return b"".join(self._load_tile(path.level - 1, number)[HEIGHT] for number in numbers)
