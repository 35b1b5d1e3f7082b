"""The anchors of one log on one chain, as rows: what is to be sent, where it stands, whether it is final.

Invariants:
- A row keeps the time at which it was first seen in its block, and that at which it was first seen final.
- A state proof is kept from the anchor on until a newer anchor is final: nodes forget old states, and the
  newest final anchor is the one that the strictest verifiers ask for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.store.tables import SERVICE_TENANT, Anchor, Checkpoint
from did.chain.driver import BlockRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable

    from api.store.reader import Reader
    from api.store.writer import Unit, Writer
    from api.system import System
    from did.chain.driver import ChainInfo
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """An anchor that stood in a block when it was written. `time` and `final_time` are this service's."""

    size: int
    block: BlockRef
    transaction: bytes
    proof: JsonObject | None = None
    time: int = 0
    final_time: int | None = None


class AnchorRows:
    """Reads and writes the rows of one log."""

    def __init__(self, info: ChainInfo, reader: Reader, writer: Writer, system: System) -> None:
        self._info = info
        self._held = "anchored" if info.anchors else "published"
        self._reader = reader
        self._writer = writer
        self._system = system
        self._proven_from = 0

    def newest_kept(self) -> AnchorRow | None:
        """The largest size that cannot be lost any more: final, or published where nothing gets final."""
        kept = col(Anchor.final).is_(True) if self._info.anchors else col(Anchor.state) == self._held
        rows = self._rows(kept, limit=1, newest=True)
        if rows:
            self._proven_from = max(self._proven_from, rows[0].size)
        return rows[0] if rows else None

    def newest(self, limit: int) -> Sequence[AnchorRow]:
        """Anchors, the largest size first; what is only published is none."""
        return self._rows(limit=limit, newest=True) if self._info.anchors else ()

    def undecided(self, above: int, up_to: int, limit: int) -> Sequence[AnchorRow]:
        """Anchors of these sizes that are not final as far as is known, smallest first."""
        between = (col(Anchor.size) > above, col(Anchor.size) <= up_to)
        return self._rows(col(Anchor.final).is_(False), *between, limit=limit)

    def find(self, size: int) -> AnchorRow | None:
        """The anchor of a size."""
        rows = self._rows(col(Anchor.size) == size, limit=1)
        return rows[0] if rows else None

    def first_above(self, index: int) -> AnchorRow | None:
        """The oldest anchor that covers the entry at `index`."""
        rows = self._rows(col(Anchor.size) > index, limit=1)
        return rows[0] if rows else None

    def waiting_since(self, size: int) -> int | None:
        """When the oldest checkpoint above `size` was signed; None where there is none."""
        larger = select(col(Checkpoint.time)).where(col(Checkpoint.size) > size)
        row = self._reader.first(larger.order_by(col(Checkpoint.size)).limit(1))
        return None if row is None else int(row.time)

    async def intend(self, size: int) -> None:
        """Note that a size is to be anchored, or has to be again."""
        place = {"chain": self._info.chain, "log_id": self._info.log_id, "size": size}
        fixed = {"tenant": SERVICE_TENANT, "contract": self._info.contract, "time": self._system.seconds()}
        statement = insert(Anchor).values(**place, **fixed, state="intent", final=False)
        await self._run(statement.on_conflict_do_update(index_elements=list(place), set_=_NOWHERE))

    async def anchored(self, row: AnchorRow, *, final: bool) -> None:
        """Note where a size stands: anchored in a block, or published in a line."""
        now = self._system.seconds()
        place = {"chain": self._info.chain, "log_id": self._info.log_id, "size": row.size}
        fixed = {"tenant": SERVICE_TENANT, "contract": self._info.contract}
        changed = {
            "state": self._held,
            "block_number": row.block.number,
            "block_hash": row.block.hash,
            "transaction": row.transaction,
            "final": final,
            "proof": None if row.proof is None else json.dumps(row.proof),
        }
        same = (col(Anchor.state) == self._held) & (col(Anchor.block_hash) == row.block.hash)
        kept = {
            "time": case((same, col(Anchor.time)), else_=now),
            "final_time": func.coalesce(col(Anchor.final_time), now) if final else None,
        }
        times = {"time": now, "final_time": now if final else None}
        statement = insert(Anchor).values(**place, **fixed, **changed, **times)
        await self._run(
            statement.on_conflict_do_update(index_elements=list(place), set_={**changed, **kept}),
            *(self._drop_proofs(row.size) if final else ()),
        )

    async def became_final(self, size: int) -> None:
        """Note that an anchor is final; proofs of smaller sizes serve nobody any more."""
        values = {"final": True, "final_time": self._system.seconds()}
        one = update(Anchor).where(*self._ours(), col(Anchor.size) == size).values(values)
        await self._run(one, *self._drop_proofs(size))

    async def fall_back(self, size: int) -> None:
        """After a reorganisation: what the contract no longer holds has to be anchored again."""
        lost = (*self._ours(), col(Anchor.state) == self._held, col(Anchor.size) > size)
        await self._run(update(Anchor).where(*lost).values(_NOWHERE))

    async def forget(self) -> None:
        """Delete them: the chain was not meant to last."""
        await self._run(delete(Anchor).where(*self._ours()))

    def _drop_proofs(self, final_size: int) -> tuple[Executable, ...]:
        """Only sizes since the last time are looked at: there may be millions below."""
        between = (col(Anchor.size) >= self._proven_from, col(Anchor.size) < final_size)
        self._proven_from = max(self._proven_from, final_size)
        return (update(Anchor).where(*self._ours(), *between).values(proof=None),)

    def _rows(self, *conditions: ColumnElement[bool], limit: int, newest: bool = False) -> list[AnchorRow]:
        columns = (
            col(Anchor.size),
            col(Anchor.block_number),
            col(Anchor.block_hash),
            col(Anchor.transaction),
            col(Anchor.proof),
            col(Anchor.time),
            col(Anchor.final_time),
        )
        found = self._reader.all(
            select(*columns)
            .where(*self._ours(), col(Anchor.state) == self._held, *conditions)
            .order_by(col(Anchor.size).desc() if newest else col(Anchor.size))
            .limit(limit)
        )
        return [
            AnchorRow(
                row.size,
                BlockRef(row.block_number, bytes(row.block_hash)),
                bytes(row.transaction or b""),
                None if row.proof is None else json.loads(row.proof),
                row.time,
                row.final_time,
            )
            for row in found
        ]

    async def _run(self, *statements: Executable) -> None:
        def store(unit: Unit) -> None:
            for statement in statements:
                unit.connection.execute(statement)

        await self._writer.run(store)

    def _ours(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return col(Anchor.chain) == self._info.chain, col(Anchor.log_id) == self._info.log_id


_NOWHERE = {
    "state": "intent",
    "block_number": None,
    "block_hash": None,
    "transaction": None,
    "final": False,
    "final_time": None,
    "proof": None,
}
"""The values of a size that is in no block."""
