"""`avow schema …`: publish what credentials must look like, and what is made from that."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.options import JsonOption, OutOption, ReplaceOption, UrlOption, command
from api.cli.output import Output, shown
from api.client.connection import connect
from api.client.files import read_bytes, write_object, write_text
from api.client.schemas import find_version, refusal_of
from did import jsontext

if TYPE_CHECKING:
    from did.types import JsonObject

SCOPE = "write:/schemas"
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The schema's name, e.g. parking-permit.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", metavar="N", min=1, help="Which version. Default: the newest.")
]

app = typer.Typer(no_args_is_help=True, help="Publish what credentials must look like.")


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(app, name="schema", rich_help_panel="Issuers")


@command(
    app,
    example="$ avow schema publish parking-permit permit.json",
    then="avow issuer set permits --did DID --schema parking-permit",
)
def publish(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON Schema (2020-12) of a credential.")],
    *,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the next version of a schema; the same bytes again are the same version.

    A version never changes. A JSON-LD context and an SD-JWT VC type are made with it, so that a profile which
    names the schema needs nothing else.
    """
    content = read_bytes(file)
    jsontext.parse_object(content, max_bytes=len(content))
    out = Output(as_json=as_json)
    with connect(url) as service:
        answer = service.post_file(f"/schemas/{quote(name, safe='')}", content, scope=SCOPE)
    out.mark("passed", f"published [bold]{shown(name)}[/] as version {shown(answer['version'])}")
    _show(out, answer)
    out.next(f"avow issuer set PROFILE --did DID --schema {name}")
    out.result(answer)


@command(
    app,
    example="$ avow schema check permit.json --name parking-permit",
    then="avow schema publish parking-permit permit.json",
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON Schema (2020-12) of a credential.")],
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The name it will have.")] = "schema",
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say whether a schema could be published, and what would be made from it, without a service.

    --out writes the JSON-LD context.
    """
    from api.services.schemas import make

    content = read_bytes(file)
    value = jsontext.parse_object(content, max_bytes=len(content))
    known = str(value.get("$id") or "").removesuffix(f"/schemas/{name}/v1")
    made = make(content, value, name=name, version=1, base=known or "https://issuer.example")
    out = Output(as_json=as_json)
    out.mark("passed", f"[bold]{shown(file)}[/] can be published")
    refused = refusal_of(made.context_refused)
    out.fields({"type": made.type_name, "sha256": made.text.sha256.hex()})
    if refused:
        out.mark("warning", shown(refused["detail"]))
        out.pair("remedy", refused["remedy"])
    elif out_file and made.context:
        write_text(out_file, made.context.decode(), replace=replace)
        out.fields({"context": out_file})
    out.next(f"avow schema publish {name} {file}")
    out.result(
        {"type": made.type_name, "sha256": made.text.sha256.hex()}
        | ({"contextRefused": refused} if refused else {})
    )


@command(
    app,
    "list",
    example="$ avow schema list",
    then="avow schema show parking-permit",
)
def list_schemas(*, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """List the schemas that you published, every version, and the bundled ones."""
    out = Output(as_json=as_json)
    with connect(url) as service:
        answer = service.get("/schemas", scope="read:/schemas")
    rows = [
        [str(entry[member]) for member in ("name", "version", "state", "type")]
        for entry in _objects(answer, "schemas")
    ]
    if rows:
        out.columns(["name", "version", "state", "type"], rows)
        out.say()
    out.columns(["bundled"], [[str(entry["id"])] for entry in _objects(answer, "bundled")])
    out.next("avow schema publish NAME FILE")
    out.result(answer)


@command(
    app,
    example="$ avow schema show parking-permit\n$ avow schema show parking-permit --version 1 -o permit.json",
    then="avow issuer set permits --did DID --schema parking-permit",
)
def show(
    name: NameArgument,
    *,
    version: VersionOption = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a version: digest, state, context, type; --out writes the schema as it was published."""
    out = Output(as_json=as_json)
    with connect(url) as service:
        found = find_version(service, name, version)
        if out_file:
            write_text(
                out_file,
                service.text(f"/schemas/{quote(name, safe='')}/v{found['version']}"),
                replace=replace,
            )
    out.mark("passed", f"[bold]{shown(name)}[/] version {shown(found['version'])} is {shown(found['state'])}")
    _show(out, found)
    out.result(found)


@command(
    app,
    example="$ avow schema deprecate parking-permit --version 1",
    then="avow issuer set permits --did DID --schema parking-permit",
)
def deprecate(
    name: NameArgument,
    *,
    version: VersionOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Make it active again.")] = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let nothing new be issued by a version; what was issued by it goes on verifying."""
    out = Output(as_json=as_json)
    with connect(url) as service:
        number = find_version(service, name, version)["version"]
        place = f"/schemas/{quote(name, safe='')}/v{number}"
        answer = service.put(place, {"state": "active" if undo else "deprecated"}, scope=SCOPE)
    out.mark("passed", f"[bold]{shown(name)}[/] version {shown(number)} is {shown(answer['state'])}")
    out.result(answer)


@command(
    app,
    example="$ avow schema credential parking-permit --profile city -o signed.json",
    then="avow schema show parking-permit",
)
def credential(
    name: NameArgument,
    *,
    profile: Annotated[
        str, typer.Option("--profile", metavar="PROFILE", help="A profile that was set without a schema.")
    ],
    version: VersionOption = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a schema as a credential (JsonSchemaCredential) and publish that beside it.

    Credentials can then name it, so that whoever verifies them knows who stands for the schema.
    """
    out = Output(as_json=as_json)
    with connect(url) as service:
        number = find_version(service, name, version)["version"]
        place = f"/schemas/{quote(name, safe='')}/v{number}/credential"
        answer = service.post(place, {"profile": profile}, scope="write:/credentials/issue")
    signed = answer.get("verifiableCredential")
    if out_file:
        write_object(out_file, signed, replace=replace)
    out.mark("passed", f"signed the schema [bold]{shown(name)}[/] version {shown(number)}")
    out.fields({"id": signed.get("id") if isinstance(signed, dict) else None, "file": out_file})
    out.result(answer)


def _show(out: Output, version: JsonObject) -> None:
    members = ("id", "title", "type", "context", "vct", "credential", "digestSRI")
    out.fields({member: version.get(member) for member in members})
    refused = version.get("contextRefused")
    if isinstance(refused, dict):
        out.mark("warning", shown(refused.get("detail")))
        out.pair("remedy", refused.get("remedy"))


def _objects(answer: JsonObject, member: str) -> list[JsonObject]:
    listed = answer.get(member)
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
