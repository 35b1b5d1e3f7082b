"""`avow chain pause`, `resume`, `offer-…`, `accept-…`, `close`: what a log's accounts may do with it.

All of them are one call of the contract: its price is shown first, and the roles that it left afterwards.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.chain.acts import (
    ACCEPT_ADMIN,
    ACCEPT_PUBLISHER,
    OFFER_ADMIN,
    OFFER_PUBLISHER,
    PAUSE,
    RESUME,
    Act,
)
from api.cli.chain.options import (
    AdminOption,
    ChainIdOption,
    ContractOption,
    FeeCapOption,
    KeyOption,
    PublicUrlOption,
    RpcOption,
    offer,
    roles_json,
    roles_shown,
)
from api.cli.options import JsonOption, YesOption, command
from api.cli.output import PASSED, Output

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.settings import Settings
    from did.chain.abi import Roles
    from did.chain.network import Quote, RoleCall
    from did.chain.network.reading import Place

NOBODY: Final = "0x" + "00" * 20
NO_LOG: Final = "0x" + "00" * 32

NewAccount = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The account to offer it to; zero withdraws an offer.")
]


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line gave."""

    key_file: Path
    yes: bool
    as_json: bool
    settings: dict[str, object]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow chain`."""
    for act in (PAUSE, RESUME):
        _hang(parent, act, _plain(act))
    _hang(parent, OFFER_PUBLISHER, _naming(OFFER_PUBLISHER))
    _hang(parent, ACCEPT_PUBLISHER, _plain(ACCEPT_PUBLISHER))
    _hang(parent, OFFER_ADMIN, _naming(OFFER_ADMIN))
    _hang(parent, ACCEPT_ADMIN, _plain(ACCEPT_ADMIN))
    command(
        parent,
        example="$ avow chain close --key-file admin.key\n"
        "$ avow chain close --key-file admin.key --next-chain-id 10 \\\n"
        "    --next-contract 0x… --next-log-id 0x…",
        then="tell those who verify: their trust anchors have to name the successor",
    )(close)


def _hang(parent: typer.Typer, act: Act, function: Callable[..., None]) -> None:
    function.__doc__ = act.text
    command(parent, act.name, example=act.example, then=act.then)(function)


def _plain(act: Act) -> Callable[..., None]:
    def run(
        *,
        key_file: KeyOption,
        rpc: RpcOption = None,
        chain_id: ChainIdOption = None,
        contract: ContractOption = None,
        admin: AdminOption = None,
        public_url: PublicUrlOption = None,
        fee_cap: FeeCapOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        named = _named(rpc, chain_id, contract, admin, public_url, fee_cap)
        _act(act, Given(key_file, yes, as_json, named))

    return run


def _naming(act: Act) -> Callable[..., None]:
    def run(
        account: NewAccount,
        *,
        key_file: KeyOption,
        rpc: RpcOption = None,
        chain_id: ChainIdOption = None,
        contract: ContractOption = None,
        admin: AdminOption = None,
        public_url: PublicUrlOption = None,
        fee_cap: FeeCapOption = None,
        yes: YesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        from did.chain.abi import parse_address

        named = _named(rpc, chain_id, contract, admin, public_url, fee_cap)
        _act(act, Given(key_file, yes, as_json, named), parse_address(account))

    return run


def close(
    *,
    key_file: KeyOption,
    next_chain_id: Annotated[
        int, typer.Option("--next-chain-id", metavar="N", min=0, help="The successor's chain.")
    ] = 0,
    next_contract: Annotated[
        str, typer.Option("--next-contract", metavar="ADDRESS", help="The successor's contract.")
    ] = NOBODY,
    next_log_id: Annotated[
        str, typer.Option("--next-log-id", metavar="HEX", help="The successor's log id: 0x and 64 digits.")
    ] = NO_LOG,
    rpc: RpcOption = None,
    chain_id: ChainIdOption = None,
    contract: ContractOption = None,
    admin: AdminOption = None,
    public_url: PublicUrlOption = None,
    fee_cap: FeeCapOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """End a log for ever, as its admin, and name its successor on the chain.

    Nobody can open it again. What it holds stays, and proofs on it go on verifying. A successor begins at
    size 0, and verifiers follow it only where their own trust anchors name it.
    """
    from did.chain.abi import parse_address
    from did.chain.network.actor import end
    from did.encoding import decode_hex

    heir = (next_chain_id, parse_address(next_contract), decode_hex(next_log_id, length=32))
    given = (heir[0] > 0, any(heir[1]), any(heir[2]))
    if any(given) and not all(given):
        raise typer.BadParameter("a successor has --next-chain-id, --next-contract and --next-log-id")
    act = Act(
        name="close",
        text="",
        example="",
        then="",
        done="the log is closed for ever",
        call=lambda _account, _other: end(*heir),
        question="Close the log for ever?",
    )
    named = _named(rpc, chain_id, contract, admin, public_url, fee_cap)
    _act(act, Given(key_file, yes, as_json, named))


def _named(
    rpc: str | None,
    chain_id: int | None,
    contract: str | None,
    admin: str | None,
    public_url: str | None,
    fee_cap: str | None,
) -> dict[str, object]:
    return {
        "chain_rpc": rpc,
        "chain_id": chain_id,
        "chain_contract": contract,
        "chain_admin": admin,
        "public_url": public_url,
        "chain_fee_cap_gwei": fee_cap,
    }


def _act(act: Act, given: Given, other: bytes = b"") -> None:
    """Make one call and show the roles that it left."""
    from api.client.network import network_settings, place_of
    from api.services.chains import account_from
    from did.chain.abi import address_text

    out = Output(as_json=given.as_json)
    settings = network_settings(**given.settings)
    account = account_from(given.key_file)
    place = place_of(settings, account)
    out.fields(
        {
            "chain": f"eip155:{settings.chain_id}",
            "contract": place.address,
            "log": settings.origin,
            "account": address_text(account.address),
        }
    )

    def agreed(quote: Quote) -> None:
        offer(out, quote, yes=given.yes, question=act.question)

    call = act.call(account.address, other)
    roles = asyncio.run(_sent(settings, given.key_file, place, call, agreed))
    out.mark(PASSED, act.done)
    out.fields(roles_shown(roles))
    out.next("avow chain show")
    out.result({"call": call.name, "logId": "0x" + place.log_id.hex(), "roles": roles_json(roles)})


async def _sent(
    settings: Settings, key_file: Path, place: Place, call: RoleCall, agreed: Callable[[Quote], None]
) -> Roles:
    from api.client.network import acting_as
    from api.services.chains import account_from

    async with acting_as(settings, key_file, account_from(key_file)) as actor:
        agreed(await actor.quote_call(place, call))
        return await actor.call(place, call)
