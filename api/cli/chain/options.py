"""What the commands of `avow chain` share: options, amounts of coin, roles, the question before sending."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import ask
from api.cli.output import WARNING
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from api.cli.output import Output
    from did.chain.abi import Roles
    from did.chain.network import Quote
    from did.types import JsonObject

WEI = Decimal(10) ** 18
GWEI = Decimal(10) ** 9

RpcOption = Annotated[
    str | None,
    typer.Option(
        "--rpc", metavar="URL", help="Nodes of the network, separated by commas. Default: AVOW_CHAIN_RPC."
    ),
]
ChainIdOption = Annotated[
    int | None,
    typer.Option(
        "--chain-id", metavar="N", help="The network that you mean; compared. Default: AVOW_CHAIN_ID."
    ),
]
PublicUrlOption = Annotated[
    str | None,
    typer.Option(
        "--public-url", metavar="URL", help="The service whose log it is. Default: AVOW_PUBLIC_URL."
    ),
]
ContractOption = Annotated[
    str | None,
    typer.Option("--contract", metavar="ADDRESS", help="The contract. Default: AVOW_CHAIN_CONTRACT."),
]
AdminOption = Annotated[
    str | None,
    typer.Option(
        "--admin",
        metavar="ADDRESS",
        help="The account that opened the log, whoever is admin now. Default: AVOW_CHAIN_ADMIN.",
    ),
]
KeyOption = Annotated[
    Path,
    typer.Option("--key-file", metavar="FILE", help="The key of the account that acts; mode 600."),
]
FeeCapOption = Annotated[
    str | None,
    typer.Option(
        "--fee-cap",
        metavar="GWEI",
        help="The highest price per gas to sign for. Default: AVOW_CHAIN_FEE_CAP_GWEI, or 50.",
    ),
]


def coin(wei: int) -> str:
    """An amount of the network's coin."""
    return f"{(Decimal(wei) / WEI).quantize(Decimal('1e-9')).normalize():f} coin"


def gwei(price: int) -> str:
    """A price per gas."""
    return f"{(Decimal(price) / GWEI).quantize(Decimal('1e-6')).normalize():f} gwei"


def show_quote(out: Output, quote: Quote) -> None:
    """Show what something costs."""
    out.fields(
        {
            "gas": f"{quote.gas:,}",
            "price now": f"{gwei(quote.price)} a gas, cap {gwei(quote.highest)}",
            "cost now": f"{coin(quote.cost)}, at the cap {coin(quote.gas * quote.highest)}",
            "balance": coin(quote.balance),
        }
    )
    if quote.price > quote.highest:
        out.mark(WARNING, "the price is above the cap: a call waits for a while until it falls")
    if quote.cost > quote.balance:
        out.mark(WARNING, "the account cannot pay for it")


def offer(out: Output, quote: Quote, *, yes: bool, question: str = "Send it?") -> None:
    """Show what it costs, and go on only if the account can pay and the person says so (`chain.funds`)."""
    show_quote(out, quote)
    if quote.cost > quote.balance:
        raise ChainError(
            "chain.funds",
            f"the account holds {coin(quote.balance)}, and this costs {coin(quote.cost)}",
            remedy="send coin to the account; nothing was sent",
        )
    ask(question, yes=yes)


def quote_json(quote: Quote) -> JsonObject:
    """The same for machines; amounts in wei as texts, since they can exceed 2^53."""
    return {
        "gas": quote.gas,
        "priceWei": str(quote.price),
        "capWei": str(quote.highest),
        "costWei": str(quote.cost),
        "balanceWei": str(quote.balance),
    }


def roles_shown(roles: Roles) -> dict[str, object]:
    """Who may do what with a log, for people: what is not there is left out."""
    from did.chain.abi import address_text

    return {
        "admin": address_text(roles.admin),
        "publisher": address_text(roles.publisher),
        "offered admin": address_text(roles.offered_admin) if any(roles.offered_admin) else "",
        "offered publisher": address_text(roles.offered_publisher) if any(roles.offered_publisher) else "",
        "anchors": "stopped" if roles.paused else "",
        "log": "closed for ever" if roles.closed else "",
    }


def roles_json(roles: Roles) -> JsonObject:
    """The same for machines."""
    from did.chain.abi import address_text

    return {
        "admin": address_text(roles.admin),
        "publisher": address_text(roles.publisher),
        "offeredAdmin": address_text(roles.offered_admin),
        "offeredPublisher": address_text(roles.offered_publisher),
        "paused": roles.paused,
        "closed": roles.closed,
    }
