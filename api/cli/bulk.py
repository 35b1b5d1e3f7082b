"""`avow issue PROFILE --csv FILE`: many credentials from one table, checked, sent, followed and collected."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlsplit

import typer

from api.cli.exits import ExitCode
from api.cli.output import Output, shown
from api.cli.progress import Progress
from api.client import bulk_issuing
from api.client.bulk_files import Files, State
from api.client.connection import connect
from api.client.csv_rows import Table, read_table
from api.client.failures import LocalError
from api.client.files import read_bytes
from api.places import place_of
from api.system import System
from did import jsontext
from schemas import json_schemas
from schemas.errors import SchemasError
from schemas.json_schemas import SchemaText

if TYPE_CHECKING:
    from api.client.service_client import ServiceClient
    from did.types import JsonValue

MAX_CSV: Final = 256 * 1024 * 1024
NONCE_BYTES: Final = 16
SHOWN: Final = 10
"""Rows that do not fit, before the rest is only counted; `--json` has them all."""

CsvOption = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Many at once: a row is a credential, a column a claim. Headers are dotted names below "
        "credentialSubject (degree.name) or JSON pointers (/validUntil).",
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=PLACE",
        help="With --csv: where a column's values stand, instead of its header; COLUMN= leaves it out.",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="COLUMN",
        help="With --csv: the column that names rows in the results. Default: the row's number.",
    ),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="With --csv: check all rows against the schema here; send none.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="With --csv: go on where an interrupted run stopped.")
]
AgainOption = Annotated[
    bool,
    typer.Option("--again", help="With --csv: issue anew what was issued from the same file before."),
]
KeepOption = Annotated[
    bool,
    typer.Option("--keep", help="With --csv: leave the results at the service, until they expire there."),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say."""

    csv: Path
    out: Path | None
    maps: tuple[str, ...]
    key: str | None
    check: bool
    resume: bool
    again: bool
    keep: bool
    replace: bool


def issue_many(profile: str, wanted: Wanted, *, url: str | None, as_json: bool) -> int:
    """Run it; gives the exit code: 3 if rows were refused, 6 if `--check` finds some that do not fit."""
    out = Output(as_json=as_json)
    content = read_bytes(wanted.csv, max_bytes=MAX_CSV)
    renamed = _renamed(wanted.maps)
    with connect(url) as service:
        known = service.get(f"/issuers/{quote(profile, safe='')}", scope="read:/issuers")
        schema = _schema(service, known.get("schema"))
        value = None if schema is None else schema.value
        table = read_table(content, renamed=renamed, key_column=wanted.key, schema=value)
        if wanted.check:
            return _check(out, table, schema)
        if wanted.out is None:
            raise typer.BadParameter("give --out, a file that ends in .jsonl or a directory")
        request = _digest(profile, content, renamed, wanted.key)
        return _issue(out, service, table, Files(wanted.out), profile, request, wanted)


def _issue(
    out: Output,
    service: ServiceClient,
    table: Table,
    files: Files,
    profile: str,
    request: str,
    wanted: Wanted,
) -> int:
    state = _state(files, service.url, profile, request, wanted)
    total = len(table.rows)
    try:
        if state.fetched < total:  # else only the end of an earlier run is missing
            with Progress("sending", total) as bar:
                state = bulk_issuing.send(service, table, files, state, bar.advance)
            with Progress("issuing", total) as bar:
                state = bulk_issuing.collect(service, table, files, state, bar.advance)
    except KeyboardInterrupt:
        out.say("the service goes on with what was sent; add [bold]--resume[/] to collect it")
        raise
    if not wanted.keep:
        bulk_issuing.erase(service, state)
    files.end(state)
    _summary(out, files, state, total, kept=wanted.keep)
    return ExitCode.REFUSED if state.refused else ExitCode.DONE


def _state(files: Files, url: str, profile: str, request: str, wanted: Wanted) -> State:
    """The interrupted run's state, or a new one."""
    state = files.read_state()
    if state is None:
        files.check_fresh(replace=wanted.replace)
        # The same file and profile find the same batch, even where the state was lost.
        key = System().random_bytes(NONCE_BYTES).hex() if wanted.again else request
        return State(service=url, profile=profile, request=request, key=key)
    if not wanted.resume:
        raise LocalError(
            "bulk.interrupted",
            f"a run into {files.out} was interrupted after {state.fetched} rows",
            remedy="add --resume to go on with it, or choose another --out",
        )
    if (state.service, state.profile, state.request) != (url, profile, request):
        raise LocalError(
            "bulk.other-run",
            "the interrupted run was of another file, mapping, profile or service",
            remedy="resume it with what it began with, or choose another --out",
        )
    return state


def _summary(out: Output, files: Files, state: State, total: int, *, kept: bool) -> None:
    outcome = "warning" if state.refused else "passed"
    out.mark(outcome, f"{state.issued} of {total} rows issued by [bold]{shown(state.profile)}[/]")
    refused = str(files.refused) if state.refused else None
    out.fields({"credentials": files.out, "refused": state.refused or None, "see": refused})
    if kept:
        out.fields({"batch": state.batch})
    out.result(
        {
            "batch": state.batch,
            "rows": total,
            "issued": state.issued,
            "refused": state.refused,
            "out": str(files.out),
            "refusedFile": refused,
        }
    )


def _check(out: Output, table: Table, schema: SchemaText | None) -> int:
    """Hold every row to the profile's schema; nothing leaves this machine."""
    if schema is None:
        raise LocalError(
            "bulk.no-schema",
            "the profile has no schema to check rows against",
            remedy="avow issuer set PROFILE --schema NAME",
        )
    faults: list[dict[str, Any]] = []
    for row in table.rows:
        try:
            json_schemas.check(schema, row.credential)
        except SchemasError as error:
            if error.code != "schema.violation":
                raise
            place = place_of(error.detail)
            found = {"row": row.number, "line": row.line, "column": table.column_of(place), "pointer": place}
            faults.append({**found, "code": error.code, "detail": error.detail})
    if faults:
        for fault in faults[:SHOWN]:
            where = f"row {fault['row']} (line {fault['line']})"
            out.mark("failed", f"{where}: {shown(fault['detail'].partition('; rule')[0])}")
        out.say(f"{len(faults)} of {len(table.rows)} rows do not fit [bold]{shown(schema.id)}[/]")
    else:
        out.mark("passed", f"all {len(table.rows)} rows fit [bold]{shown(schema.id)}[/]")
    out.result({"rows": len(table.rows), "faults": faults})
    return ExitCode.REJECTED if faults else ExitCode.DONE


def _schema(service: ServiceClient, schema_id: JsonValue) -> SchemaText | None:
    """The profile's schema, bundled or published at the service: it says which columns hold numbers."""
    if not isinstance(schema_id, str):
        return None
    if schema_id in json_schemas.known():
        return json_schemas.text(schema_id)
    content = service.find(urlsplit(schema_id).path)
    if content is None:
        return None
    value = jsontext.parse_object(content, max_bytes=len(content))
    return SchemaText.of(schema_id, content, value)


def _renamed(maps: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.rpartition("=") for text in maps]
    if any(not column for column, _, _ in pairs):
        raise typer.BadParameter("--map takes COLUMN=PLACE, as in --map Name=givenName")
    return {column: place for column, _, place in pairs}


def _digest(profile: str, content: bytes, renamed: dict[str, str], key: str | None) -> str:
    about = json.dumps([profile, sorted(renamed.items()), key]).encode()
    return hashlib.sha256(hashlib.sha256(content).digest() + about).hexdigest()
