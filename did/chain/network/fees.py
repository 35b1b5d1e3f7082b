"""What an anchor may cost: the price per gas, its cap, and how a stuck transaction is outbid.

Source: EIP-1559; the rule of the common clients that a replacement raises both prices by a tenth at least.

Invariants:
- Nothing is ever signed above the cap.
- A replacement raises both prices by an eighth and by 1 wei at least, so that every client takes it.

Not here: waiting. Anchors can be put off, so above the cap one waits (`sender`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median_low
from typing import TYPE_CHECKING, Final

from did.chain import answers
from did.chain.errors import ChainError
from did.chain.network.nodes import asking
from did.chain.network.transactions import Fees

if TYPE_CHECKING:
    from did.chain.network.nodes import Nodes
    from did.types import JsonValue

GWEI: Final = 10**9
# One hour of Ethereum's blocks would follow a spike for too long, one block would follow one bidder.
HISTORY_BLOCKS: Final = 10
HISTORY_PARAMS: Final[tuple[JsonValue, ...]] = (hex(HISTORY_BLOCKS), "latest", [50])


@dataclass(frozen=True, slots=True)
class Market:
    """The base fee of the next block and the usual tip, in wei."""

    base: int
    tip: int


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """`cap`: the highest price per gas to sign for, in wei; `least_tip`: for networks that ask for one."""

    cap: int
    least_tip: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.least_tip <= self.cap < 2**64:
            raise ChainError("chain.configuration", "a fee cap has at most 64 bits and is above the tip")

    def offer(self, market: Market) -> Fees | None:
        """Twice the base fee and the tip, at most the cap; None if the cap does not buy the next block."""
        tip = max(market.tip, self.least_tip)
        if market.base + tip > self.cap:
            return None
        return Fees(min(2 * market.base + tip, self.cap), tip)

    def outbid(self, previous: Fees, market: Market) -> Fees | None:
        """The price of a replacement; None if it would be above the cap."""
        offer = self.offer(market)
        if offer is None:
            return None
        fees = Fees(max(offer.maximum, _raised(previous.maximum)), max(offer.tip, _raised(previous.tip)))
        return None if max(fees.maximum, fees.tip) > self.cap else fees


async def market_of(nodes: Nodes) -> Market:
    """The prices that enough nodes have reached."""
    method, params = "eth_feeHistory", HISTORY_PARAMS
    base, tip = await asyncio.gather(
        nodes.reached(asking(lambda found: read_market(found).base, method, *params)),
        nodes.reached(asking(lambda found: read_market(found).tip, method, *params)),
    )
    return Market(base, tip)


def read_market(answer: object) -> Market:
    """Read `eth_feeHistory` asked with `HISTORY_PARAMS`: the middle of each block's middle tip."""
    history = answers.members(answer, "the fee history")
    bases, rewards = history.get("baseFeePerGas"), history.get("reward")
    if not isinstance(bases, list) or not bases:
        raise ChainError("chain.answer", "the fee history has no base fees: does this chain have EIP-1559?")
    tips = [0]
    if isinstance(rewards, list) and rewards:
        if not all(isinstance(block, list) and len(block) == 1 for block in rewards):
            raise ChainError("chain.answer", "the fee history does not have one reward for a block")
        tips = [answers.quantity(block[0], "a reward") for block in rewards]
    return Market(answers.quantity(bases[-1], "the base fee"), median_low(tips))


def _raised(price: int) -> int:
    return price + max(-(-price // 8), 1)
