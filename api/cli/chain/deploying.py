"""`avow chain account` and `deploy`: accounts, the contract, a log in it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.chain.options import (
    ChainIdOption,
    FeeCapOption,
    KeyOption,
    PublicUrlOption,
    RpcOption,
    offer,
    quote_json,
    show_quote,
)
from api.cli.options import JsonOption, YesOption, command
from api.cli.output import PASSED, Output, shown
from api.client.failures import LocalError

if TYPE_CHECKING:
    from api.settings import Settings
    from did.chain.network import Opened, Plan
    from did.types import JsonObject


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow chain`."""
    command(
        parent,
        example="$ avow chain account admin.key",
        then="send coin to the address; avow chain deploy --key-file admin.key …",
    )(account)
    command(
        parent,
        example=(
            "$ avow chain deploy --dry-run --key-file admin.key \\\n"
            "    --publisher 0x… --rpc https://node.example --chain-id 11155111 \\\n"
            "    --public-url https://id.example\n"
            "$ avow chain deploy --key-file admin.key --publisher 0x… --yes"
        ),
        then="start the service with the settings that this prints",
    )(deploy)


def account(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The account's key; made if it is not there.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make an account, or name the one whose key a file holds.

    The file has mode 600 and holds 64 hex digits. Admin and publisher are best two accounts: the admin's
    key belongs into a safe after deploying, the publisher's stays with the service.
    """
    from api.client.network import make_account
    from api.services.chains import account_from
    from api.system import System
    from did.chain.abi import address_text

    out = Output(as_json=as_json)
    made = not file.exists()
    found = make_account(file, System().random_bytes) if made else account_from(file)
    address = address_text(found.address)
    out.mark(PASSED, f"{'made' if made else 'account'} [bold]{address}[/]")
    out.fields({"key": file})
    out.result({"address": address, "keyFile": str(file), "made": made})


def deploy(
    *,
    key_file: KeyOption,
    publisher: Annotated[
        str | None,
        typer.Option(
            "--publisher",
            metavar="ADDRESS",
            help="The account that anchors. Default: that of AVOW_CHAIN_KEY_FILE.",
        ),
    ] = None,
    rpc: RpcOption = None,
    chain_id: ChainIdOption = None,
    public_url: PublicUrlOption = None,
    contract: Annotated[
        str | None,
        typer.Option("--contract", metavar="ADDRESS", help="Open the log in this contract; deploy none."),
    ] = None,
    fee_cap: FeeCapOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and what it costs; send nothing.")
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Deploy the contract and open the log of a service, as its admin.

    Says first what it costs. Interrupted anywhere, it goes on where it was when it is run again with the
    same key file: a contract that this account has made already is used.
    """
    from api.client.network import network_settings

    out = Output(as_json=as_json)
    settings = network_settings(
        chain_rpc=rpc,
        chain_id=chain_id,
        public_url=public_url,
        chain_contract=contract,
        chain_fee_cap_gwei=fee_cap,
    )
    if contract is None:  # the contract of the settings is that of another log, or to be replaced
        settings = settings.model_copy(update={"chain_contract": None})
    plan, opened = asyncio.run(
        _deploy(out, settings, key_file, _publisher(publisher), dry_run=dry_run, yes=yes)
    )
    if opened is None:
        out.result({"done": False, **_plan_json(plan)})
    else:
        _done(out, settings, plan, opened)


async def _deploy(
    out: Output, settings: Settings, key_file: Path, publisher: bytes, *, dry_run: bool, yes: bool
) -> tuple[Plan, Opened | None]:
    from api.client.network import acting_as
    from api.services.chains import account_from
    from did.chain.abi import parse_address
    from did.chain.network import deploy_as, plan_deployment

    named, origin, account = settings.chain_contract, settings.origin, account_from(key_file)
    contract = None if named is None else parse_address(named)
    async with acting_as(settings, key_file, account) as actor:
        plan = await plan_deployment(actor, origin=origin, publisher=publisher, contract=contract)
        _show_plan(out, settings, plan, account.address, publisher)
        if dry_run:
            show_quote(out, plan.quote)
            return plan, None
        if plan.deploys or plan.opens:
            offer(out, plan.quote, yes=yes)
        return plan, await deploy_as(actor, origin=origin, publisher=publisher, contract=contract)


def _show_plan(out: Output, settings: Settings, plan: Plan, admin: bytes, publisher: bytes) -> None:
    from did.chain.abi import address_text

    steps = (("deploy the contract", plan.deploys), ("open the log", plan.opens))
    out.fields(
        {
            "chain": f"eip155:{settings.chain_id}",
            "log": settings.origin,
            "admin": address_text(admin),
            "publisher": address_text(publisher),
            "contract": "" if plan.contract is None else address_text(plan.contract),
            "to do": ", ".join(step for step, due in steps if due) or "nothing",
        }
    )


def _done(out: Output, settings: Settings, plan: Plan, opened: Opened) -> None:
    from did.chain.abi import address_text

    variables = _variables(settings, opened)
    done = "deployed and opened" if plan.deploys else "opened" if plan.opens else "open already"
    out.mark(PASSED, f"[bold]{shown(settings.origin)}[/] is {done}")
    out.fields({"contract": address_text(opened.contract), "log id": "0x" + opened.log_id.hex()})
    out.say("Start the service with these, and with AVOW_CHAIN_RPC as you have it here:")
    for name, value in variables.items():
        out.say(f"  {name}={shown(value)}")
    if settings.chain_key_file is None:
        out.say("  AVOW_CHAIN_KEY_FILE=[dim]the file that holds the publisher's key[/]")
    out.next("avow chain show    with the same settings")
    named: JsonObject = {**variables}
    out.result({"done": True, **_plan_json(plan), **_opened_json(opened), "settings": named})


def _publisher(given: str | None) -> bytes:
    from api.services.chains import account_from
    from did.chain.abi import parse_address

    if given is not None:
        return parse_address(given)
    if named := os.environ.get("AVOW_CHAIN_KEY_FILE"):
        return account_from(Path(named)).address
    raise LocalError(
        "chain.unnamed",
        "the publisher is not named",
        remedy="add --publisher; `AVOW_CHAIN=evm avow serve` names the account that a service derives",
    )


def _variables(settings: Settings, opened: Opened) -> dict[str, str]:
    """The settings of the service, but for the nodes' addresses, which often hold a secret."""
    from did.chain.abi import address_text

    variables = {
        "AVOW_CHAIN": "evm",
        "AVOW_CHAIN_ID": str(settings.chain_id),
        "AVOW_CHAIN_CONTRACT": address_text(opened.contract),
        "AVOW_CHAIN_ADMIN": address_text(opened.admin),
        "AVOW_PUBLIC_URL": settings.public_url,
    }
    if settings.chain_key_file is not None:
        variables["AVOW_CHAIN_KEY_FILE"] = str(settings.chain_key_file)
    return variables


def _plan_json(plan: Plan) -> JsonObject:
    from did.chain.abi import address_text

    contract = None if plan.contract is None else address_text(plan.contract)
    return {"deploys": plan.deploys, "opens": plan.opens, "knownContract": contract, **quote_json(plan.quote)}


def _opened_json(opened: Opened) -> JsonObject:
    from did.chain.abi import address_text

    return {
        "contract": address_text(opened.contract),
        "admin": address_text(opened.admin),
        "logId": "0x" + opened.log_id.hex(),
    }
