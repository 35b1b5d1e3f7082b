"""Looking at a log on a network without an account: code, roles, head, coin, price.

Invariants: roles and head are read only where the code is the artefact's; other code could answer anything.

Not here: which of it is right; that is for whoever looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.chain import answers
from did.chain.abi import artefact, keccak
from did.chain.network.actor import balance_of
from did.chain.network.chain import check_chain_id, read_roles
from did.chain.network.fees import market_of
from did.chain.network.nodes import Nodes, asking
from did.chain.network.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.chain.abi import Roles
    from did.chain.driver import BlockRef, Head
    from did.chain.network.fees import Market
    from did.chain.network.reading import Place
    from did.chain.network.transport import Transport


@dataclass(frozen=True, slots=True)
class Contract:
    """What the log's contract says; `block` is where it was asked. Balances are in wei."""

    block: BlockRef
    head: Head
    roles: Roles
    publisher_balance: int
    admin_balance: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands at a place. `code` is the deployed code; `contract` is None where it is not ours."""

    code: bytes
    market: Market
    contract: Contract | None


async def survey(transports: Sequence[Transport], *, chain_id: int, place: Place) -> Survey:
    """Look (`chain.configuration`, `chain.unavailable`, `chain.disagreement`); closes the transports."""
    nodes = Nodes(transports)
    try:
        await check_chain_id(nodes, chain_id)
        code = await nodes.agreed(
            asking(lambda answer: answers.data(answer, "eth_getCode"), "eth_getCode", place.address, "latest")
        )
        market = await market_of(nodes)
        known = keccak(code) == artefact().code_hash
        return Survey(code, market, await _contract(nodes, place) if known else None)
    finally:
        await nodes.close()


async def _contract(nodes: Nodes, place: Place) -> Contract:
    block, head = await Reader(nodes, place, proofs=False).head(None)
    roles = await read_roles(nodes, place)
    return Contract(
        block=block,
        head=head,
        roles=roles,
        publisher_balance=await balance_of(nodes, roles.publisher),
        admin_balance=await balance_of(nodes, roles.admin),
    )
