"""One entry of the log as anybody may see it: its kind and fields, and how far it has got, with times.

The log's bytes are public, so is this; what evidence and issuer events commit to is not in them.

Not here: proofs. Whoever wants to be sure takes the tiles, a bundle or a receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from api.errors import ApiError
from api.registry.registry import anchor_json
from api.store.tables import Checkpoint, LogEntry
from did.encoding import encode_base58btc, encode_base64url
from did.registry.entries import DidOperation, Evidence, IssuerEvent, decode
from did.registry.states import RegistryState

if TYPE_CHECKING:
    from api.registry.anchor_rows import AnchorRows
    from api.registry.registry import Registry
    from api.store.reader import Reader
    from did.registry.entries import Entry
    from did.types import JsonObject


class Entries:
    """Reads entries with their progress."""

    def __init__(self, registry: Registry, rows: AnchorRows, reader: Reader) -> None:
        self._registry = registry
        self._rows = rows
        self._reader = reader

    def read(self, index: int) -> JsonObject:
        """The entry at `index` (`log.entry` where the log does not reach it)."""
        row = self._reader.first(select(col(LogEntry.entry)).where(col(LogEntry.position) == index))
        if row is None:
            raise ApiError(
                "log.entry",
                f"the log has {self._registry.sequencer.size} entries, and the first one is 0",
                remedy="Ask for a smaller index; /log/status tells the size.",
            )
        entry = decode(bytes(row.entry))
        state = self._registry.progress(index)
        found: JsonObject = {"index": index, **_fields(entry), "state": state.value}
        found["assurance"] = self._registry.assurance
        sealed = self._sealed(index)
        if sealed is not None:
            found["sealed"] = sealed
        anchor = self._rows.first_above(index) if state.reaches(RegistryState.ANCHORED) else None
        if anchor is not None:
            found["anchored"] = {n: value for n, value in anchor_json(anchor).items() if n != "state"}
        return found

    def _sealed(self, index: int) -> JsonObject | None:
        """The first signed checkpoint that covers an entry."""
        larger = select(col(Checkpoint.size), col(Checkpoint.time)).where(col(Checkpoint.size) > index)
        row = self._reader.first(larger.order_by(col(Checkpoint.size)).limit(1))
        return None if row is None else {"size": row.size, "time": row.time}


def _fields(entry: Entry) -> JsonObject:
    if isinstance(entry, DidOperation):
        return {
            "kind": "did-operation",
            "scid": encode_base58btc(entry.scid34),
            "versionId": f"{entry.version}-{encode_base58btc(entry.hash34)}",
            "deactivated": entry.deactivated,
        }
    if isinstance(entry, Evidence):
        return {"kind": "evidence", "commitment": encode_base64url(entry.commitment)}
    if isinstance(entry, IssuerEvent):
        return {
            "kind": "issuer-event",
            "scid": encode_base58btc(entry.scid34),
            "event": entry.event.label,
            "commitment": encode_base64url(entry.commitment),
        }
    return {"kind": "seal", "mapRoot": encode_base64url(entry.map_root)}
