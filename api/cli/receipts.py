"""`avow evidence …`: prove later that a file existed by now; only its digest leaves this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.grounds import (
    ChainOption,
    CosignedOption,
    DemandedLevelOption,
    FinalityOption,
    MaxAgeOption,
    OriginOption,
    PolicyFileOption,
    RootOption,
    RpcOption,
    TrustOption,
    grounds_of,
    node_at,
)
from api.cli.options import (
    DEFAULT_TIMEOUT,
    JsonOption,
    LevelOption,
    OutOption,
    ReplaceOption,
    TimeoutOption,
    UrlOption,
    WaitOption,
    YesOption,
    ask,
    check_level,
    check_state,
    command,
)
from api.cli.output import PASSED, Output, described, shown
from api.cli.progress import Progress, Waiting
from api.client.connection import connect
from api.client.evidence import digest_file, erase, fetch, find, log_digests, wait_until
from api.client.failures import LocalError, RejectedError
from api.client.files import os_failure, read_bytes, write_object
from api.client.resolving import check_shows, state_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.client.service_client import ServiceClient
    from did.types import JsonObject

SUFFIX = ".receipt.json"
_ID = re.compile(r"[A-Za-z0-9_-]{22}")

app = typer.Typer(
    no_args_is_help=True, help="Prove later that a file existed by now, without showing it to anybody."
)


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    parent.add_typer(app, name="evidence", rich_help_panel="Evidence")


@command(
    app,
    example="$ avow evidence add deed.pdf --wait anchored\n$ avow evidence add *.jpg --json",
    then="avow evidence verify deed.pdf deed.pdf.receipt.json --trust trust.json",
)
def add(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files to log; nobody gets to see them.")
    ],
    *,
    wait: WaitOption = "sealed",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    replace: Annotated[bool, typer.Option("--replace", help="Let receipts replace older ones.")] = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log the digests of files and write a receipt beside each, FILE.receipt.json.

    The files are hashed here and stay here: the service learns their SHA-256 and nothing else, and its
    public log shows a salted commitment, from which nobody can tell even that. With --wait logged there
    is no receipt yet; `avow evidence show FILE -o RECEIPT` fetches it later.
    """
    check_state(wait)
    if len({path.resolve() for path in files}) < len(files):
        raise typer.BadParameter("a file is given twice")
    receipts = [path.with_name(path.name + SUFFIX) for path in files] if wait != "logged" else []
    _check_free(receipts, replace=replace)
    out = Output(as_json=as_json)
    digests = _digests(files)
    with connect(url) as service:
        records = log_digests(service, digests)
        if receipts:
            _wait(service, _text(records[-1], "id"), wait, timeout)
            records = _receive(service, records, receipts, level=check_level(None, wait), replace=replace)
    _show_added(out, files, records, receipts)
    if receipts:
        out.next(f"avow evidence verify {files[0]} {receipts[0]} --trust trust.json")
    else:
        out.next(f"avow evidence show {files[0]} --wait sealed -o {files[0]}{SUFFIX}")
    out.result({"evidence": [_described(*each) for each in zip(files, digests, records, strict=True)]})


@command(
    app,
    example=(
        "$ avow evidence show deed.pdf\n$ avow evidence show deed.pdf --wait final -o receipt.json --replace"
    ),
    then="avow evidence verify deed.pdf receipt.json --trust trust.json",
)
def show(
    what: Annotated[
        str,
        typer.Argument(metavar="ID|FILE", help="The evidence's id, or the file (it is hashed here)."),
    ],
    *,
    out_file: OutOption = None,
    replace: ReplaceOption = False,
    level: LevelOption = None,
    wait: WaitOption = "logged",
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how far evidence has got: logged, sealed, cosigned, anchored, final; --out writes its receipt.

    The receipt stands at the newest anchor, which may not be final yet; with --level final, or --wait
    final, it stands at the newest one that is, if that holds the evidence. Of a file that was logged more
    than once the first time is shown: it proves the most.
    """
    check_state(wait)
    wanted = check_level(level, wait)
    out = Output(as_json=as_json)
    with connect(url) as service:
        record = _look_up(service, what)
        evidence_id = _text(record, "id")
        if wait != "logged":
            _wait(service, evidence_id, wait, timeout)
        if wait != "logged" or wanted:
            record = fetch(service, evidence_id, level=wanted)
    if out_file:
        _save(record, out_file, wanted, replace=replace)
    out.say(f"[bold]{shown(evidence_id)}[/]")
    out.fields(
        {
            "state": f"{state_text(record)} (entry {record.get('logIndex')} of the log)",
            "assurance": record.get("assurance"),
            "digest": record.get("digest"),
            "receipt": described(record.get("receiptState"), out_file, "--out FILE"),
        }
    )
    if out_file:
        out.next(f"avow evidence verify FILE {out_file} --trust trust.json")
    out.result(record)


@command(
    app,
    "erase",
    example="$ avow evidence erase ID --yes",
    then="the entry stays in the log and says nothing any more",
)
def erase_command(
    evidence_id: Annotated[
        str, typer.Argument(metavar="ID", help="The evidence's id, see `avow evidence show FILE`.")
    ],
    *,
    yes: YesOption = False,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the service forget digest and salt for ever, so that the log's entry says nothing any more.

    Receipts that were handed out go on verifying; nobody can write a new one.
    """
    ask(f"Erase evidence {evidence_id} for ever?", yes=yes)
    out = Output(as_json=as_json)
    with connect(url) as service:
        answer = erase(service, evidence_id)
    out.mark(PASSED, f"erased: entry {shown(answer.get('logIndex'))} of the log says nothing any more")
    out.result(answer)


@command(
    app,
    example=(
        "$ avow log trust -o trust.json\n"
        "$ avow evidence verify deed.pdf deed.pdf.receipt.json \\\n"
        "    --trust trust.json --level final --rpc https://node.example"
    ),
    then="whoever has file, receipt and trust anchors can do the same",
)
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; it is hashed here.")],
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="Its receipt; - reads standard input.")],
    *,
    trust_file: TrustOption = None,
    policy: PolicyFileOption = None,
    root: RootOption = None,
    origin: OriginOption = None,
    chain: ChainOption = None,
    rpc: RpcOption = None,
    finality: FinalityOption = None,
    level: DemandedLevelOption = None,
    max_age: MaxAgeOption = None,
    cosigned: CosignedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Verify offline that a file was logged, with no service: digest, commitment, log, signature, anchor.

    Nothing in the receipt can name a key, a contract or a chain that is then trusted: you bring them, with
    the same options as for `avow log verify`. Exit code 6 means that the receipt does not prove this file.
    """
    from api.cli.evidence import check_receipt

    digest, raw = _digests([file])[0], read_bytes(receipt)
    grounds = grounds_of(
        trust=trust_file,
        policy=policy,
        origin=origin,
        chains=chain or (),
        root=root,
        rpc=rpc,
        level=level,
        max_age=max_age,
        cosigned=cosigned,
    )
    with node_at(rpc, finality) as node:
        raise typer.Exit(check_receipt(file, digest, raw, grounds, node, Output(as_json=as_json)))


def _digests(files: Sequence[Path]) -> list[bytes]:
    """Hash files, with a bar once that takes longer than a moment."""
    try:
        total = sum(path.stat().st_size for path in files)
    except OSError as error:
        raise os_failure(error) from error
    with Progress("hashing", total) as progress:
        return [digest_file(path, progress.advance) for path in files]


def _check_free(receipts: Sequence[Path], *, replace: bool) -> None:
    """Refuse before anything is logged if a receipt could not be written afterwards."""
    for path in receipts:
        if path.exists() and not replace:
            raise LocalError(
                "file.exists",
                f"{path} exists already, so nothing was logged",
                remedy="the file was logged before; add --replace to log it again",
            )


def _wait(service: ServiceClient, evidence_id: str, state: str, seconds: float) -> None:
    with Waiting(state) as waiting:
        wait_until(service, evidence_id, state, seconds=seconds, heard=waiting.heard)


def _receive(
    service: ServiceClient,
    records: Sequence[JsonObject],
    receipts: Sequence[Path],
    *,
    level: str,
    replace: bool,
) -> list[JsonObject]:
    """Fetch and write a receipt for each record."""
    found = []
    with Progress("receipts", len(receipts)) as progress:
        for record, path in zip(records, receipts, strict=True):
            sealed = fetch(service, _text(record, "id"), level=level)
            write_object(path, sealed.get("receipt"), replace=replace)
            found.append(sealed)
            progress.advance()
    return found


def _save(record: JsonObject, file: Path, level: str, *, replace: bool) -> None:
    if "receipt" not in record:
        raise RejectedError(
            "evidence.none",
            "the evidence is not sealed yet: there is no receipt",
            remedy="add --wait sealed",
        )
    check_shows(record.get("receiptState"), level)
    write_object(file, record["receipt"], replace=replace)


def _look_up(service: ServiceClient, what: str) -> JsonObject:
    """Find a record by its id, or by the file that it is about."""
    path = Path(what)
    if _ID.fullmatch(what) and not path.exists():
        return fetch(service, what)
    return find(service, _digests([path])[0])


def _show_added(
    out: Output, files: Sequence[Path], records: Sequence[JsonObject], receipts: Sequence[Path]
) -> None:
    last = records[-1]
    assurance = f", {shown(last['assurance'])}" if "assurance" in last else ""
    many = "1 file" if len(files) == 1 else f"{len(files)} files"
    out.mark(PASSED, f"{many} logged: {shown(state_text(last))}{assurance}")
    out.columns(
        ["evidence", "entry", "receipt" if receipts else "file"],
        [
            [record.get("id"), record.get("logIndex"), path]
            for record, path in zip(records, receipts or files, strict=True)
        ],
    )


def _described(file: Path, digest: bytes, record: JsonObject) -> JsonObject:
    members = {name: record.get(name) for name in ("id", "state", "logIndex")}
    written = str(file) + SUFFIX if "receipt" in record else None
    return {"file": str(file), "sha256": digest.hex(), **members, "receipt": written}


def _text(record: JsonObject, member: str) -> str:
    found = record.get(member)
    if isinstance(found, str):
        return found
    raise RejectedError("service.answer", f"the service's answer has no {member}")
