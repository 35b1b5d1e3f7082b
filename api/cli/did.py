"""`avow did create` and its like: identifiers and their keys. Looking them up is in `histories`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli import histories
from api.cli.options import (
    DEFAULT_TIMEOUT,
    JsonOption,
    TimeoutOption,
    UrlOption,
    WaitOption,
    YesOption,
    ask,
    check_state,
    command,
)
from api.cli.output import Output, shorten, shown
from api.cli.progress import Waiting
from api.client.connection import connect
from api.client.failures import RejectedError
from api.client.files import read_bytes, read_object
from api.client.resolving import wait_until

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from did.types import JsonObject

SCOPE = "write:/dids"
KEY_TYPES = ("Ed25519", "P-256", "P-384", "BLS12-381-G2")

app = typer.Typer(no_args_is_help=True, help="Create, change and look up decentralized identifiers.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The DID's name at this service, e.g. university.")]
EntryOption = Annotated[
    Path | None,
    typer.Option("--entry", metavar="FILE", help="A did:webvh log entry that you signed yourself, one line."),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    histories.register(app)
    parent.add_typer(app, name="did", rich_help_panel="Identifiers")


@command(
    app,
    example=("$ avow did create university\n$ avow did create university --wait anchored --json"),
    then="avow issuer set degrees --did DID    lets that DID issue credentials",
)
def create(
    name: Name,
    *,
    entry: EntryOption = None,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a did:webvh, hosted by the service.

    The service makes and keeps the keys, unless you bring a signed first entry with --entry. The DID
    is written to the public log before this command returns; sealing and anchoring follow.
    """
    out = Output(as_json=as_json)
    check_state(wait)
    body = {"name": name, "entry": _entry_line(entry)} if entry else {"name": name, "keys": "hosted"}
    with connect(url) as service:
        answer = service.post("/dids", body, scope=SCOPE)
        state = _wait(service, answer, wait, timeout)
    out.mark("passed", f"created [bold]{shown(name)}[/]")
    _show_operation(out, answer, state)
    out.next(f"avow did show {name}", "avow issuer set PROFILE --did DID --schema university-degree")
    out.result(answer | {"state": state})


@command(
    app,
    example=(
        "$ avow did update university --document document.json\n"
        "$ avow did update university --add-key P-256\n"
        "$ avow did update university --add-key Ed25519 --remove-key '#key-1'"
    ),
    then="avow did show university    shows the new version beside the old ones",
)
def update(
    name: Name,
    *,
    document: Annotated[
        Path | None, typer.Option("--document", metavar="FILE", help="The new DID document.")
    ] = None,
    add_key: Annotated[
        list[str] | None,
        typer.Option("--add-key", metavar="TYPE", help="Ed25519, P-256, P-384 or BLS12-381-G2; repeatable."),
    ] = None,
    remove_key: Annotated[
        list[str] | None, typer.Option("--remove-key", metavar="ID", help="Remove this key; repeatable.")
    ] = None,
    entry: EntryOption = None,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a new version of a DID's document.

    Give exactly one of: a whole document, keys to add and remove, or an entry that you signed. A key
    that you remove is dead at once: whatever it signed is refused from then on (key.not-authorized).
    """
    changes: dict[str, object] = {}
    unknown = sorted(set(add_key or ()) - set(KEY_TYPES))
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is no type of key; choose from {', '.join(KEY_TYPES)}")
    if add_key:
        changes["addKeys"] = [{"type": kind} for kind in add_key]
    if remove_key:
        changes["removeKeys"] = remove_key
    if [bool(document), bool(changes), bool(entry)].count(True) != 1:
        raise typer.BadParameter("give exactly one of --document, --add-key/--remove-key, --entry")
    if document:
        changes = {"document": read_object(document)}
    elif entry:
        changes = {"entry": _entry_line(entry)}
    _operate(name, "update", changes, "updated", _Way(url, wait, timeout, as_json))


@command(
    app,
    example=("$ avow did rotate university"),
    then="avow did show university    lists which keys now sign",
)
def rotate(
    name: Name,
    *,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace the keys of a hosted DID by new ones, as announced by pre-rotation.

    The old public key stays in the document until its last credential has expired; use
    `avow did update --remove-key` when a key is compromised.
    """
    _operate(name, "update", {"rotate": True}, "rotated", _Way(url, wait, timeout, as_json))


@command(
    app,
    example=("$ avow did deactivate university --yes"),
    then="avow did resolve DID    now says deactivated, with the proof",
)
def deactivate(
    name: Name,
    *,
    entry: EntryOption = None,
    yes: YesOption = False,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deactivate a DID for ever; nobody can undo it, and all its credentials stop verifying."""
    ask(f"Deactivate {name} for ever?", yes=yes)
    body: dict[str, object] = {"entry": _entry_line(entry)} if entry else {}
    _operate(name, "deactivate", body, "deactivated", _Way(url, wait, timeout, as_json))


@dataclass(frozen=True, slots=True)
class _Way:
    """What every change has in common: where, how long to wait for which state, for whom to print."""

    url: str | None
    wait: str
    timeout: float
    as_json: bool


def _operate(name: str, verb: str, body: dict[str, object], done: str, way: _Way) -> None:
    out = Output(as_json=way.as_json)
    check_state(way.wait)
    with connect(way.url) as service:
        answer = service.post(f"/dids/{quote(name, safe='')}/{verb}", body, scope=SCOPE)
        state = _wait(service, answer, way.wait, way.timeout)
    out.mark("passed", f"{done} [bold]{shown(name)}[/]")
    _show_operation(out, answer, state)
    out.next(f"avow did show {name}")
    out.result(answer | {"state": state})


def _wait(service: ServiceClient, answer: JsonObject, state: str, seconds: float) -> str:
    """Wait until what was just logged has come as far as a state."""
    if state == "logged":
        return _text(answer, "state")
    with Waiting(state) as waiting:
        return wait_until(service, _text(answer, "did"), state, seconds=seconds, heard=waiting.heard)


def _show_operation(out: Output, answer: JsonObject, state: str) -> None:
    keys = answer.get("keys")
    out.fields(
        {
            "did": answer.get("did"),
            "version": answer.get("versionId"),
            "state": f"{state} (entry {answer.get('logIndex')} of the log)",
        }
    )
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict):
            fragment = str(key.get("id", "")).rpartition("#")[2]
            out.fields({"key": f"#{shorten(fragment)}  {key.get('type')}, {key.get('purpose')}"})


def _entry_line(path: Path) -> str:
    return read_bytes(path).decode("utf-8", "replace").strip()


def _text(value: JsonObject, member: str) -> str:
    found = value.get(member)
    if isinstance(found, str):
        return found
    raise RejectedError("service.answer", f"the service's answer has no {member}")
