"""Structured logs, one JSON object a line on standard error, of allow-listed fields only."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

FIELDS: Final = frozenset(
    {
        "event", "level", "timestamp", "method", "route", "status", "code", "tenant", "client", "request_id",
        "milliseconds", "error", "at", "size", "index", "entries", "block", "chain", "task", "url", "state",
        "reason", "version", "witness", "origin",
    }
)  # fmt: skip
"""All that may be logged. Paths hold DIDs and codes, bodies hold claims: neither is here."""


def _allow(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in event.items() if name in FIELDS and value != ""}


def _write(event: str) -> None:
    sys.stderr.write(event + "\n")


class _Lines:
    """Writes to whatever standard error is at the moment of writing."""

    def msg(self, message: str) -> None:
        _write(message)

    debug = info = warning = error = critical = msg


def configure(level: str) -> None:
    """Set the least level that is written."""
    names = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(names[level]),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )


logger: Any = structlog.get_logger()
