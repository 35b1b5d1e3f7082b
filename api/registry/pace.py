"""How often to anchor: a pure clockwork, asked with the time.

Invariants:
- In the long run there is one anchor an interval; after a pause a few may follow each other at once.
- So many entries that they are not to wait are anchored at once; these anchors count as well.
- A reorganisation makes the next anchor due.
"""

from __future__ import annotations

from typing import Final

BURST: Final = 4
"""Anchors that may follow each other at once after a pause; the embedded chain grows by 4 kB with each."""


class Pace:
    """When the next anchor is due. `interval` in seconds; `entries` is 0 where all wait for the interval."""

    def __init__(self, interval: float, entries: int) -> None:
        self.interval: Final = interval
        self.entries: Final = entries
        self._due = float("-inf")

    def wait(self, backlog: int, now: float) -> float:
        """Seconds until `backlog` entries that wait may be anchored: 0 if now, infinite if there are none."""
        if backlog <= 0:
            return float("inf")
        return 0.0 if 0 < self.entries <= backlog else max(self._due - now, 0.0)

    def spend(self, now: float) -> None:
        """An anchor was made."""
        self._due = max(self._due, now - BURST * self.interval) + self.interval

    def hasten(self) -> None:
        """What was anchored fell out of the chain."""
        self._due = float("-inf")
