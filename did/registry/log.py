"""The log as its one writer holds it: append, seal, prove.

Registry protocol version 1, sections 3.3, 3.4 and 4.7.

Invariants:
- Nothing without effect is appended, and seals are made here and nowhere else.
- Proofs are given at sealed sizes; the map of such a size is over all entries before its seal.
- What is appended counts as durable from `commit` on; `rollback` forgets everything after it.

Not here: what may be signed (`signing`); storage, time and batching (`api`). One writer; no locks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.errors import DidError
from did.registry.checkpoint import Checkpoint, is_origin
from did.registry.entries import DidOperation, Entry, Seal, decode, encode
from did.registry.mapproof import map_key
from did.registry.replay import check_seal, effect
from did.registry.statemap import DidState, StateMap
from did.registry.tree import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


MAX_MAPS: Final = 16
"""Maps of older sealed sizes kept ready; others are rebuilt when asked for."""


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A seal that was appended: its bytes, to be stored at `index`, and the size that it seals."""

    index: int
    entry: bytes
    size: int
    map_root: bytes


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
    """The sequencer's state in memory. `origin` names the log for ever (section 5.2)."""

    def __init__(self, origin: str) -> None:
        if not is_origin(origin):
            raise DidError(
                "log.origin", "an origin has 1 to 255 printable ASCII characters, no space, no plus sign"
            )
        self.origin: Final = origin
        self._tree = Tree()
        self._histories: dict[bytes, list[DidState]] = {}
        self._sealed: list[int] = []
        self._map = StateMap()
        self._changes: dict[bytes, DidState] = {}
        self._maps: OrderedDict[int, StateMap] = OrderedDict()
        self._durable_size = 0
        self._durable_map = self._map
        # Operations since the newest durable seal, oldest first: what a rollback has to know.
        self._journal: list[tuple[int, bytes]] = []

    @classmethod
    def from_entries(cls, origin: str, entries: Iterable[bytes], *, verified_size: int = 0) -> Log:
        """Load a stored log and replay it; raises for any entry that could not have been appended.

        Map roots of seals below `verified_size` are taken as they stand. That is sound only where the caller
        then compares the root at `verified_size` with one it trusts: `Register.check_start` does.
        """
        log = cls(origin)
        leaves: list[bytes] = []
        for index, raw in enumerate(entries):
            leaves.append(leaf_hash(raw))
            try:
                log._load(decode(raw), index, verified_size)
            except DidError as error:
                raise DidError(error.code, f"stored entry {index}: {error.detail}") from None
        log._tree = Tree.from_leaf_hashes(b"".join(leaves))
        if log._sealed and log.sealed_size not in log._maps:
            log._map = log._map_at(log.sealed_size)
            log._changes = log._unsealed_changes()
        log.commit()
        return log

    @property
    def size(self) -> int:
        """How many entries there are, durable or not."""
        return self._tree.size

    @property
    def durable_size(self) -> int:
        """How many entries were committed."""
        return self._durable_size

    @property
    def sealed_sizes(self) -> Sequence[int]:
        """The sizes that end in a seal, ascending."""
        return self._sealed

    @property
    def sealed_size(self) -> int:
        """The newest sealed size, 0 before the first seal."""
        return self._sealed[-1] if self._sealed else 0

    def append(self, entry: Entry) -> int:
        """Append an entry and return its index; codes ``entry.*`` for what would be refused or inert."""
        if isinstance(entry, Seal):
            raise DidError("entry.kind", "seals are made by the log itself", clause="registry 3.3")
        raw = encode(entry)
        index = self.size
        if isinstance(entry, DidOperation):
            self._record(entry.scid34, effect(self.state(entry.scid34), entry, index))
        return self._tree.append(leaf_hash(raw))

    def seal(self) -> SealedBatch:
        """End the batch: append the seal over all entries so far."""
        index = self.size
        self._map = self._map.updated_states(self._changes) if self._changes else self._map
        self._changes = {}
        raw = encode(Seal(index, self._map.root))
        self._tree.append(leaf_hash(raw))
        self._note_seal(index + 1)
        return SealedBatch(index, raw, index + 1, self._map.root)

    def commit(self) -> None:
        """Declare everything appended so far durable."""
        self._durable_size = self.size
        self._durable_map = self._map
        self._journal = [(index, scid34) for index, scid34 in self._journal if index >= self.sealed_size]

    def rollback(self) -> None:
        """Forget everything after the last `commit`, because it could not be stored."""
        while self._journal and self._journal[-1][0] >= self._durable_size:
            _, scid34 = self._journal.pop()
            self._histories[scid34].pop()
            if not self._histories[scid34]:
                del self._histories[scid34]
        while self.sealed_size > self._durable_size:
            self._maps.pop(self._sealed.pop(), None)
        self._tree.truncate(self._durable_size)
        self._map = self._durable_map
        self._changes = self._unsealed_changes()

    def state(self, scid34: bytes) -> DidState | None:
        """The newest logged state of a DID; no claim that it is sealed."""
        history = self._histories.get(scid34)
        return history[-1] if history else None

    def state_at(self, scid34: bytes, size: int) -> DidState | None:
        """The state of a DID after the first `size` entries."""
        history = self._histories.get(scid34, [])
        at = bisect_left(history, size, key=lambda state: state.index)
        return history[at - 1] if at else None

    def root(self, size: int) -> bytes:
        """The root of the log at a size."""
        return self._tree.root(size)

    def leaf(self, index: int) -> bytes:
        """The leaf hash of an entry."""
        return self._tree.leaf(index)

    def nodes(self, level: int, start: int, end: int) -> bytes:
        """The complete subtrees of 2^level leaves, numbers `start` to before `end`, concatenated: tiles."""
        return self._tree.nodes(level, start, end)

    def map_root(self, size: int) -> bytes:
        """The root of the map at a sealed size; ``log.unsealed`` for others."""
        return self._map_at(size).root

    def checkpoint(self, size: int) -> Checkpoint:
        """The checkpoint of a sealed size (``log.unsealed`` for others). To sign it, `signing`."""
        self._check_sealed(size)
        return Checkpoint(self.origin, size, self.root(size))

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The audit path of an entry in the tree of `size`."""
        return self._tree.inclusion(index, size)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that size `new` extends size `old`: also the contract's `extension`."""
        return self._tree.consistency(old, new)

    def edge(self, size: int) -> tuple[bytes, ...]:
        """The audit path of the seal of a sealed size: the contract's `edge`, the bundle's seal path."""
        self._check_sealed(size)
        return self._tree.inclusion(size - 1, size)

    def prove_did(self, scid34: bytes, size: int) -> DidProof:
        """Prove the latest state of a DID at a sealed size, or that the log did not know it then."""
        state_map = self._map_at(size)
        state = self.state_at(scid34, size)
        return DidProof(
            size=size,
            map_root=state_map.root,
            seal_path=self.edge(size),
            map_proof=state_map.prove(map_key(scid34)),
            state=state,
            entry_path=self._tree.inclusion(state.index, size) if state else (),
        )

    def _load(self, entry: Entry, index: int, verified_size: int) -> None:
        if isinstance(entry, DidOperation):
            self._record(entry.scid34, effect(self.state(entry.scid34), entry, index))
        elif isinstance(entry, Seal):
            map_root = entry.map_root
            if index + 1 >= verified_size:
                self._map = self._map.updated_states(self._changes)
                self._changes = {}
                map_root = self._map.root
            check_seal(entry, index, map_root)
            self._journal.clear()
            self._note_seal(index + 1)

    def _record(self, scid34: bytes, state: DidState) -> None:
        self._histories.setdefault(scid34, []).append(state)
        self._changes[scid34] = state
        self._journal.append((state.index, scid34))

    def _unsealed_changes(self) -> dict[bytes, DidState]:
        return {scid34: self._histories[scid34][-1] for _, scid34 in self._journal}

    def _note_seal(self, size: int) -> None:
        self._sealed.append(size)
        if not self._changes:
            self._keep_map(size, self._map)

    def _map_at(self, size: int) -> StateMap:
        self._check_sealed(size)
        state_map = self._maps.get(size)
        if state_map is None:
            states = {scid34: self.state_at(scid34, size) for scid34 in self._histories}
            state_map = StateMap().updated_states({key: state for key, state in states.items() if state})
        self._keep_map(size, state_map)
        return state_map

    def _keep_map(self, size: int, state_map: StateMap) -> None:
        self._maps[size] = state_map
        self._maps.move_to_end(size)
        if len(self._maps) > MAX_MAPS:
            self._maps.popitem(last=False)

    def _check_sealed(self, size: int) -> None:
        at = bisect_left(self._sealed, size)
        if at == len(self._sealed) or self._sealed[at] != size:
            raise DidError("log.unsealed", f"size {size} does not end in a seal", clause="registry 3.4")
