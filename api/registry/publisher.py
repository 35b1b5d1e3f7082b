"""Anchoring: the task that carries signed checkpoints to the chain (registry-protocol 7.2, 7.3, 7.5).

Checklist of one step:
1. Read the contract's head. Larger than what we signed: `chain.ahead`; another root at its size:
   `log.forked`. Either stops anchoring for good, and the service is not ready: a human must look.
   (At start also: the newest final anchor is no longer on a chain that lasts: `chain.behind`.)
2. The head is our newest signed size: nothing to send. The newest anchor is followed until it is final; a
   reorganisation moves it to another block, or takes it away. What was final never falls back.
3. Store the intent, send one transaction that extends the head to our newest size, wait for its block.
4. Store block and finality; only then the operations are anchored.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.logs import logger
from api.registry.anchor_rows import AnchorRow, AnchorRows
from did.chain.driver import AnchorCall, BlockRef, ChainDriver, ChainInfo, next_step
from did.chain.errors import ChainError
from did.errors import DidError
from did.registry.bundle import AnchorClaim

if TYPE_CHECKING:
    from api.registry.notes import Signed
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.store.reader import Reader
    from api.store.writer import Writer
    from api.system import System
    from did.chain.driver import Head

STOPPING: Final = frozenset({"chain.ahead", "log.forked"})
RETRY_SECONDS: Final = 2.0
FOLLOW_SECONDS: Final = 15.0
"""Longest delay between two looks at an anchor that is not final yet."""
FOLLOWED: Final = 16
"""Anchors looked at in one step; more wait for the next."""
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
        self._rows = AnchorRows(info, reader, writer, system)
        self._system = system
        self._interval = interval
        self._lasting = lasting
        self._follow = min(max(interval, 0.25), FOLLOW_SECONDS)
        self.final_size = 0
        self._finished = 0
        self.anchored: AnchoredSize | None = None
        self.moves = 0
        """How often an anchor moved to another block or fell away."""
        self.picked: Signed | None = None
        """What is being anchored, or was last: the witnesses are asked for it too."""
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
        await self._keep(head.size, block, self._rows.transaction(head.size))

    async def _check_kept(self) -> None:
        """Notice a chain that lost a final anchor: final is never taken back (registry-protocol 7.1)."""
        row = self._rows.newest_final()
        if row is None:
            return
        if await self._stands(row.block):
            self.final_size = row.size
        elif self._lasting:
            raise ChainError(
                "chain.behind",
                f"size {row.size} was final in block {row.block.number}, which the chain does not hold: "
                "it was lost, or is an old copy",
                remedy="Restore the chain's file from where it was copied last, or ask other nodes; "
                "a chain begun anew would be another history for everyone who trusts this one.",
            )
        else:
            await self._rows.forget()

    async def run(self) -> None:
        """Anchor for ever, or until the chain shows a history that is not ours."""
        while not self.stopped:
            await self._wait()
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

    async def _wait(self) -> None:
        """Until something is signed, or it is time to look at anchors that are not final yet."""
        following = self.anchored is not None and self._finished < self.anchored.size
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._follow if following else None):
                await self._sealer.on_signed.wait()
        self._sealer.on_signed.clear()

    async def _pause(self) -> None:
        """Keep to one anchor an interval in the long run, and let a few go at once after a pause."""
        now = self._system.monotonic()
        self._due = max(self._due, now - BURST * self._interval) + self._interval
        await asyncio.sleep(max(self._due - now, 0.0))

    async def _step(self) -> None:
        signed = self._sealer.signed
        if signed is None:
            return
        self.picked = signed
        head = await self.chain.head()  # 1
        await self._look(head)  # 2
        with self._sequencer.reading() as log:
            old = next_step(head, signed.size, log.root)
            if old is None:
                return
            call = AnchorCall(
                size=signed.size,
                root=signed.root,
                map_root=signed.map_root,
                extension=log.consistency(old, signed.size),
                edge=log.edge(signed.size),
            )
        await self._rows.intend(signed.size)  # 3
        done = await self.chain.anchor(call)
        await self._keep(signed.size, done.block, done.tx_hash)  # 4
        await self._finish(signed.size)
        logger.debug("log.anchored", size=signed.size, block=done.block.number)

    async def _look(self, head: Head) -> None:
        """Step 2: compare the newest anchor with the chain, and see which anchors became final."""
        anchored = self.anchored
        if anchored is None:
            return
        if not anchored.final or anchored.size != head.size:
            await self._follow_newest(anchored, head)
        await self._finish(head.size)

    async def _follow_newest(self, anchored: AnchoredSize, head: Head) -> None:
        if head.size < self.final_size:
            raise ChainError(
                "chain.reorganised",
                f"size {self.final_size} was final and the contract holds {head.size}",
                remedy="ask other nodes; if they agree, the rule of finality is too weak for this chain",
            )
        if head.size < anchored.size:
            self._finished = min(self._finished, head.size)
            await self._rows.fall_back(head.size)
        if head.size == 0:
            self.anchored = None
            self.moves += 1
        else:
            block = await self.chain.block(head.block)
            if (head.size, block) != (anchored.size, anchored.block):
                self.moves += 1
                logger.info("anchor.moved", size=head.size, block=block.number, chain=self.info.chain)
                await self._keep(head.size, block, self._rows.transaction(head.size))

    async def _finish(self, size: int) -> None:
        """Note which anchors are final by now; the oldest that is not stops the search."""
        rows = self._rows.undecided(self._finished, size, FOLLOWED)
        for row in rows:
            if not await self._stands(row.block):
                await self._rows.intend(row.size)
            elif await self.chain.is_final(row.block):
                await self._rows.anchored(row, final=True)
                self.final_size = max(self.final_size, row.size)
                if self.anchored is not None and self.anchored.block == row.block:
                    self.anchored = replace(self.anchored, final=True)
            else:
                return
        if len(rows) < FOLLOWED:
            self._finished = size

    async def _stands(self, block: BlockRef) -> bool:
        try:
            return await self.chain.block(block.number) == block
        except ChainError as error:
            if error.code == "chain.block-unknown":
                return False
            raise

    async def _keep(self, size: int, block: BlockRef, transaction: bytes) -> None:
        final = await self.chain.is_final(block)
        state = await self.chain.state_proof(block)
        await self._rows.anchored(AnchorRow(size, block, transaction), final=final)
        if final:
            self.final_size = max(self.final_size, size)
        claim = AnchorClaim.of(self.info, block, state)
        self.anchored = AnchoredSize(size, block, transaction, final, claim)
