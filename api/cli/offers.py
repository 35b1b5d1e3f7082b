"""`avow offer` and `avow wallet commit`: what goes between issuer and holder ahead of a blind signature."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.options import JsonOption, OutOption, ReplaceOption, UrlOption, YesOption, ask, command
from api.cli.output import Output, shorten_did, shown
from api.cli.wallet import DEFAULT_WALLET, WalletOption
from api.cli.wallet import app as wallet_app
from api.client.connection import connect
from api.client.failures import LocalError
from api.client.files import read_object, write_object

if TYPE_CHECKING:
    from did.types import JsonObject

MAX_OFFER_BYTES = 16_384
_HOUR = 3600


def register(parent: typer.Typer) -> None:
    """Hang `offer` under `avow`, and `commit` under `avow wallet`."""
    command(
        parent,
        panel="Issuers",
        example=(
            "$ avow offer identity --person citizen-4711 -o offer.json\n"
            "$ avow offer identity --person - --hours 2 -o offer.json < reference.txt"
        ),
        then="avow wallet commit offer.json -o commitment.json    the holder answers",
    )(offer)
    command(
        wallet_app,
        example=(
            "$ avow wallet commit offer.json -o commitment.json\n"
            "$ avow wallet commit offer.json --yes -o commitment.json"
        ),
        then="give commitment.json to the issuer, who signs with `avow issue --commitment`",
    )(commit)


def offer(
    profile: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE", help="A profile that signs for a wallet, as with --format bbs-predicates-2026."
        ),
    ],
    *,
    person: Annotated[
        str,
        typer.Option(
            "--person",
            metavar="REFERENCE",
            help="Your own reference to the person, the same each time; - reads standard input.",
        ),
    ],
    hours: Annotated[
        int, typer.Option("--hours", metavar="HOURS", min=1, max=720, help="How long the offer is good.")
    ] = 24,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer a credential to one person, whose wallet then commits to its secrets.

    Credentials of bbs-predicates-2026 are signed for a wallet that nobody else can stand in for, and that the
    issuer never sees the secrets of. The service keeps a keyed digest of the reference, by which it knows the
    person again: one wallet for each person, and one person for each wallet.

    Whoever holds the file can enrol as that person: hand it to nobody else.
    """
    out = Output(as_json=as_json or out_file is None)
    body: dict[str, object] = {"person": _reference(person), "validSeconds": hours * _HOUR}
    with connect(url) as service:
        made = service.post(
            f"/issuers/{quote(profile, safe='')}/offers", body, scope="write:/credentials/issue"
        )
    if out_file:
        write_object(out_file, made, private=True, replace=replace)
    out.mark("passed", f"offer of [bold]{shown(profile)}[/] made, good once")
    out.fields({"issuer": shorten_did(made.get("issuer")), "until": made.get("expires")})
    if out_file:
        out.fields({"file": out_file})
        out.next(f"avow wallet commit {out_file} -o commitment.json")
    if as_json or out_file is None:
        out.document(made)


def commit(
    file: Annotated[
        Path, typer.Argument(metavar="OFFER", help="The issuer's offer; - reads standard input.")
    ],
    *,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    yes: YesOption = False,
    wallet: WalletOption = DEFAULT_WALLET,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer an issuer's offer: see who offers what, then commit to this wallet's secrets.

    The issuer's history is fetched and verified here, and the offered key must stand in it. The commitment
    shows nothing of the secrets. To one issuer it always shows the same person, to two issuers nothing that
    they could compare.
    """
    from api.cli.holder import cryptosuites, open_wallet, passphrase
    from api.client.documents import HostedHistories
    from api.system import System
    from credentials.exchange.offers import Offer
    from credentials.holder.offers import answer, check_offer
    from did.identifiers import Did

    out, system = Output(as_json=as_json or out_file is None), System()
    found = Offer.parse(read_object(file, max_bytes=MAX_OFFER_BYTES))
    with open_wallet(wallet, passphrase(), system) as opened, connect(url) as service:
        now = system.now()
        document = HostedHistories(service, now).document(Did.parse(found.issuer))
        check_offer(found, document, now=now)
        out.say(f"[bold]{shorten_did(found.issuer)}[/] offers a credential")
        out.pair("issuer", found.issuer, indent=4)
        out.pair("profile", found.profile, indent=4)
        out.pair("until", found.expires.isoformat(), indent=4)
        out.pair("learns", "that this wallet is the one that answered this issuer before, if so", indent=4)
        ask("Commit to it?", yes=yes)
        secrets, made = answer(
            opened.wallet.secrets,
            found,
            document,
            cryptosuites(),
            random_bytes=system.random_bytes,
            now=now,
        )
        # First the wallet: a commitment whose blind factor is lost leads to a credential that nobody can use.
        opened.save(opened.wallet.with_secrets(secrets))
    _hand_out(out, made.to_json(), found.profile, out_file, replace=replace, as_json=as_json)


def _hand_out(
    out: Output,
    made: JsonObject,
    profile: str,
    out_file: Path | None,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    if out_file:
        write_object(out_file, made, private=True, replace=replace)
    out.mark("passed", "committed; the wallet waits for the credential")
    if out_file:
        out.fields({"file": out_file})
        out.next(f"avow issue {profile} --claims claims.json --commitment {out_file} -o credential.json")
    if as_json or out_file is None:
        out.document(made)


def _reference(given: str) -> str:
    reference = sys.stdin.read(1024).rstrip("\r\n") if given == "-" else given
    if not 0 < len(reference) <= 256:
        raise LocalError(
            "offer.person",
            "a reference to a person has 1 to 256 characters",
            remedy="give the number or name under which you keep the person's record",
        )
    return reference
