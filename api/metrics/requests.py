"""How many requests came and how long they took, by route template, method and status.

Invariants:
- A path never becomes a label: paths hold names and DIDs. What no route took is counted under `(none)`.
- What a stranger sends cannot make a new series: methods are from a list, routes and statuses are ours.
- Counting costs about a microsecond and takes no lock: it happens on the event loop, and only reading in a
  thread, from copies.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from prometheus_client.metrics_core import HistogramMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0)
"""Seconds; from an answer out of memory to a derivation that waited for its turn."""


class RequestTimes:
    """Counts by (method, route, status); a collector of one histogram."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], list[int]] = {}
        self._sums: dict[tuple[str, str, int], float] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        key = (method if method in METHODS else "other", route, status)
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0] * (len(BOUNDS) + 1)
            self._sums[key] = 0.0
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._sums[key] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Give the histogram."""
        family = HistogramMetricFamily(
            "avow_request_duration_seconds",
            "Time to answer a request, by route template",
            labels=("method", "route", "status"),
        )
        for (method, route, status), counts in [*self._counts.items()]:
            labels = (method, route, str(status))
            family.add_metric(labels, cumulative(BOUNDS, counts), self._sums[(method, route, status)])
        yield family


def cumulative(bounds: Iterable[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """The buckets as Prometheus wants them: each holds all that is not above its bound."""
    total, found = 0, []
    for bound, count in zip((*(str(bound) for bound in bounds), "+Inf"), counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
