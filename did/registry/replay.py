"""Replay: the state of every DID and the map, as a pure function of the log.

Registry protocol version 1, section 4.3. No document is needed.

Invariants:
- An operation has effect iff it is the first version of an unknown SCID, or the next version of a known one
  that is not deactivated. Anything else has none, for ever; a later entry can still take that version.
- The first logged entry of a version wins.
- An unknown kind below 0x80 may change the map, so a replay stops before it.

Not here: who may append (`log`), and whether an operation's document is authentic (did:webvh).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.errors import DidError
from did.registry.entries import (
    FIRST_INERT_KIND,
    KIND_DID,
    KIND_SEAL,
    DidOperation,
    Seal,
    decode,
    kind_of,
)
from did.registry.statemap import DidState, MemoryMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a monitor reports: the entry at `index` is in the log and has no effect, or seals falsely."""

    index: int
    code: str
    detail: str


def effect(known: DidState | None, operation: DidOperation, index: int) -> DidState:
    """The state after an operation at `index`; without effect: ``entry.order``, ``entry.deactivated``."""
    if known is None:
        if operation.version != 1:
            raise DidError(
                "entry.order",
                f"a DID that the log does not know starts at version 1, not {operation.version}",
                clause="registry 4.3",
            )
    elif known.deactivated:
        raise DidError(
            "entry.deactivated",
            "the DID is deactivated and takes no operation any more",
            clause="registry 4.3",
        )
    elif operation.version != known.version + 1:
        raise DidError(
            "entry.order",
            f"after version {known.version} comes {known.version + 1}, not {operation.version}",
            clause="registry 4.3",
        )
    return DidState(operation.version, operation.hash34, index, operation.deactivated)


class Replay:
    """The log so far, replayed. Feed it each entry in order; it keeps what it found."""

    def __init__(self, size: int = 0, states: Mapping[bytes, DidState] | None = None) -> None:
        """Start anew, or where an earlier replay had come to: its size and its states."""
        self._size = size
        self._states: dict[bytes, DidState] = dict(states or {})
        self._map = MemoryMap()
        self._changes: dict[bytes, DidState] = dict(self._states)
        self._sealed_sizes: list[int] = []
        self._findings: list[Finding] = []

    @property
    def size(self) -> int:
        """How many entries were replayed."""
        return self._size

    @property
    def states(self) -> Mapping[bytes, DidState]:
        """The latest state by scid34."""
        return self._states

    @property
    def sealed_sizes(self) -> tuple[int, ...]:
        """The sizes that end in a true seal, ascending."""
        return tuple(self._sealed_sizes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that a monitor reports, in the order of the log."""
        return tuple(self._findings)

    @property
    def map(self) -> MemoryMap:
        """The map over all entries replayed."""
        if self._changes:
            self._map.update(self._changes)
            self._changes = {}
        return self._map

    def feed(self, raw: bytes) -> Finding | None:
        """Replay the next entry. ``monitor.unknown-kind`` stops: nothing after it can be followed."""
        index = self._size
        try:
            self._apply(raw, index)
        except DidError as error:
            if error.code == "monitor.unknown-kind":
                raise
            finding = Finding(index, error.code, error.detail)
            self._findings.append(finding)
            self._size += 1
            return finding
        self._size += 1
        return None

    def feed_all(self, entries: Iterable[bytes]) -> None:
        """Replay entries in order."""
        for raw in entries:
            self.feed(raw)

    def _apply(self, raw: bytes, index: int) -> None:
        kind = kind_of(raw)
        if kind >= FIRST_INERT_KIND:
            return
        if not KIND_DID <= kind <= KIND_SEAL:
            raise DidError(
                "monitor.unknown-kind",
                f"entry {index} has kind {kind:#04x}, which may change the map",
                remedy="use a version of this software that knows the kind",
                clause="registry 4.3",
            )
        entry = decode(raw)
        if isinstance(entry, DidOperation):
            state = effect(self._states.get(entry.scid34), entry, index)
            self._states[entry.scid34] = self._changes[entry.scid34] = state
        elif isinstance(entry, Seal):
            check_seal(entry, index, self.map.root)
            self._sealed_sizes.append(index + 1)


def check_seal(seal: Seal, index: int, map_root: bytes) -> None:
    """Check a seal at `index` after which the map has `map_root`; ``seal.index`` or ``seal.map-root``."""
    if seal.index != index:
        raise DidError("seal.index", f"the seal at index {index} says {seal.index}", clause="registry 3.4")
    if seal.map_root != map_root:
        raise DidError(
            "seal.map-root",
            f"the seal at index {index} holds another map root than the log yields",
            clause="registry 3.4",
        )
