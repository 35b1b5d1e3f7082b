"""`avow set …`: sets of values, in which holders prove membership without saying which value is theirs."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import JsonOption, UrlOption, command
from api.cli.output import Output, shown
from api.client.connection import connect
from api.client.failures import LocalError
from api.client.files import read_bytes
from api.client.schemas import address_of
from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

app = typer.Typer(no_args_is_help=True, help="Publish sets of values for proofs of membership.")
_MAX_BYTES = 4 << 20


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(app, name="set", rich_help_panel="Relying parties")


@command(
    app,
    example="$ avow set publish countries.json \\\n    --schema national-identity --claim nationality",
    then="avow challenge --type … --prove 'nationality in set DIGEST' …",
)
def publish(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help='A JSON array of values, e.g. ["FR", "DE"]; each once.')
    ],
    *,
    schema: Annotated[
        str,
        typer.Option("--schema", metavar="NAME", help="The schema that types the claim: name or address."),
    ],
    claim: Annotated[
        str, typer.Option("--claim", metavar="PATH", help="The claim, e.g. address.addressCountry.")
    ],
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a set: its members are public, which of them is a holder's stays hidden.

    For up to 16 values write them into the expression itself. A set never changes and nobody can add to
    it, since the key that signs its members is gone when it is published.
    """
    out, values = Output(as_json=as_json), _values(file)
    with connect(url) as service:
        body: JsonObject = {"schema": address_of(service, schema), "claim": claim, "values": values}
        answer = service.post("/sets", body, scope="write:/policies")
    out.mark("passed", f"set of {shown(answer.get('members'))} values of [bold]{shown(claim)}[/] published")
    out.fields({"digest": answer.get("set"), "list": answer.get("url")})
    out.next(f"avow challenge --type … --prove '{answer.get('expression')}' …")
    out.result(answer)


def _values(file: Path) -> list[JsonValue]:
    """Read the array. Code `set.values`."""
    from did import jsontext

    try:
        found = jsontext.parse(read_bytes(file), max_bytes=_MAX_BYTES)
    except DidError as error:
        raise LocalError("set.values", f"{file}: {error.detail}", remedy="give a JSON array") from None
    if not isinstance(found, list):
        raise LocalError("set.values", f"{file} holds no JSON array", remedy='write ["FR", "DE"]')
    return found
