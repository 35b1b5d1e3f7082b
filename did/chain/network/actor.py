"""Acting on a log as one of its accounts: what a call will cost, the call, and what the contract says then.

Invariants:
- The chain's id is compared before anything is read, the contract's code before anything is sent.
- What a call was to bring about is read back from the contract (`chain.disagreement` if it is not there).

Not here: deploying (`deploy`), anchoring (`chain`), asking the person.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.chain import answers
from did.chain.abi import ZERO20, Roles, address_text, encode_call
from did.chain.errors import ChainError
from did.chain.network.chain import check_chain_id, read_roles
from did.chain.network.fees import market_of
from did.chain.network.nodes import Nodes, asking
from did.chain.network.reading import check_code
from did.chain.network.sender import Sender, Timing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from did.chain.network.fees import FeePolicy
    from did.chain.network.outbox import Outbox
    from did.chain.network.reading import Place
    from did.chain.network.transactions import Account
    from did.chain.network.transport import Transport


@dataclass(frozen=True, slots=True)
class Quote:
    """What some gas costs, in wei: at the price of now, and at the highest that would be signed."""

    gas: int
    price: int
    highest: int
    balance: int

    @property
    def cost(self) -> int:
        """At the price of now."""
        return self.gas * self.price

    @property
    def affordable(self) -> bool:
        """Whether the account can pay at the price of now, and that price is below the cap."""
        return self.price <= self.highest and self.cost <= self.balance


@dataclass(frozen=True, slots=True)
class RoleCall:
    """A function of the contract that changes a log's roles, and what must hold when it is done."""

    name: str
    words: tuple[bytes | int, ...]
    done: Callable[[Roles], bool]


class Actor:
    """An account on a chain, ready to act. Made by `acting`."""

    def __init__(self, nodes: Nodes, sender: Sender, fees: FeePolicy) -> None:
        self.nodes = nodes
        self.sender = sender
        self._fees = fees

    @property
    def address(self) -> bytes:
        """The account's address."""
        return self.sender.address

    async def quote(self, gas: int) -> Quote:
        """Price an amount of gas."""
        market = await market_of(self.nodes)
        tip = max(market.tip, self._fees.least_tip)
        balance = await balance_of(self.nodes, self.address)
        return Quote(gas=gas, price=market.base + tip, highest=self._fees.cap, balance=balance)

    async def quote_call(self, place: Place, call: RoleCall) -> Quote:
        """Price a call; what the contract would refuse is refused here (`ChainRejectedError`)."""
        await check_code(self.nodes, place)
        return await self.quote(await self.sender.estimate(place.contract, _data(place, call)))

    async def call(self, place: Place, call: RoleCall) -> Roles:
        """Make one call, and read the roles that it left."""
        await check_code(self.nodes, place)
        await self.sender.recover()
        await self.sender.send(place.contract, _data(place, call))
        roles = await read_roles(self.nodes, place)
        if not call.done(roles):
            raise ChainError(
                "chain.disagreement",
                f"{call.name} was mined, and the contract does not show it",
                remedy="the node may lie or lag: ask again with `avow chain show`, or use several nodes",
            )
        return roles


@asynccontextmanager
async def acting(
    transports: Sequence[Transport],
    *,
    account: Account,
    outbox: Outbox,
    chain_id: int,
    fees: FeePolicy,
    timing: Timing | None = None,
) -> AsyncIterator[Actor]:
    """An account on the chain of these nodes; closes transports and outbox at the end.

    Raises:
        ChainError: `chain.configuration` for another chain than `chain_id`, or another account's outbox;
            `chain.unavailable`.
    """
    nodes = Nodes(transports)
    times = Timing() if timing is None else timing
    sender = Sender(nodes, account, outbox, chain_id=chain_id, fees=fees, timing=times)
    try:
        await check_chain_id(nodes, chain_id)
        await sender.claim()
        yield Actor(nodes, sender, fees)
    finally:
        await nodes.close()
        await sender.close()


async def balance_of(nodes: Nodes, account: bytes) -> int:
    """The coin of an account, in wei."""
    return await nodes.agreed(
        asking(
            lambda found: answers.quantity(found, "eth_getBalance", bits=256),
            "eth_getBalance",
            address_text(account),
            "latest",
        )
    )


def pause(*, paused: bool) -> RoleCall:
    """Stop anchors at once, or let them go on; the admin's."""
    return RoleCall("setPaused", (int(paused),), lambda roles: roles.paused is paused)


def offer_publisher(account: bytes) -> RoleCall:
    """Offer the publisher's role, which the account then has to take; the admin's. Zero withdraws."""
    return RoleCall("offerPublisher", (account,), lambda roles: roles.offered_publisher == account)


def accept_publisher(account: bytes) -> RoleCall:
    """Take the publisher's role; by the account that it was offered to."""
    return RoleCall("acceptPublisher", (), lambda roles: roles.publisher == account)


def offer_admin(account: bytes) -> RoleCall:
    """Offer the admin's role; the admin's. Zero withdraws."""
    return RoleCall("offerAdmin", (account,), lambda roles: roles.offered_admin == account)


def accept_admin(account: bytes) -> RoleCall:
    """Take the admin's role, which voids an open offer of publisher; by the account it was offered to."""

    def done(roles: Roles) -> bool:
        return (roles.admin, roles.offered_publisher) == (account, ZERO20)

    return RoleCall("acceptAdmin", (), done)


def end(next_chain_id: int, next_contract: bytes, next_log_id: bytes) -> RoleCall:
    """End the log for ever and name its successor (zeros if there is none); the admin's."""
    return RoleCall("close", (next_chain_id, next_contract, next_log_id), lambda roles: roles.closed)


def _data(place: Place, call: RoleCall) -> bytes:
    return encode_call(call.name, place.log_id, *call.words)
