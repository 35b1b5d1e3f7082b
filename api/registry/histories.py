"""Histories of hosted DIDs as static files: `<data>/public/log/history/SCID.jsonl`, beside the log's tiles.

A mirror's directory has them in the same place, so either is enough to bring a lost database back.

Invariants:
- A file holds the versions that the checkpoint beside it covers, in the order of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlmodel import col

from api.store.tables import DidVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.registry.stored_log import Rows

FOLDER: Final = "history"
STEP: Final = 10_000
"""Log entries looked at together; a DID that changed in two such steps is given twice."""

_CHANGED: Final = (
    select(col(DidVersion.scid))
    .distinct()
    .where(col(DidVersion.log_index) >= bindparam("old"), col(DidVersion.log_index) < bindparam("new"))
)
_LINES: Final = (
    select(col(DidVersion.line))
    .where(col(DidVersion.scid) == bindparam("scid"), col(DidVersion.log_index) < bindparam("size"))
    .order_by(col(DidVersion.version))
)


def history_file(scid: str) -> str:
    """Where a log, or a copy of it, has the history of a DID: a path below its prefix."""
    return f"{FOLDER}/{scid}.jsonl"


def history_text(rows: Rows, scid: str, size: int) -> bytes:
    """The history of a DID as far as a log of `size` entries goes; empty where there is none."""
    return "".join(f"{row[0]}\n" for row in rows(_LINES, {"scid": scid, "size": size})).encode()


def changed_histories(rows: Rows, old: int, new: int) -> Iterator[tuple[str, bytes]]:
    """File and content of each history that a log of size `new` has longer than one of size `old`."""
    for start in range(old, new, STEP):
        for row in rows(_CHANGED, {"old": start, "new": min(start + STEP, new)}):
            yield history_file(row[0]), history_text(rows, row[0], new)
