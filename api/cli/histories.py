"""`avow did resolve` and `avow did show`: document, history and evidence of a DID, and how far it has got."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from api.cli.grounds import TrustOption  # noqa: TC001  typer reads annotations at run time
from api.cli.options import (
    DEFAULT_TIMEOUT,
    JsonOption,
    LevelOption,
    OutOption,
    ReplaceOption,
    TimeoutOption,
    UrlOption,
    WaitOption,
    check_level,
    check_state,
    command,
)
from api.cli.output import Output, described, shown
from api.cli.progress import Waiting
from api.client.connection import connect
from api.client.failures import LocalError, RejectedError
from api.client.files import write_object
from api.client.resolving import check_shows, evidence_of, resolution, state_text, wait_until

if TYPE_CHECKING:
    from did.types import JsonObject, JsonValue


def register(did_app: typer.Typer) -> None:
    """Hang these commands under `avow did`."""
    command(
        did_app,
        example=(
            "$ avow did resolve DID --wait anchored --evidence bundle.json\n"
            "$ avow did resolve DID --level final --evidence bundle.json\n"
            "$ avow did resolve DID --mirror copy --trust trust.json\n"
            "$ avow did resolve did:key:z6Mk… --json"
        ),
        then="avow log verify bundle.json --did DID …    checks it without trusting anyone",
    )(resolve)
    command(
        did_app,
        example="$ avow did show university",
        then="avow log status ENTRY    says when and in which block a version was anchored",
    )(show)


def resolve(
    did: Annotated[str, typer.Argument(metavar="DID", help="The DID to look up.")],
    *,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", metavar="FILE", help="Write the proof bundle to this file."),
    ] = None,
    level: LevelOption = None,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
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

    The evidence stands at the newest anchor, which shows the latest state as of now and may not be final
    yet. With --level final, or --wait final, it stands at the newest anchor that is, if that holds the
    newest version.

    With --mirror nobody is asked: the log is replayed from the copy and the answer proven from it, against
    your trust anchors (--trust). Nothing in the copy is believed, not even the anchors that lie there; so the
    answer is `sealed`, and no more.
    """
    out = Output(as_json=True)
    check_state(wait)
    if mirror:
        from api.cli.mirrored import resolve_from

        _sealed_only(wait, level)
        resolve_from(
            mirror, did, trust, out, evidence=evidence, out_file=out_file, replace=replace, as_json=as_json
        )
        return
    if trust:
        raise typer.BadParameter("--trust goes with --mirror; evidence is checked by `avow log verify`")
    wanted = check_level(level, wait)
    with connect(url) as service:
        if wait != "logged":
            with Waiting(wait) as waiting:
                wait_until(service, did, wait, seconds=timeout, heard=waiting.heard)
        result = resolution(service, did, level=wanted)
    metadata = _object(result, "didResolutionMetadata")
    bundle = evidence_of(result)
    shows = metadata.get("proofState")
    if evidence:
        if bundle is None:
            raise RejectedError(
                "evidence.none",
                f"the service has no evidence for this DID yet, its state is {metadata.get('state')}",
                remedy="wait for the next seal, or add --wait sealed",
            )
        check_shows(shows, wanted)
        write_object(evidence, bundle, replace=replace)
    if out_file:
        write_object(out_file, result, replace=replace)
    _show_result(out, did, result, described(shows, evidence, "--evidence FILE"))
    if evidence:
        out.next(f"avow log verify {evidence} --did DID --trust trust.json")
    if as_json:
        out.document(result)
    elif not (out_file or evidence):
        out.document(result.get("didDocument"))


def _sealed_only(wait: str, level: str | None) -> None:
    """Refuse to ask a copy for more than it can show."""
    if wait != "logged" or level not in {None, "sealed"}:
        raise typer.BadParameter("a copy shows what is sealed, and no more; --wait and --level ask a service")


def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The DID's name at this service, e.g. university.")
    ],
    *,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the public history of a DID that the service hosts, one line a version, with its state.

    A version is logged, sealed, cosigned, anchored or final; its entry is its place in the public log.
    """
    out = Output(as_json=as_json)
    with connect(url) as service:
        # The states first: a version that comes in between then has none yet, and no state is left over.
        progress = service.get(f"/dids/{quote(name, safe='')}")
        text = service.text(f"/dids/{quote(name, safe='')}/did.jsonl")
    entries = [entry for line in text.splitlines() if (entry := _entry(line))]
    if not entries:
        raise LocalError("history.empty", f"{name} has no readable history")
    did = str(_object(entries[-1], "state").get("id", ""))
    listed = progress.get("versions")
    reached = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    out.say(f"[bold]{shown(did)}[/]")
    out.fields({"state": state_text(progress), "assurance": progress.get("assurance")})
    out.columns(
        ["version", "time", "keys", "signs", "entry", "state", "entry hash"],
        [_version_row(entry, _reached(entry, reached)) for entry in entries],
    )
    out.next("avow did resolve DID --evidence bundle.json")
    members = {name: progress.get(name) for name in ("state", "cosigned", "assurance")}
    out.result({"did": did, **members, "versions": entries, "progress": listed})


def _show_result(out: Output, did: str, result: JsonObject, evidence: str) -> None:
    metadata, about = _object(result, "didResolutionMetadata"), _object(result, "didDocumentMetadata")
    out.say(f"[bold]{shown(did)}[/]")
    out.fields(
        {
            "state": state_text(metadata),
            "assurance": metadata.get("assurance"),
            "version": about.get("versionId"),
            "updated": about.get("updated"),
            "deactivated": about.get("deactivated") or "no",
            "evidence": evidence,
        }
    )


def _entry(line: str) -> JsonObject | None:
    value: JsonValue = json.loads(line) if line.strip() else None
    return value if isinstance(value, dict) else None


def _reached(entry: JsonObject, reached: list[JsonObject]) -> JsonObject:
    return next((item for item in reached if item.get("versionId") == entry.get("versionId")), {})


def _version_row(entry: JsonObject, reached: JsonObject) -> list[object]:
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
        reached.get("logIndex", "?"),
        reached.get("state", "?"),
        entry_hash + note,
    ]


def _object(value: JsonObject, member: str) -> JsonObject:
    found = value.get(member)
    return found if isinstance(found, dict) else {}
