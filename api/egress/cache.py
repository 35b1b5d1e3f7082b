"""What was fetched, for a little while: bounded in entries, in bytes and in age.

Invariants: nothing older than its age is given out; the least recently used goes first; what was refused is
not kept. Used by one event loop. Not here: cache headers of the sender, a stranger who could say anything.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

V = TypeVar("V")

MAX_ENTRIES: Final = 256
MAX_BYTES: Final = 16 << 20  # four of the largest histories


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    value: V
    size: int
    since: float


class Cache(Generic[V]):
    """Values by key; `monotonic` gives seconds that never go back."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        max_age: float,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._monotonic = monotonic
        self._max_age = max_age
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, _Kept[V]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> V | None:
        """The value, unless it is too old."""
        found = self._kept.get(key)
        if found is None:
            return None
        if self._monotonic() - found.since >= self._max_age:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found.value

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keep a value of that many bytes; one that alone is too large is not kept."""
        if key in self._kept:
            self._drop(key)
        if size > self._max_bytes or self._max_age <= 0:
            return
        self._kept[key] = _Kept(value, size, self._monotonic())
        self._bytes += size
        while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        self._bytes -= self._kept.pop(key).size
