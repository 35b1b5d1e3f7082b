"""`avow chain show`: what stands on the network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import typer

from api.cli.chain.options import (
    AdminOption,
    ChainIdOption,
    ContractOption,
    PublicUrlOption,
    RpcOption,
    coin,
    gwei,
    roles_json,
    roles_shown,
)
from api.cli.exits import ExitCode
from api.cli.options import JsonOption, command
from api.cli.output import FAILED, PASSED, WARNING, Output, moment, shown

if TYPE_CHECKING:
    from api.settings import Settings
    from did.chain.network import Survey
    from did.chain.network.reading import Place
    from did.types import JsonObject

LOW_ANCHORS: Final = 100
ANCHOR_GAS: Final = 100_000
"""A publisher that cannot pay for so many anchors of a large log is warned about."""


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow chain`."""
    command(
        parent,
        example="$ avow chain show\n$ avow chain show --contract 0x… --admin 0x… --json",
        then="avow chain pause --key-file admin.key    stops anchors at once",
    )(show)


def show(
    *,
    rpc: RpcOption = None,
    chain_id: ChainIdOption = None,
    contract: ContractOption = None,
    admin: AdminOption = None,
    public_url: PublicUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a log's contract on a network: code, roles, head, balances.

    Ends with exit code 6 where the code is not that of AnchorLog, no log was opened, or it is paused or
    closed.
    """
    from api.client.network import look, network_settings, own_account, place_of

    out = Output(as_json=as_json)
    settings = network_settings(
        chain_rpc=rpc,
        chain_id=chain_id,
        chain_contract=contract,
        chain_admin=admin,
        public_url=public_url,
    )
    place = place_of(settings, own_account(settings))
    found = asyncio.run(look(settings, place))
    faults = _faults(found)
    for fault in faults:
        out.mark(FAILED, fault)
    if not faults:
        out.mark(PASSED, f"[bold]{shown(settings.origin)}[/] stands, in the code of AnchorLog")
    _show(out, settings, place, found)
    out.result(_survey_json(settings, place, found, faults))
    raise typer.Exit(ExitCode.REJECTED if faults else ExitCode.DONE)


def _faults(found: Survey) -> list[str]:
    contract = found.contract
    if contract is None:
        return ["there is no contract" if not found.code else "the code is not that of AnchorLog"]
    if not any(contract.roles.admin):
        return ["no log of this origin was opened there by this account"]
    states = (("paused", contract.roles.paused), ("closed for ever", contract.roles.closed))
    return [f"the log is {word}" for word, holds in states if holds]


def _show(out: Output, settings: Settings, place: Place, found: Survey) -> None:

    price = found.market.base + found.market.tip
    values: dict[str, object] = {
        "chain": f"eip155:{settings.chain_id}",
        "contract": place.address,
        "log": settings.origin,
        "log id": "0x" + place.log_id.hex(),
        "gas price": gwei(price),
    }
    contract = found.contract
    if contract is None:
        out.fields(values)
        return
    roles, head = contract.roles, contract.head
    values |= {
        "block": contract.block.number,
        "size": head.size,
        "anchors": head.sequence,
        "last anchor": f"block {head.block}, {moment(head.time)}" if head.size else "none yet",
        "root": head.root.hex() if head.size else "",
        "map root": head.map_root.hex() if head.size else "",
    }
    values |= {name: text for name, text in roles_shown(roles).items() if name not in values}
    values |= {
        "admin's coin": coin(contract.admin_balance),
        "publisher's coin": coin(contract.publisher_balance),
    }
    out.fields(values)
    if any(roles.admin) and contract.publisher_balance < LOW_ANCHORS * ANCHOR_GAS * price:
        anchors = contract.publisher_balance // (ANCHOR_GAS * price)
        out.mark(WARNING, f"the publisher's coin lasts for about {anchors} anchors at this price")


def _survey_json(settings: Settings, place: Place, found: Survey, faults: list[str]) -> JsonObject:
    from did.chain.abi import keccak

    answer: JsonObject = {
        "chain": f"eip155:{settings.chain_id}",
        "contract": place.address,
        "origin": settings.origin,
        "logId": "0x" + place.log_id.hex(),
        "codeHash": "0x" + keccak(found.code).hex(),
        "gasPriceWei": str(found.market.base + found.market.tip),
        "faults": [*faults],
    }
    contract = found.contract
    if contract is None:
        return answer
    roles, head = contract.roles, contract.head
    return answer | {
        "block": contract.block.to_json(),
        "head": {
            "size": head.size,
            "sequence": head.sequence,
            "blockNumber": head.block,
            "time": head.time,
            "root": "0x" + head.root.hex(),
            "mapRoot": "0x" + head.map_root.hex(),
        },
        "roles": roles_json(roles),
        "adminBalanceWei": str(contract.admin_balance),
        "publisherBalanceWei": str(contract.publisher_balance),
    }
