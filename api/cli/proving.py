"""`avow prove`: answer a request with proofs about claims that stay hidden."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import JsonOption, OutOption, ReplaceOption, YesOption, ask, command
from api.cli.output import Output, shown
from api.cli.wallet import DEFAULT_WALLET, WalletOption, preview
from api.client.files import read_object, write_object

if TYPE_CHECKING:
    from credentials.exchange.request import PresentationRequest
    from credentials.holder.proving import Explanation
    from did.types import JsonObject, JsonValue


def register(parent: typer.Typer) -> None:
    """Hang this command under `avow`."""
    command(
        parent,
        panel="Holders",
        example=(
            "$ avow prove --request request.json --explain\n"
            "$ avow prove --credential 3fa9 --request request.json -o presentation.json"
        ),
        then="send presentation.json to who asked; it is good once, for that domain only",
    )(prove)


def prove(
    *,
    request: Annotated[
        Path, typer.Option("--request", metavar="FILE", help="The request of who asks, as JSON.")
    ],
    credential: Annotated[
        list[str] | None,
        typer.Option(
            "--credential",
            metavar="[QUERY=]ID",
            help="Answer with this credential; with several queries name each, as id=3fa9; repeatable.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would be shown and proven, and stop.")
    ] = False,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    yes: YesOption = False,
    wallet: WalletOption = DEFAULT_WALLET,
    as_json: JsonOption = False,
) -> None:
    """Prove what a request asks, and show nothing else.

    You first see who asks, what will be shown, what is proven without being shown, and where the
    request asks for more than it can need. The proof is made on this computer, for this request alone;
    two proofs cannot be linked by anything but what you show. Nothing is sent.

    It takes a credential that was issued to this wallet's commitment (avow wallet commit), and what
    `avow wallet sync` fetched some time before.
    """
    from api.cli.holder import cryptosuites, open_wallet, passphrase
    from api.system import System
    from credentials.exchange.request import PresentationRequest

    system, out = System(), Output(as_json=as_json or out_file is None)
    asked = PresentationRequest.parse(read_object(request))
    with open_wallet(wallet, passphrase(), system) as opened:
        kept = opened.wallet
        suites = cryptosuites(kept.kept)
        disclosure = kept.match(
            asked, suites=suites, now=system.now(), chosen=chosen(asked, credential or [])
        )
        prepared = kept.prepare(disclosure, suites=suites, random_bytes=system.random_bytes)
        explanation = None if prepared is None else prepared.explain()
        preview(out, disclosure)
        if explanation is not None:
            tell(out, explanation)
        described: JsonObject = {**disclosure.to_json(), "explanation": told(explanation)}
        if explain:
            out.result(described)
            return
        ask("Prove and reveal this?", yes=yes)
        presentation = kept.present(
            disclosure,
            suites=suites,
            random_bytes=system.random_bytes,
            now=system.now(),
            prepared=prepared,
        )
    if out_file:
        write_object(out_file, presentation, private=True, replace=replace)
    out.mark("passed", f"proof for [bold]{shown(asked.domain)}[/] made")
    if out_file:
        out.fields({"file": out_file})
        out.next(f"avow verify {out_file} --request {request} --policy NAME")
    if as_json:
        out.document({"disclosure": described, "verifiablePresentation": presentation})
    elif out_file is None:
        out.document(presentation)


def chosen(asked: PresentationRequest, wanted: list[str]) -> dict[str, str]:
    """Read which credential answers which query: alone, or as QUERY=ID."""
    queries = [] if asked.query is None else [entry.id for entry in asked.query.credentials]
    found: dict[str, str] = {}
    for item in wanted:
        name, separator, stored = item.rpartition("=")
        if not separator and len(queries) != 1:
            raise typer.BadParameter(f"the request has {len(queries)} queries: say --credential QUERY=ID")
        query = name if separator else queries[0]
        if query not in queries:
            raise typer.BadParameter(f"the request has no query {query!r}; it has {', '.join(queries)}")
        found[query] = stored
    return found


def tell(out: Output, explanation: Explanation) -> None:
    """Show what is proven, and what to be wary of."""
    for line in explanation.lines:
        out.pair("proves", shown(line), style="cyan", indent=4)
    for warning in explanation.warnings:
        out.mark("warning", shown(warning.text))


def told(explanation: Explanation | None) -> JsonValue:
    """Give the same as JSON."""
    if explanation is None:
        return None
    lines: list[JsonValue] = [*explanation.lines]
    warnings: list[JsonValue] = [{"code": item.code, "text": item.text} for item in explanation.warnings]
    return {"proves": lines, "warnings": warnings}
