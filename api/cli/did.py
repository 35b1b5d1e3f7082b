"""`avow did …`: identifiers, their keys and their public history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.grounds import TrustOption  # noqa: TC001  typer reads annotations at run time
from api.cli.options import (
    JsonOption,
    OutOption,
    ReplaceOption,
    UrlOption,
    WaitOption,
    YesOption,
    ask,
    check_state,
    command,
)
from api.cli.output import Output, shorten, shown
from api.client.connection import connect
from api.client.failures import LocalError, RejectedError
from api.client.files import read_bytes, read_object, write_object
from api.client.resolving import evidence_of, resolution, wait_until

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue

SCOPE = "write:/dids"

app = typer.Typer(no_args_is_help=True, help="Create, change and look up decentralized identifiers.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The DID's name at this service, e.g. university.")]
EntryOption = Annotated[
    Path | None,
    typer.Option("--entry", metavar="FILE", help="A did:webvh log entry that you signed yourself, one line."),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
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
        did = _text(answer, "did")
        state = wait_until(service, did, wait) if wait != "logged" else _text(answer, "state")
    out.mark("passed", f"created [bold]{shown(name)}[/]")
    _show_operation(out, answer, state)
    out.next(f"avow did show {name}", "avow issuer set PROFILE --did DID --schema university-degree")
    out.result(answer | {"state": state})


@command(
    app,
    example=(
        "$ avow did update university --document document.json\n"
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
        typer.Option("--add-key", metavar="TYPE", help="Add a key of this type; repeatable."),
    ] = None,
    remove_key: Annotated[
        list[str] | None, typer.Option("--remove-key", metavar="ID", help="Remove this key; repeatable.")
    ] = None,
    entry: EntryOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a new version of a DID's document.

    Give exactly one of: a whole document, keys to add and remove, or an entry that you signed. A key
    that you remove is dead at once: whatever it signed is refused from then on (key.not-authorized).
    """
    changes: dict[str, object] = {}
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
    _operate(name, "update", changes, url, Output(as_json=as_json), "updated")


@command(
    app,
    example=("$ avow did rotate university"),
    then="avow did show university    lists which keys now sign",
)
def rotate(name: Name, *, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Replace the keys of a hosted DID by new ones, as announced by pre-rotation.

    The old public key stays in the document until its last credential has expired; use
    `avow did update --remove-key` when a key is compromised.
    """
    _operate(name, "update", {"rotate": True}, url, Output(as_json=as_json), "rotated")


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
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deactivate a DID for ever; nobody can undo it, and all its credentials stop verifying."""
    ask(f"Deactivate {name} for ever?", yes=yes)
    body: dict[str, object] = {"entry": _entry_line(entry)} if entry else {}
    _operate(name, "deactivate", body, url, Output(as_json=as_json), "deactivated")


@command(
    app,
    example=(
        "$ avow did resolve DID --wait anchored --evidence bundle.json\n"
        "$ avow did resolve DID --mirror copy --trust trust.json"
    ),
    then="avow log verify bundle.json --did DID …    checks it without trusting anyone",
)
def resolve(
    did: Annotated[str, typer.Argument(metavar="DID", help="The DID to look up.")],
    *,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="Write the proof bundle to this file."),
    ] = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    wait: WaitOption = "logged",
    mirror: Annotated[
        Path | None,
        typer.Option(
            "--mirror", metavar="DIR", help="Ask no service: prove it from a copy by `avow mirror`."
        ),
    ] = None,
    trust: TrustOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look up a DID's document, how far its newest version got, and the evidence for it.

    With --mirror nobody is asked: the log is replayed from the copy and the answer proven from it, against
    your trust anchors (--trust). Nothing in the copy is believed, not even the anchors that lie there.
    """
    out = Output(as_json=True)
    check_state(wait)
    if mirror:
        from api.cli.mirrored import resolve_from

        resolve_from(
            mirror, did, trust, out, evidence=evidence, out_file=out_file, replace=replace, as_json=as_json
        )
        return
    if trust:
        raise typer.BadParameter("--trust goes with --mirror; evidence is checked by `avow log verify`")
    with connect(url) as service:
        if wait != "logged":
            wait_until(service, did, wait)
        result = resolution(service, did)
    metadata = _object(result, "didResolutionMetadata")
    document_metadata = _object(result, "didDocumentMetadata")
    bundle = evidence_of(result)
    if evidence:
        if bundle is None:
            raise RejectedError(
                "evidence.none",
                f"the service has no evidence for this DID yet, its state is {metadata.get('state')}",
                remedy="wait for the next seal, or add --wait sealed",
            )
        write_object(evidence, bundle, replace=replace)
    if out_file:
        write_object(out_file, result, replace=replace)
    out.say(f"[bold]{shown(did)}[/]")
    out.fields(
        {
            "state": metadata.get("state"),
            "assurance": metadata.get("assurance"),
            "version": document_metadata.get("versionId"),
            "updated": document_metadata.get("updated"),
            "deactivated": document_metadata.get("deactivated") or "no",
            "evidence": evidence or ("yes, --evidence FILE saves it" if bundle else "none yet"),
        }
    )
    if evidence:
        out.next(f"avow log verify {evidence} --did DID --trust trust.json")
    if as_json:
        out.document(result)
    elif not (out_file or evidence):
        out.document(result.get("didDocument"))


@command(
    app,
    example=("$ avow did show university"),
    then="avow did resolve DID --evidence bundle.json    fetches the proof",
)
def show(name: Name, *, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Show the public history of a DID that the service hosts, one line a version."""
    out = Output(as_json=as_json)
    with connect(url) as service:
        text = service.text(f"/dids/{quote(name, safe='')}/did.jsonl")
    entries = [entry for line in text.splitlines() if (entry := _entry(line))]
    if not entries:
        raise LocalError("history.empty", f"{name} has no readable history")
    did = str(_object(entries[-1], "state").get("id", ""))
    out.say(f"[bold]{shown(did)}[/]")
    out.columns(
        ["version", "time", "keys", "signs", "entry hash"], [_version_row(entry) for entry in entries]
    )
    out.next("avow did resolve DID --evidence bundle.json")
    out.result({"did": did, "versions": entries})


def _operate(name: str, verb: str, body: dict[str, object], url: str | None, out: Output, done: str) -> None:
    with connect(url) as service:
        answer = service.post(f"/dids/{quote(name, safe='')}/{verb}", body, scope=SCOPE)
    out.mark("passed", f"{done} [bold]{shown(name)}[/]")
    _show_operation(out, answer, str(answer.get("state", "")))
    out.next(f"avow did show {name}")
    out.result(answer)


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


def _entry(line: str) -> JsonObject | None:
    value: JsonValue = json.loads(line) if line.strip() else None
    return value if isinstance(value, dict) else None


def _version_row(entry: JsonObject) -> list[object]:
    number, _, entry_hash = str(entry.get("versionId", "")).partition("-")
    state = _object(entry, "state")
    methods, assertion = state.get("verificationMethod"), state.get("assertionMethod")
    parameters = _object(entry, "parameters")
    note = " deactivated" if parameters.get("deactivated") is True else ""
    return [
        number,
        entry.get("versionTime", ""),
        len(methods) if isinstance(methods, list) else 0,
        len(assertion) if isinstance(assertion, list) else 0,
        entry_hash + note,
    ]


def _object(value: JsonObject, member: str) -> JsonObject:
    found = value.get(member)
    return found if isinstance(found, dict) else {}


def _text(value: JsonObject, member: str) -> str:
    found = value.get(member)
    if isinstance(found, str):
        return found
    raise RejectedError("service.answer", f"the service's answer has no {member}")
