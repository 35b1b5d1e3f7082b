"""The service's figures at one moment: sizes, lags, queues, anchors, files.

Invariants:
- A scrape reads values that tasks keep in memory, and the sizes of a few files: no query, no request.
- Labels are states, steps, stable error codes and file kinds: no tenant, no client, no DID.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from api.metrics.requests import cumulative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from api.services.core import Core

WEI_IN_COIN: Final = 10**18


class Figures:
    """A collector over one running service."""

    def __init__(self, core: Core, version: str) -> None:
        self._core = core
        self._version = version
        self._started = core.system.seconds()

    def collect(self) -> Iterator[Metric]:
        """Give every family."""
        yield from self._service()
        yield from self._log()
        yield from self._seals()
        yield from self._anchors()
        yield from self._writer()

    def _service(self) -> Iterator[Metric]:
        info = self._core.standing.publisher.info
        about = {"version": self._version, "chain": info.chain, "assurance": info.assurance}
        family = GaugeMetricFamily("avow_info", "1, with what this service is", labels=tuple(about))
        family.add_metric(tuple(about.values()), 1)
        yield family
        yield _gauge("avow_start_time_seconds", "When the service started", self._started)
        yield _labelled("avow_storage_bytes", "Sizes of files on the disk", "file", self._files())

    def _files(self) -> dict[str, float]:
        settings = self._core.settings
        database = settings.database_path
        paths = {
            "database": database,
            "database-wal": database.with_name(database.name + "-wal"),
            "chain": settings.chain_path,
            "outbox": settings.outbox_path,
            "register": settings.register_path,
        }
        found = {}
        for name, path in paths.items():
            with contextlib.suppress(OSError):
                found[name] = float(path.stat().st_size)
        return found

    def _log(self) -> Iterator[Metric]:
        standing, settings = self._core.standing, self._core.settings
        lags, now = standing.lags(), self._core.system.seconds()
        entries = {name: float(lag.entries) for name, lag in lags.items()}
        seconds = {name: float(lag.seconds) for name, lag in lags.items() if lag.seconds is not None}
        sizes = {name: float(size) for name, size in standing.sizes().items()}
        yield _labelled("avow_log_size", "Entries of the log in each state", "state", sizes)
        yield _labelled("avow_log_lag_entries", "Entries that wait for a step", "step", entries)
        yield _labelled("avow_log_lag_seconds", "Age of the oldest that waits for a step", "step", seconds)
        times = {name: float(now - age) for name, age in standing.ages().items() if age is not None}
        for name, text, key in _TIMES:
            if key in times:
                yield _gauge(name, text, times[key])
        interval = settings.anchor_interval_ms / 1000
        yield _gauge("avow_anchor_interval_seconds", "AVOW_ANCHOR_INTERVAL_MS, in seconds", interval)
        yield _gauge("avow_heartbeat_interval_seconds", "AVOW_HEARTBEAT_SECONDS", settings.heartbeat_seconds)

    def _seals(self) -> Iterator[Metric]:
        sealer, folder = self._core.standing.sealer, self._core.standing.folder
        yield _counter("avow_seals", "Batches sealed", sealer.seals)
        yield _counter("avow_heartbeats", "Seals of a silent log", sealer.heartbeats)
        yield _counted("avow_seal_failures", "Seals or signatures that failed", "code", sealer.failures)
        yield _counted("avow_public_folder_failures", "Failed writes of tiles", "error", folder.failures)

    def _anchors(self) -> Iterator[Metric]:
        publisher = self._core.standing.publisher
        yield _counter("avow_anchors", "Anchors made", publisher.anchors)
        yield _counted("avow_anchor_failures", "Steps of anchoring that failed", "code", publisher.failures)
        yield _counter("avow_anchor_gas", "Gas that anchors took", publisher.gas)
        fees = publisher.fees / WEI_IN_COIN
        yield _counter("avow_anchor_fees_coins", "Paid for anchors, in the network's coin", fees)
        stopped = float(bool(publisher.stopped))
        yield _gauge("avow_anchoring_stopped", "1: anchoring stopped for good, see /readyz", stopped)

    def _writer(self) -> Iterator[Metric]:
        writer = self._core.writer
        yield _gauge("avow_writer_queue_length", "Changes that wait to be written", writer.waiting)
        yield _gauge("avow_writer_broken", "1: nothing is written any more", float(writer.broken is not None))
        family = HistogramMetricFamily("avow_writer_group_size", "Changes that shared one commit")
        bounds = [float(2**step) for step in range(len(writer.groups) - 1)]
        family.add_metric((), cumulative(bounds, writer.groups), writer.commands)
        yield family


_TIMES: Final = (
    ("avow_last_seal_time_seconds", "When the newest checkpoint was signed", "sealed"),
    ("avow_last_anchor_time_seconds", "When the newest anchor was seen in its block", "anchored"),
    ("avow_last_chain_read_time_seconds", "When the contract's head was read last", "chainRead"),
)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _counted(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=(label,))
    for key, value in [*values.items()]:
        family.add_metric((key,), value)
    return family
