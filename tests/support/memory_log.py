"""A log in memory that grows as the service's does, without its database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.registry.entries import DidOperation, Entry, Seal, decode, encode
from did.registry.log import Log, LogStore, SealedBatch
from did.registry.replay import effect
from did.registry.statemap import MemoryMap
from did.registry.tiletree import pack
from did.registry.tree import leaf_hash
from tests.support.memory_tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from did.registry.statemap import DidState


def map_of(states: Mapping[bytes, DidState]) -> MemoryMap:
    """The map of these states, whether or not a log leads to it."""
    built = MemoryMap()
    built.update(states)
    return built


class MemoryStore(LogStore):
    """Everything that was stored, by name."""

    def __init__(self) -> None:
        self.stored: list[bytes] = []
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.pages: dict[tuple[bytes, int], bytes] = {}
        self.states: dict[bytes, list[DidState]] = {}

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        return self.stored[start:end]

    def tile(self, level: int, index: int) -> bytes | None:
        return self.tiles.get((level, index))

    def page(self, prefix: bytes, version: int) -> bytes | None:
        return self.pages.get((prefix, version))

    def map_version(self, size: int) -> int:
        versions = (version for prefix, version in self.pages if prefix == b"\x00")
        return max((version for version in versions if version <= size), default=0)

    def state(self, scid34: bytes, size: int) -> DidState | None:
        earlier = [state for state in self.states.get(scid34, ()) if state.index < size]
        return earlier[-1] if earlier else None

    def keep(self, batch: SealedBatch) -> None:
        """Store a batch whose entries are stored."""
        self.stored.append(batch.entry)
        self.tiles |= {(path.level, path.index): pack(rows) for path, rows in batch.tiles}
        self.pages |= {(prefix, batch.size): page.encode() for prefix, page in batch.pages.items()}


class MemoryLog(Log):
    """`append` and `seal` as the service's sequencer does them; everything is durable at once."""

    def __init__(self, origin: str, store: MemoryStore | None = None, *, sealed_size: int = 0) -> None:
        self.store = store or MemoryStore()
        self.sealed_sizes: list[int] = []
        super().__init__(origin, self.store, sealed_size=sealed_size)

    @classmethod
    def of(cls, origin: str, entries: Iterable[bytes]) -> MemoryLog:
        """A log with these entries, whose seals must be those that it makes."""
        log = cls(origin)
        for raw in entries:
            entry = decode(raw)
            if isinstance(entry, Seal):
                assert log.seal().entry == raw
            else:
                log.append(entry)
        return log

    @property
    def size(self) -> int:
        """How many entries there are, sealed or not."""
        return len(self.store.stored)

    @property
    def unsealed(self) -> Tree:
        """The tree over all entries, which an honest log proves nothing about before they are sealed."""
        return Tree.from_leaf_hashes(b"".join(map(leaf_hash, self.store.stored)))

    def root(self, size: int) -> bytes:
        return super().root(size) if size <= self.sealed_size else self.unsealed.root(size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        if size <= self.sealed_size:
            return super().inclusion(index, size)
        return self.unsealed.inclusion(index, size)

    def state(self, scid34: bytes, size: int | None = None) -> DidState | None:
        return super().state(scid34, self.size if size is None else size)

    def append(self, entry: Entry) -> int:
        index = self.size
        raw = encode(entry)
        if isinstance(entry, DidOperation):
            known = self.store.states.setdefault(entry.scid34, [])
            known.append(effect(known[-1] if known else None, entry, index))
        self.store.stored.append(raw)
        return index

    def seal(self) -> SealedBatch:  # type: ignore[override]
        batch = super().seal(self.store.stored[self.sealed_size :])
        self.store.keep(batch)
        self.commit(batch)
        self.sealed_sizes.append(batch.size)
        return batch

    def reopened(self) -> MemoryLog:
        """The log as a restart finds it."""
        log = MemoryLog(self.origin, self.store, sealed_size=self.sealed_size)
        log.sealed_sizes = list(self.sealed_sizes)
        return log
