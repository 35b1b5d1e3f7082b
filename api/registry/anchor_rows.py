"""The anchors of one log on one chain, as rows: what is to be sent, where it stands, whether it is final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.store.tables import SERVICE_TENANT, Anchor
from did.chain.driver import BlockRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Executable

    from api.store.reader import Reader
    from api.store.writer import Unit, Writer
    from api.system import System
    from did.chain.driver import ChainInfo


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """An anchor that stood in a block when it was written."""

    size: int
    block: BlockRef
    transaction: bytes


class AnchorRows:
    """Reads and writes the rows of one log."""

    def __init__(self, info: ChainInfo, reader: Reader, writer: Writer, system: System) -> None:
        self._info = info
        self._held = "anchored" if info.anchors else "published"
        self._reader = reader
        self._writer = writer
        self._system = system

    def newest_kept(self) -> AnchorRow | None:
        """The largest size that cannot be lost any more: final, or published where nothing gets final."""
        kept = col(Anchor.final).is_(True) if self._info.anchors else col(Anchor.state) == self._held
        rows = self._rows(kept, col(Anchor.size) == self._largest(kept), limit=1)
        return rows[0] if rows else None

    def undecided(self, above: int, up_to: int, limit: int) -> Sequence[AnchorRow]:
        """Anchors of these sizes that are not final as far as is known, smallest first."""
        between = (col(Anchor.size) > above, col(Anchor.size) <= up_to)
        return self._rows(col(Anchor.final).is_(False), *between, limit=limit)

    def transaction(self, size: int) -> bytes:
        """The hash of the transaction that anchored a size; empty where it is not known."""
        rows = self._rows(col(Anchor.size) == size, limit=1)
        return rows[0].transaction if rows else b""

    async def intend(self, size: int) -> None:
        """Note that a size is to be anchored, or has to be again."""
        await self._write(size, "intent", None, None, final=False)

    async def anchored(self, row: AnchorRow, *, final: bool) -> None:
        """Note where a size stands: anchored in a block, or published in a line."""
        await self._write(row.size, self._held, row.block, row.transaction, final=final)

    async def fall_back(self, size: int) -> None:
        """After a reorganisation: what the contract no longer holds has to be anchored again."""
        values = {"state": "intent", "block_number": None, "block_hash": None, "transaction": None}
        lost = (*self._ours(), col(Anchor.state) == self._held, col(Anchor.size) > size)
        await self._run(update(Anchor).where(*lost).values(values))

    async def forget(self) -> None:
        """Delete them: the chain was not meant to last."""
        await self._run(delete(Anchor).where(*self._ours()))

    def _rows(self, *conditions: ColumnElement[bool], limit: int) -> list[AnchorRow]:
        columns = (
            col(Anchor.size),
            col(Anchor.block_number),
            col(Anchor.block_hash),
            col(Anchor.transaction),
        )
        found = self._reader.all(
            select(*columns)
            .where(*self._ours(), col(Anchor.state) == self._held, *conditions)
            .order_by(col(Anchor.size))
            .limit(limit)
        )
        return [
            AnchorRow(
                row.size, BlockRef(row.block_number, bytes(row.block_hash)), bytes(row.transaction or b"")
            )
            for row in found
        ]

    def _largest(self, condition: ColumnElement[bool]) -> int:
        row = self._reader.first(select(func.max(col(Anchor.size))).where(*self._ours(), condition))
        return 0 if row is None or row[0] is None else int(row[0])

    async def _write(
        self, size: int, state: str, block: BlockRef | None, transaction: bytes | None, *, final: bool
    ) -> None:
        changed = {
            "state": state,
            "block_number": None if block is None else block.number,
            "block_hash": None if block is None else block.hash,
            "transaction": transaction,
            "final": final,
            "time": self._system.seconds(),
        }
        place = {"chain": self._info.chain, "log_id": self._info.log_id, "size": size}
        fixed = {"tenant": SERVICE_TENANT, "contract": self._info.contract}
        statement = insert(Anchor).values(**place, **fixed, **changed)
        await self._run(statement.on_conflict_do_update(index_elements=list(place), set_=changed))

    async def _run(self, statement: Executable) -> None:
        def store(unit: Unit) -> None:
            unit.connection.execute(statement)

        await self._writer.run(store)

    def _ours(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return col(Anchor.chain) == self._info.chain, col(Anchor.log_id) == self._info.log_id
