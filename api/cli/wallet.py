"""`avow wallet …`: the holder's credentials and keys, encrypted in a file of the holder's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.issuing import summary
from api.cli.options import JsonOption, OutOption, ReplaceOption, UrlOption, YesOption, ask, command
from api.cli.output import Output, shorten_did, shown
from api.client.connection import connect
from api.client.failures import LocalError
from api.client.files import read_object, write_object

if TYPE_CHECKING:
    from credentials.holder.contents import StoredCredential
    from credentials.holder.disclosure import Choice, Disclosure
    from did.types import JsonObject, JsonValue

app = typer.Typer(no_args_is_help=True, help="Keep credentials, and show only what is asked.")
DEFAULT_WALLET = Path("wallet.avow")
WalletOption = Annotated[
    Path,
    typer.Option("--wallet", metavar="FILE", envvar="AVOW_WALLET", help="The wallet's encrypted file."),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(app, name="wallet", rich_help_panel="Holders")


@command(
    app,
    example="$ avow wallet init\n$ AVOW_WALLET_PASSPHRASE_FILE=secret.txt avow wallet init --wallet my.avow",
    then="avow wallet receive credential.json",
)
def init(*, wallet: WalletOption = DEFAULT_WALLET, as_json: JsonOption = False) -> None:
    """Make a new wallet, encrypted with a pass-phrase, and a first key in it.

    The pass-phrase is asked for and not shown; scripts put it into a file and name that file in
    AVOW_WALLET_PASSPHRASE_FILE. Whoever loses the pass-phrase loses the wallet.
    """
    from api.cli.holder import create_wallet, passphrase
    from api.system import System

    out = Output(as_json=as_json)
    made = create_wallet(wallet, passphrase(confirm=True), System())
    did = made.keys[0].did
    out.mark("passed", f"wallet [bold]{shown(wallet)}[/] made")
    out.fields({"your DID": did})
    out.say("  [dim]give it to an issuer that names you as subject; others need nothing of you[/]")
    out.next(f"avow wallet receive credential.json --wallet {wallet}")
    out.result({"wallet": str(wallet), "did": did})


@command(
    app,
    example="$ avow wallet receive credential.json\n$ avow wallet receive - < credential.json",
    then="avow wallet list    then delete the plain file: the wallet has it",
)
def receive(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The credential; - reads standard input.")],
    *,
    wallet: WalletOption = DEFAULT_WALLET,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a credential and keep it: issuer's key, proof, data model and dates must hold.

    The issuer's history is fetched from the service and verified here, so that nobody in between can
    put in a key of their own. A credential that was signed blindly opens in the wallet that committed to it,
    and in no other.
    """
    from api.cli.holder import cryptosuites, open_wallet, passphrase
    from api.client.documents import HostedHistories
    from api.client.published import completed
    from api.system import System
    from credentials.model import Credential

    out, system = Output(as_json=as_json), System()
    credential = read_object(file)
    with open_wallet(wallet, passphrase(), system) as opened, connect(url) as service:
        documents = HostedHistories(service, system.now())
        kept = completed(opened.wallet.kept, Credential.parse(credential), service)
        changed, stored = opened.wallet.with_kept(kept).receive(
            credential, documents=documents, suites=cryptosuites(kept), now=system.now()
        )
        opened.save(changed)
    out.mark("passed", f"received as [bold]{stored.id}[/], proof and issuer's key checked")
    out.fields(summary(credential))
    out.next("avow wallet list")
    out.result(_described(stored))


@command(
    app,
    "list",
    example="$ avow wallet list\n$ avow wallet list --json",
    then="avow wallet show ID    shows one credential with its claims",
)
def list_(*, wallet: WalletOption = DEFAULT_WALLET, as_json: JsonOption = False) -> None:
    """List what is in the wallet, newest last, without any claim."""
    from api.cli.holder import open_wallet, passphrase
    from api.system import System

    out = Output(as_json=as_json)
    with open_wallet(wallet, passphrase(), System()) as opened:
        stored = opened.wallet.credentials
        dids = [key.did for key in opened.wallet.keys]
    if stored:
        out.columns(["id", "type", "proof", "valid until", "issuer"], [_row(each) for each in stored])
    else:
        out.say("no credentials yet")
    out.next("avow wallet show ID" if stored else "avow wallet receive credential.json")
    described: list[JsonValue] = [_described(each) for each in stored]
    out.result({"credentials": described, "dids": dids})


@command(
    app,
    example="$ avow wallet show 3fa9\n$ avow wallet show 3fa9 --json",
    then="avow wallet present request.json    answers a relying party",
)
def show(
    credential_id: Annotated[str, typer.Argument(metavar="ID", help="Its id in the list, or the beginning.")],
    *,
    wallet: WalletOption = DEFAULT_WALLET,
    as_json: JsonOption = False,
) -> None:
    """Show one credential with all its claims, as only you can see it."""
    from api.cli.holder import open_wallet, passphrase
    from api.system import System

    out = Output(as_json=as_json)
    with open_wallet(wallet, passphrase(), System()) as opened:
        stored = opened.wallet.get(credential_id)
    document = stored.credential.document
    out.say(f"[bold]{stored.id}[/]")
    out.fields(summary(document))
    out.say("[bold]claims[/]")
    for name, value in flatten(document.get("credentialSubject")):
        out.say(f"  [dim]{shown(name)}[/]  {shown(plain(value))}")
    out.result(document)


@command(
    app,
    example=(
        "$ avow wallet present request.json -o presentation.json\n"
        "$ avow wallet present request.json --yes -o presentation.json"
    ),
    then="send presentation.json to who asked; it is good once, for that domain only",
)
def present(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="The relying party's request.")],
    *,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    yes: YesOption = False,
    credential: Annotated[
        str | None, typer.Option("--credential", metavar="ID", help="Answer with this credential.")
    ] = None,
    wallet: WalletOption = DEFAULT_WALLET,
    as_json: JsonOption = False,
) -> None:
    """Answer a request: see who asks, what will be revealed and what stays hidden, then decide.

    The proof is made here, under a key made for this answer alone, so two answers cannot be linked
    by anything but what you reveal. Nothing is sent: you hand the file to who asked.
    """
    from api.cli.holder import cryptosuites, open_wallet, passphrase
    from api.system import System
    from credentials.exchange.request import PresentationRequest

    system, out = System(), Output(as_json=as_json or out_file is None)
    asked = PresentationRequest.parse(read_object(request))
    with open_wallet(wallet, passphrase(), system) as opened:
        suites = cryptosuites(opened.wallet.kept)
        queries = [] if asked.query is None else asked.query.credentials
        chosen = {queries[0].id: credential} if credential and queries else {}
        disclosure = opened.wallet.match(asked, suites=suites, now=system.now(), chosen=chosen)
        preview(out, disclosure)
        if any(choice.proven for choice in disclosure.choices):
            raise LocalError(
                "wallet.proof",
                "the request asks for proofs about hidden claims",
                remedy=f"answer it with `avow prove --request {request}`, which explains them",
            )
        ask("Reveal this?", yes=yes)
        presentation = opened.wallet.present(
            disclosure,
            suites=suites,
            random_bytes=system.random_bytes,
            now=system.now(),
            prepared=opened.wallet.prepare(disclosure, suites=suites, random_bytes=system.random_bytes),
        )
    if out_file:
        write_object(out_file, presentation, private=True, replace=replace)
    out.mark("passed", f"presentation for [bold]{shown(asked.domain)}[/] made")
    if out_file:
        out.fields({"file": out_file})
        out.next(f"avow verify {out_file} --request {request} --policy NAME")
    if as_json:
        out.document({"disclosure": disclosure.to_json(), "verifiablePresentation": presentation})
    elif out_file is None:
        out.document(presentation)


def preview(out: Output, disclosure: Disclosure) -> None:
    """Show who asks, what will be revealed and what stays hidden."""
    out.say(f"[bold]{shown(disclosure.request.domain)}[/] asks")
    for choice in disclosure.choices:
        issuer = shorten_did(choice.match.credential.issuer)
        out.pair("from", f"{_kind(choice)}, issued by {issuer}", indent=4)
        claims, attached = revealed(choice)
        for name, value in claims:
            out.pair("reveals", f"{name} = {plain(value)}", style="yellow", indent=4)
        if attached:
            out.pair("reveals", ", ".join(attached), style="yellow", indent=4)
        names = hidden(choice)
        nothing = "nothing: this credential can only be shown whole"
        out.pair("hidden", ", ".join(names) or nothing, style="green" if names else "bold red", indent=4)


def revealed(choice: Choice) -> tuple[list[tuple[str, JsonValue]], list[str]]:
    """Split what is revealed into claims with values, and the credential's own members by name."""
    claims = [
        (claim_name(pointer), value) for pointer, value in choice.revealed.items() if _is_claim(pointer)
    ]
    members = [pointer.split("/")[1] for pointer in choice.revealed if not _is_claim(pointer)]
    return claims, [*dict.fromkeys(members)]


def hidden(choice: Choice) -> list[str]:
    """Name what stays hidden: claims by their paths, the credential's own members by name."""
    claims = [claim_name(pointer) for pointer in choice.hidden if _is_claim(pointer)]
    members = [pointer.split("/")[1] for pointer in choice.hidden if not _is_claim(pointer)]
    return [*claims, *dict.fromkeys(members)]


def plain(value: JsonValue) -> str:
    """Write a claim's value: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def claim_name(pointer: str) -> str:
    """Write a claim's pointer as people write paths."""
    return pointer.removeprefix("/credentialSubject/").replace("/", ".")


def flatten(value: JsonValue, path: str = "") -> list[tuple[str, JsonValue]]:
    """List the leaves of a value with their paths."""
    if isinstance(value, dict):
        return [
            leaf
            for name, child in value.items()
            for leaf in flatten(child, f"{path}.{name}" if path else name)
        ]
    if isinstance(value, list):
        return [leaf for i, child in enumerate(value) for leaf in flatten(child, f"{path}.{i}")]
    return [(path, value)]


def _is_claim(pointer: str) -> bool:
    return pointer.startswith("/credentialSubject/") and not pointer.endswith(("/id", "/type"))


def _kind(choice: Choice) -> str:
    names = [name for name in choice.match.credential.types if name != "VerifiableCredential"]
    return ", ".join(names) or "VerifiableCredential"


def _row(stored: StoredCredential) -> list[object]:
    about = summary(stored.credential.document)
    until = stored.credential.valid_until
    return [
        stored.id,
        about.get("type"),
        about.get("proof"),
        until.date() if until else "-",
        about.get("issuer"),
    ]


def _described(stored: StoredCredential) -> JsonObject:
    types: list[JsonValue] = [*stored.credential.types]
    return {
        "id": stored.id,
        "type": types,
        "issuer": stored.credential.issuer,
        "received": stored.received.isoformat(),
    }
