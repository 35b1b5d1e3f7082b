"""Anchoring: the task that carries signed checkpoints to the chain (registry-protocol 7.2, 7.3, 7.5).

Checklist of one step:
1. Read the contract's head. Larger than what we signed: `chain.ahead`; another root at its size:
   `log.forked`. Either stops anchoring for good, and the service is not ready: a human must look.
   (At start also: the newest final anchor is no longer on a chain that lasts: `chain.behind`.)
2. The newest anchor is followed until it is final; a reorganisation moves it to another block, or takes it
   away. What was final never falls back.
3. The head is our newest signed size, or the next anchor is not due: nothing to send. Else store the intent,
   send one transaction that extends the head to our newest size, wait for its block.
4. Store block and finality; only then the operations are anchored.

An anchor is due when the interval has passed since the last one, or when so many entries wait that they are
not to wait longer. Between two anchors the chain is looked at all the same.

Where the driver only publishes (`ChainInfo.anchors`), 2 has nothing to follow, and after 4 the operations are
what they were: sealed, perhaps cosigned. What was published must still be there at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
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
    from api.registry.pace import Pace
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
IDLE_SECONDS: Final = 60.0
LONGEST_IDLE_SECONDS: Final = 600.0
"""While nothing is to be anchored or followed, the chain is looked at once an interval within these."""
FOLLOWED: Final = 16
"""Anchors looked at in one step; more wait for the next."""


@dataclass(frozen=True, slots=True)
class AnchoredSize:
    """An anchor: the size that the contract took, in which block, seen when, and whether that is final."""

    size: int
    block: BlockRef
    transaction: bytes
    final: bool
    time: int
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
        pace: Pace,
        lasting: bool,
    ) -> None:
        self.chain = chain
        self.info = info
        self.rows = AnchorRows(info, reader, writer, system)
        self._sequencer = sequencer
        self._sealer = sealer
        self._system = system
        self._pace = pace
        self._lasting = lasting
        self._follow = min(max(pace.interval, 0.25), FOLLOW_SECONDS)
        self._idle = min(max(pace.interval, IDLE_SECONDS), LONGEST_IDLE_SECONDS)
        self._finished = 0
        self.held_size = 0
        """The size that the contract holds, or the file where nothing is anchored."""
        self.anchored: AnchoredSize | None = None
        """The newest anchor."""
        self.final: AnchoredSize | None = None
        """The newest anchor that is final; the same one where the chain is quick."""
        self.head: Head | None = None
        self.read_at: int | None = None
        """The contract's head as it was read last, and when."""
        self.waiting_since: int | None = None
        """When the oldest checkpoint that is not anchored was signed; None where there is none."""
        self.moves = 0
        """How often an anchor moved to another block or fell away."""
        self.picked: Signed | None = None
        """What is being anchored, or was last: the witnesses are asked for it too."""
        self.stopped = ""
        self.trouble = ""
        """The code of what the last step failed with; empty where it did not."""
        self.behind_since: float | None = None
        self.anchors = self.gas = self.fees = 0
        self.failures: Counter[str] = Counter()
        """Anchors made, gas and wei paid for them, and failures by code: since the start."""

    @property
    def final_size(self) -> int:
        """The newest size that is anchored for ever."""
        return 0 if self.final is None else self.final.size

    async def settle(self) -> None:
        """At start: compare the chain with the log and its anchors, and take over what the chain holds."""
        await self._check_kept()
        head = await self._read_head()
        next_step(head, self._sequencer.log.sealed_size, self._sequencer.log.root)
        if head.size:
            await self._keep(head.size, await self.chain.block(head.block))
        self._note_waiting()

    async def _check_kept(self) -> None:
        """Notice a chain that lost a final anchor: final is never taken back (registry-protocol 7.1)."""
        row = self.rows.newest_kept()
        if row is None:
            return
        if await self._stands(row.block):
            if self.info.anchors:
                self._note_final(self._stand(await self._proven(row), final=True))
        elif self._lasting:
            what = "final in block" if self.info.anchors else "published as checkpoint"
            raise ChainError(
                "chain.behind",
                f"size {row.size} was {what} {row.block.number}, which {self.info.chain} does not hold: "
                "it was lost, or is an old copy",
                remedy="Restore the chain's file from where it was copied last, or ask other nodes; "
                "a chain begun anew would be another history for everyone who trusts this one.",
            )
        else:
            await self.rows.forget()

    async def run(self) -> None:
        """Anchor for ever, or until the chain shows a history that is not ours."""
        while True:
            await self._wait()
            if self.behind_since is None:
                self.behind_since = self._system.monotonic()
            try:
                await self._step()
            except DidError as error:
                self._failed(error.code)
                if error.code in STOPPING:
                    self.stopped = error.code
                    return
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                self._failed(type(error).__name__)
            else:
                self.behind_since, self.trouble = None, ""
                continue
            await asyncio.sleep(RETRY_SECONDS)

    def _failed(self, reason: str) -> None:
        self.trouble = reason
        self.failures[reason] += 1
        logger.error("anchor.failed", reason=reason, task="publisher", chain=self.info.chain)

    async def _wait(self) -> None:
        """Until an anchor is due, or it is time to look at the chain; after a failure not at all."""
        following = self.anchored is not None and self._finished < self.anchored.size
        look = self._system.monotonic() + (self._follow if following else self._idle)
        while not self.trouble:
            now = self._system.monotonic()
            left = min(look - now, self._pace.wait(self._backlog(), now))
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._sealer.on_signed.wait()
            self._sealer.on_signed.clear()
            if self.waiting_since is None and self._sealer.signed is not None and self._backlog():
                self.waiting_since = self._sealer.signed.time

    def _backlog(self) -> int:
        """How many entries are signed, and above what the contract or the file holds."""
        signed = self._sealer.signed
        return 0 if signed is None else max(signed.size - self.held_size, 0)

    async def _step(self) -> None:
        signed = self._sealer.signed
        if signed is None:
            return
        head = await self._read_head()  # 1
        log = self._sequencer.log
        old = next_step(head, signed.size, log.root)
        await self._look(head)  # 2
        if old is None or self._pace.wait(self._backlog(), self._system.monotonic()) > 0:
            return
        self.picked = signed
        call = AnchorCall(  # 3
            size=signed.size,
            root=signed.root,
            map_root=signed.map_root,
            extension=log.consistency(old, signed.size),
            edge=log.edge(signed.size),
        )
        await self.rows.intend(signed.size)
        done = await self.chain.anchor(call)
        self.anchors, self.gas, self.fees = self.anchors + 1, self.gas + done.gas, self.fees + done.fee
        self._pace.spend(self._system.monotonic())
        await self._keep(signed.size, done.block, done.tx_hash)  # 4
        await self._finish(signed.size)
        logger.debug("log.anchored", size=signed.size, block=done.block.number)

    async def _read_head(self) -> Head:
        head = await self.chain.head()
        self.head, self.read_at = head, self._system.seconds()
        self.held_size = head.size
        return head

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
            self._pace.hasten()
            await self.rows.fall_back(head.size)
        if head.size == 0:
            self.anchored = None
            self.moves += 1
            self._note_waiting()
        else:
            block = await self.chain.block(head.block)
            if (head.size, block) != (anchored.size, anchored.block):
                self.moves += 1
                logger.info("anchor.moved", size=head.size, block=block.number, chain=self.info.chain)
                await self._keep(head.size, block)

    async def _finish(self, size: int) -> None:
        """Note which anchors are final by now; the oldest that is not stops the search."""
        if not self.info.anchors:
            return
        rows = self.rows.undecided(self._finished, size, FOLLOWED)
        for row in rows:
            if not await self._stands(row.block):
                await self.rows.intend(row.size)
            elif await self.chain.is_final(row.block):
                await self.rows.became_final(row.size)
                self._note_final(self._stand(row, final=True))
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

    async def _keep(self, size: int, block: BlockRef, transaction: bytes = b"") -> None:
        """Take an anchor over as the newest, with what is known of it, and store where it stands."""
        self.held_size = size
        if not self.info.anchors:
            await self.rows.anchored(AnchorRow(size, block, transaction), final=False)
            self._note_waiting()
            return
        final = await self.chain.is_final(block)
        row = self.rows.find(size)
        if row is None or row.block != block:
            kept = transaction or (row.transaction if row else b"")
            row = AnchorRow(size, block, kept, time=self._system.seconds())
        row = await self._proven(row)
        await self.rows.anchored(row, final=final)
        self.anchored = self._stand(row, final=final)
        if final:
            self._note_final(self.anchored)
        self._note_waiting()

    async def _proven(self, row: AnchorRow) -> AnchorRow:
        """The anchor with the chain's proof: as it was kept, or asked for now, while it is the newest."""
        return row if row.proof else replace(row, proof=await self.chain.state_proof(row.block))

    def _stand(self, row: AnchorRow, *, final: bool) -> AnchoredSize:
        claim = AnchorClaim.of(self.info, row.block, row.proof)
        return AnchoredSize(row.size, row.block, row.transaction, final, row.time, claim)

    def _note_final(self, anchor: AnchoredSize) -> None:
        """Proofs that must be final stand at the newest such anchor from now on."""
        if anchor.size > self.final_size:
            self.final = anchor

    def _note_waiting(self) -> None:
        self.waiting_since = self.rows.waiting_since(self.held_size)
