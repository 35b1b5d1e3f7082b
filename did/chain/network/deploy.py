"""Bringing a log onto a network: deploy `AnchorLog`, open the log, name its publisher.

Done once, by the admin's account, which belongs in a safe place afterwards. Interrupted anywhere, it goes on
with what the account's outbox holds: a contract that this account has made, or is making, is used again.

Invariants: the address of a new contract is computed here and its code compared with the artefact before a
log is opened in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.chain.abi import artefact, encode_call, keccak, log_id_of
from did.chain.errors import ChainError
from did.chain.network.actor import Quote, acting
from did.chain.network.chain import read_roles
from did.chain.network.outbox import State
from did.chain.network.reading import Place, check_code
from did.chain.network.transactions import created_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.chain.network.actor import Actor
    from did.chain.network.fees import FeePolicy
    from did.chain.network.outbox import Intent, Outbox
    from did.chain.network.sender import Timing
    from did.chain.network.transactions import Account
    from did.chain.network.transport import Transport

OPEN_GAS: Final = 70_000
"""Measured (`tests/did/chain/gas.json`); it cannot be asked for before there is a contract."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the settings of the service then name: 20-byte contract and admin, and the log's id."""

    contract: bytes
    admin: bytes
    log_id: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do, and what it costs; `contract` is None where one has still to be made."""

    contract: bytes | None
    deploys: bool
    opens: bool
    quote: Quote


async def deploy(
    transports: Sequence[Transport],
    *,
    admin: Account,
    outbox: Outbox,
    chain_id: int,
    origin: str,
    publisher: bytes,
    fees: FeePolicy,
    contract: bytes | None = None,
    timing: Timing | None = None,
) -> Opened:
    """Deploy the contract, unless there is one, and open the log of `origin` for `publisher` (20 bytes).

    Closes transports and outbox. A log that is open already with this publisher is left as it is.

    Raises:
        ChainError: `chain.configuration`, `chain.code-mismatch`, `chain.funds`, `chain.fee-cap` ….
    """
    async with acting(
        transports, account=admin, outbox=outbox, chain_id=chain_id, fees=fees, timing=timing
    ) as actor:
        return await deploy_as(actor, origin=origin, publisher=publisher, contract=contract)


async def deploy_as(actor: Actor, *, origin: str, publisher: bytes, contract: bytes | None = None) -> Opened:
    """The same by an account that is acting already."""
    await actor.sender.recover()
    if contract is None:
        contract = await _made(actor)
    if contract is None:
        contract = (await actor.sender.send(b"", artefact().bytecode)).created
    origin_hash = keccak(origin.encode())
    place = Place(contract, log_id_of(actor.address, origin_hash))
    await check_code(actor.nodes, place)
    if not await _is_open(actor, place, publisher):
        await actor.sender.send(contract, encode_call("open", origin_hash, publisher))
    return Opened(contract, actor.address, place.log_id)


async def plan_deployment(
    actor: Actor, *, origin: str, publisher: bytes, contract: bytes | None = None
) -> Plan:
    """Say what `deploy_as` would do now, without sending anything."""
    known = await _made(actor) if contract is None else contract
    if known is None:
        gas = await actor.sender.estimate(b"", artefact().bytecode)
        return Plan(None, deploys=True, opens=True, quote=await actor.quote(gas + OPEN_GAS))
    place = Place(known, log_id_of(actor.address, keccak(origin.encode())))
    await check_code(actor.nodes, place)
    is_open = await _is_open(actor, place, publisher)
    gas = 0 if is_open else OPEN_GAS
    return Plan(known, deploys=False, opens=not is_open, quote=await actor.quote(gas))


async def _is_open(actor: Actor, place: Place, publisher: bytes) -> bool:
    roles = await read_roles(actor.nodes, place)
    if any(roles.admin) and roles.publisher != publisher:
        raise ChainError(
            "chain.configuration",
            "the log is open already, with another publisher",
            remedy="name that publisher, or hand the role over with `avow chain offer-publisher`",
        )
    return any(roles.admin)


async def _made(actor: Actor) -> bytes | None:
    """The contract that this account made last, as far as its outbox knows."""

    def makes_it(intent: Intent) -> bool:
        return intent.state is State.DONE and not intent.to and intent.data == artefact().bytecode

    made = [intent.nonce for intent in await actor.sender.kept() if makes_it(intent)]
    return created_address(actor.address, made[-1]) if made else None
