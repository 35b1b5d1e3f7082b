"""Bringing a log onto a network: deploy `AnchorLog`, open the log, name its publisher.

Done once, by the admin's account, which belongs in a safe place afterwards. Interrupted between the two
transactions it goes on with the contract that the first one made: give its address.

Invariants: the address of a new contract is computed here and its code compared with the artefact before a
log is opened in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.chain.abi import artefact, encode_call, keccak, log_id_of
from did.chain.errors import ChainError
from did.chain.network.chain import check_chain_id, read_roles
from did.chain.network.nodes import Nodes
from did.chain.network.reading import Place, check_code
from did.chain.network.sender import Sender, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.chain.network.fees import FeePolicy
    from did.chain.network.outbox import Outbox
    from did.chain.network.transactions import Account
    from did.chain.network.transport import Transport


@dataclass(frozen=True, slots=True)
class Opened:
    """What the settings of the service then name: 20-byte contract and admin, and the log's id."""

    contract: bytes
    admin: bytes
    log_id: bytes


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
    """Deploy the contract, unless one is given, and open the log of `origin` for `publisher` (20 bytes).

    Closes transports and outbox. A log that is open already with this publisher is left as it is.

    Raises:
        ChainError: `chain.configuration`, `chain.code-mismatch`, `chain.funds`, `chain.fee-cap` ….
    """
    nodes = Nodes(transports)
    sender = Sender(
        nodes, admin, outbox, chain_id=chain_id, fees=fees, timing=Timing() if timing is None else timing
    )
    try:
        await check_chain_id(nodes, chain_id)
        await sender.claim()
        await sender.recover()
        origin_hash = keccak(origin.encode())
        if contract is None:
            contract = (await sender.send(b"", artefact().bytecode)).created
        place = Place(contract, log_id_of(admin.address, origin_hash))
        await check_code(nodes, place)
        roles = await read_roles(nodes, place)
        if not any(roles.admin):
            await sender.send(contract, encode_call("open", origin_hash, publisher))
        elif roles.publisher != publisher:
            raise ChainError("chain.configuration", "the log is open already, with another publisher")
        return Opened(contract, admin.address, place.log_id)
    finally:
        await nodes.close()
        await sender.close()
