"""Sending transactions of one account so that each is made once: nonces, prices, replacements, recovery.

Registry protocol 7.2, 7.3 and 7.5. One transaction at a time:

1. finish what is open: intents without an outcome, and those whose nonce the chain has forgotten
2. run the call on the newest state: what would be refused is refused here and costs nothing
3. wait until the price is below the cap
4. sign and keep the intent, and only then send it to every node
5. watch the receipts of all its attempts; send again what a node lost; outbid after a while
6. settle the intent by a receipt in a canonical block

Invariants:
- A nonce stands for one call for ever, so whichever attempt is mined, the outcome is the same.
- Killed at any moment, step 1 of the next call takes up where this one was.
- Each wait ends: `chain.fee-cap` before signing, `chain.pending` after. A pending intent stays open.

Not here: what is sent (`chain`), how it is kept (`outbox`).
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from did.chain import answers
from did.chain.abi import address_text
from did.chain.errors import ChainError, ChainRejectedError, RpcError
from did.chain.network.fees import market_of
from did.chain.network.nodes import Refused, ask, asking
from did.chain.network.outbox import Intent, Owner, State
from did.chain.network.receipts import call_object, find_receipt, rejection, simulate
from did.chain.network.transactions import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.chain.driver import BlockRef
    from did.chain.network.fees import FeePolicy
    from did.chain.network.nodes import Nodes
    from did.chain.network.outbox import Outbox
    from did.chain.network.receipts import Receipt
    from did.chain.network.transactions import Account, Fees, Signed

T = TypeVar("T")

# The deployment takes 1.3 million; roll-ups add the price of the base layer to an anchor's 0.1.
MAX_GAS: Final = 5_000_000
# Receipts can be a moment behind the count of transactions.
LOST_AFTER_POLLS: Final = 5
_KNOWN: Final = ("already known", "known transaction", "already imported", "alreadyknown")
_TOO_LATE: Final = ("nonce too low", "nonce is too low", "old nonce")
_OUTBID: Final = ("replacement transaction underpriced", "replacementnotallowed")
_PRICE: Final = ("underpriced", "less than block base fee", "fee cap less", "max fee per gas", "feetoolow")
_FUNDS: Final = ("insufficient funds", "upfront cost")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: between two looks, before a waiting transaction is outbid, and before a call gives up."""

    poll: float = 1.0
    replace_after: float = 45.0
    patience: float = 180.0

    def __post_init__(self) -> None:
        if not 0 < self.poll <= self.replace_after or self.patience <= 0:
            raise ChainError("chain.configuration", "times are above zero, and a look comes before a bid")


class Sender:
    """Sends for one account. `claim` comes first; one call at a time (the caller's lock)."""

    def __init__(
        self,
        nodes: Nodes,
        account: Account,
        outbox: Outbox,
        *,
        chain_id: int,
        fees: FeePolicy,
        timing: Timing,
    ) -> None:
        self._nodes = nodes
        self._account = account
        self._outbox = outbox
        self._chain_id = chain_id
        self._fees = fees
        self._timing = timing
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avow-outbox")

    @property
    def address(self) -> bytes:
        """The account's address."""
        return self._account.address

    async def claim(self) -> None:
        """Compare the outbox with account and chain (`chain.configuration`)."""
        genesis = await self._nodes.agreed(
            asking(lambda found: answers.block_ref(found).hash, "eth_getBlockByNumber", "0x0", False)  # noqa: FBT003
        )
        owner = Owner(self._chain_id, genesis, self.address)
        await self._on_disk(lambda: self._outbox.claim(owner))

    async def recover(self) -> Receipt | None:
        """Finish what is open (step 1); the receipt of the newest transaction that this brought in."""
        count = await self._count()
        newest = None
        for intent in await self._on_disk(lambda: self._outbox.unsettled(count)):
            receipt = await self._watch(intent)
            if receipt is not None and receipt.succeeded:
                newest = receipt
        return newest

    async def send(self, to: bytes, data: bytes) -> Receipt:
        """Make one transaction (steps 2 to 6) after `recover`.

        Raises:
            ChainRejectedError: the contract refused it, before or after it was sent.
            ChainError: `chain.fee-cap`, `chain.funds`, `chain.pending`, `chain.nonce`, `chain.unavailable`.
        """
        number = await self._number()
        await simulate(self._nodes, self.address, to, data, number)  # 2
        # A quarter more: another anchor in between can make the path through the contract longer.
        gas = await self.estimate(to, data)
        gas = min(gas + gas // 4, MAX_GAS)
        fees = await self._affordable()  # 3
        count = await self._count()
        nonce = max(count, await self._on_disk(self._outbox.next_nonce))
        signed = self._sign(Intent(nonce, to, data, gas, ()), fees)
        intent = Intent(nonce, to, data, gas, (signed,))
        await self._on_disk(lambda: self._outbox.add(intent))  # 4
        receipt = await self._watch(intent)
        if receipt is None:
            raise ChainError(
                "chain.nonce",
                f"another transaction of {address_text(self.address)} took nonce {nonce}",
                remedy="use this account for nothing else, and run one service with it",
            )
        if not receipt.succeeded:
            # A refused transaction leaves no trace, so the state after its block still has the reason.
            await simulate(self._nodes, self.address, to, data, receipt.block.number)
            raise ChainRejectedError("Unknown")
        return receipt

    async def kept(self) -> list[Intent]:
        """Everything that this account has signed, by nonce."""
        return await self._on_disk(lambda: self._outbox.unsettled(0))

    async def close(self) -> None:
        """Release the outbox."""
        await self._on_disk(self._outbox.close)
        self._disk.shutdown(wait=False)

    async def _watch(self, intent: Intent) -> Receipt | None:
        """Steps 5 and 6; None if another transaction has the nonce."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timing.patience
        bid = loop.time() + self._timing.replace_after
        missing = 0
        while True:
            receipt = await self._find(intent)
            if receipt is not None:
                await self._settle(intent, State.DONE if receipt.succeeded else State.REVERTED, receipt.block)
                return receipt
            missing = missing + 1 if await self._count() > intent.nonce else 0
            if missing >= LOST_AFTER_POLLS:
                await self._settle(intent, State.LOST, None)
                return None
            if not missing:
                outbid = await self._submit(intent.attempts[-1])
                if outbid or loop.time() >= bid:
                    intent = await self._replace(intent)
                    bid = loop.time() + self._timing.replace_after
            if loop.time() >= end:
                raise ChainError(
                    "chain.pending",
                    f"nonce {intent.nonce} is in no block after {self._timing.patience:g} seconds",
                    remedy="it stays open and is watched: raise AVOW_CHAIN_FEE_CAP_GWEI if prices are higher",
                )
            await asyncio.sleep(self._timing.poll)

    async def _settle(self, intent: Intent, state: State, block: BlockRef | None) -> None:
        await self._on_disk(lambda: self._outbox.settle(intent.nonce, state, block))

    async def _find(self, intent: Intent) -> Receipt | None:
        for attempt in reversed(intent.attempts):
            receipt = await find_receipt(self._nodes, attempt.hash)
            if receipt is not None:
                return receipt
        return None

    async def _submit(self, signed: Signed) -> bool:
        """Send to every node; tells whether a node holds a dearer transaction of this nonce."""
        found = await self._nodes.every(ask("eth_sendRawTransaction", "0x" + signed.raw.hex()))
        refused = [answer for answer in found if isinstance(answer, Refused)]
        if len(refused) + sum(isinstance(answer, ChainError) for answer in found) < len(found):
            return False
        if not refused:
            raise next(answer for answer in found if isinstance(answer, ChainError))
        messages = [answer.message.lower() for answer in refused]
        if any(word in message for message in messages for word in (*_KNOWN, *_TOO_LATE)):
            return False
        if any(word in message for message in messages for word in _OUTBID):
            return True
        if any(word in message for message in messages for word in _FUNDS):
            raise ChainError(
                "chain.funds",
                f"{address_text(self.address)} cannot pay for a transaction",
                remedy="send coin to this account; nothing is lost, the next try goes on",
            )
        if any(word in message for message in messages for word in _PRICE):
            return False  # the base fee rose after the offer: wait, then outbid
        raise refused[0].error()

    async def _replace(self, intent: Intent) -> Intent:
        """Sign and keep a dearer attempt with the same nonce, unless the cap forbids it."""
        fees = self._fees.outbid(intent.attempts[-1].fees, await market_of(self._nodes))
        if fees is None:
            return intent
        signed = self._sign(intent, fees)
        await self._on_disk(lambda: self._outbox.add_attempt(intent.nonce, signed))
        return intent.with_attempt(signed)

    async def _affordable(self) -> Fees:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timing.patience
        while True:
            market = await market_of(self._nodes)
            fees = self._fees.offer(market)
            if fees is not None:
                return fees
            if loop.time() >= end:
                raise ChainError(
                    "chain.fee-cap",
                    f"gas costs {market.base + market.tip} wei and the cap is {self._fees.cap}",
                    remedy="anchors wait for a lower price; raise AVOW_CHAIN_FEE_CAP_GWEI if they must not",
                )
            await asyncio.sleep(self._timing.poll)

    async def estimate(self, to: bytes, data: bytes) -> int:
        """The gas that a call would take now (`ChainRejectedError` if the contract would refuse it)."""
        call = call_object(self.address, to, data)
        try:
            return await self._nodes.reached(
                asking(lambda found: answers.quantity(found, "eth_estimateGas"), "eth_estimateGas", call)
            )
        except RpcError as refused:
            raise rejection(refused) or refused from refused

    async def _count(self) -> int:
        question = asking(
            lambda found: answers.quantity(found, "eth_getTransactionCount"),
            "eth_getTransactionCount",
            address_text(self.address),
            "latest",
        )
        return await self._nodes.reached(question)

    async def _number(self) -> int:
        return await self._nodes.reached(
            asking(lambda found: answers.quantity(found, "eth_blockNumber"), "eth_blockNumber")
        )

    def _sign(self, intent: Intent, fees: Fees) -> Signed:
        return self._account.sign(
            Transaction(self._chain_id, intent.nonce, fees, intent.gas, intent.to, intent.data)
        )

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)
