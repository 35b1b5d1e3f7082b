"""Anchoring: the task that carries signed checkpoints to the chain (registry-protocol 7.2, 7.3, 7.5).

Checklist of one step:
1. Read the contract's head. Larger than what we signed: `chain.ahead`; another root at its size:
   `log.forked`. Either stops anchoring for good, and the service is not ready: a human must look.
   (At start also: the newest anchor is no longer on a chain that lasts: `chain.behind`.)
2. The head is our newest signed size: nothing to do.
3. Store the intent, send one transaction that extends the head to our newest size, wait for its block.
4. Store block and finality; only then the operations are anchored.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from api.logs import logger
from api.store.tables import SERVICE_TENANT, Anchor
from did.chain import ChainError
from did.chain.driver import AnchorCall, BlockRef, ChainDriver, ChainInfo, next_step
from did.errors import DidError
from did.registry.bundle import AnchorClaim

if TYPE_CHECKING:
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.store.reader import Reader
    from api.store.writer import Unit, Writer
    from api.system import System

STOPPING: Final = frozenset({"chain.ahead", "log.forked"})
RETRY_SECONDS: Final = 2.0
BURST: Final = 4
"""Anchors that may follow each other at once after a pause; the embedded chain grows by 4 kB with each."""


@dataclass(frozen=True, slots=True)
class AnchoredSize:
    """The newest anchor: the size that the contract holds, where, and whether the block is final."""

    size: int
    block: BlockRef
    transaction: bytes
    final: bool
    claim: AnchorClaim
    """What a bundle says about it: place, block, and the chain's proof of the contract's head there."""


class Publisher:
    """Anchors; one task, one transaction in flight."""

    def __init__(
        self,
        *,
        chain: ChainDriver,
        info: ChainInfo,
        sequencer: Sequencer,
        sealer: Sealer,
        writer: Writer,
        reader: Reader,
        system: System,
        interval: float,
        lasting: bool,
    ) -> None:
        self.chain = chain
        self.info = info
        self._sequencer = sequencer
        self._sealer = sealer
        self._writer = writer
        self._reader = reader
        self._system = system
        self._interval = interval
        self._lasting = lasting
        self.anchored: AnchoredSize | None = None
        self.stopped = ""
        self.behind_since: float | None = None
        self._due = float("-inf")

    async def settle(self) -> None:
        """At start: compare the chain with the log and its anchors, and take over what the chain holds."""
        await self._check_kept()
        head = await self.chain.head()
        with self._sequencer.reading() as log:
            next_step(head, log.sealed_size, log.root)
        if not head.size:
            return
        block = await self.chain.block(head.block)
        row = self._reader.first(self._row(head.size))
        transaction = bytes(row.transaction) if row is not None and row.transaction else b""
        await self._keep(head.size, block, transaction)

    async def _check_kept(self) -> None:
        """Notice a chain that lost the newest anchor: final is never taken back (registry-protocol 7.1)."""
        row = self._reader.first(
            select(col(Anchor.size), col(Anchor.block_number), col(Anchor.block_hash))
            .where(*self._ours(), col(Anchor.state) == "anchored")
            .order_by(col(Anchor.size).desc())
            .limit(1)
        )
        if row is None or await self.chain.is_final(BlockRef(row.block_number, bytes(row.block_hash))):
            return
        if self._lasting:
            raise ChainError(
                "chain.behind",
                f"size {row.size} was anchored in block {row.block_number}, which the chain does not hold: "
                "it was lost, or is an old copy",
                remedy="Restore the chain's file from where it was copied last; a chain begun anew would be "
                "another history for everyone who trusts this one.",
            )
        await self._writer.run(lambda unit: unit.connection.execute(delete(Anchor).where(*self._ours())))

    async def run(self) -> None:
        """Anchor for ever, or until the chain shows a history that is not ours."""
        while not self.stopped:
            await self._sealer.on_signed.wait()
            self._sealer.on_signed.clear()
            if self.behind_since is None:
                self.behind_since = self._system.monotonic()
            try:
                await self._step()
                self.behind_since = None
            except DidError as error:
                logger.error("anchor.failed", reason=error.code, task="publisher", chain=self.info.chain)
                if error.code in STOPPING:
                    self.stopped = error.code
                    return
                await asyncio.sleep(RETRY_SECONDS)
                self._sealer.on_signed.set()
                continue
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                logger.error("anchor.failed", reason=type(error).__name__, task="publisher")
                await asyncio.sleep(RETRY_SECONDS)
                self._sealer.on_signed.set()
                continue
            await self._pause()

    async def _pause(self) -> None:
        """Keep to one anchor an interval in the long run, and let a few go at once after a pause."""
        now = self._system.monotonic()
        self._due = max(self._due, now - BURST * self._interval) + self._interval
        await asyncio.sleep(max(self._due - now, 0.0))

    async def _step(self) -> None:
        signed = self._sealer.signed
        if signed is None:
            return
        head = await self.chain.head()  # 1
        with self._sequencer.reading() as log:
            old = next_step(head, signed.size, log.root)
            if old is None:  # 2
                return
            call = AnchorCall(
                size=signed.size,
                root=signed.root,
                map_root=signed.map_root,
                extension=log.consistency(old, signed.size),
                edge=log.edge(signed.size),
            )
        await self._write(signed.size, "intent")  # 3
        done = await self.chain.anchor(call)
        await self._keep(signed.size, done.block, done.tx_hash)  # 4
        logger.debug("log.anchored", size=signed.size, block=done.block.number)

    async def _keep(self, size: int, block: BlockRef, transaction: bytes) -> None:
        final = await self.chain.is_final(block)
        state = await self.chain.state_proof(block)
        await self._write(size, "anchored", block=block, transaction=transaction, final=final)
        claim = AnchorClaim.of(self.info, block, state)
        self.anchored = AnchoredSize(size, block, transaction, final, claim)

    async def _write(
        self,
        size: int,
        state: str,
        *,
        block: BlockRef | None = None,
        transaction: bytes | None = None,
        final: bool = False,
    ) -> None:
        values = {
            "chain": self.info.chain,
            "log_id": self.info.log_id,
            "size": size,
            "tenant": SERVICE_TENANT,
            "contract": self.info.contract,
            "state": state,
            "block_number": None if block is None else block.number,
            "block_hash": None if block is None else block.hash,
            "transaction": transaction,
            "final": final,
            "time": self._system.seconds(),
        }
        changed = {
            k: values[k] for k in ("state", "block_number", "block_hash", "transaction", "final", "time")
        }

        def store(unit: Unit) -> None:
            statement = insert(Anchor).values(**values)
            unit.connection.execute(
                statement.on_conflict_do_update(index_elements=["chain", "log_id", "size"], set_=changed)
            )

        await self._writer.run(store)

    def _row(self, size: int) -> Select[bytes | None]:
        return select(col(Anchor.transaction)).where(*self._ours(), col(Anchor.size) == size)

    def _ours(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return col(Anchor.chain) == self.info.chain, col(Anchor.log_id) == self.info.log_id
