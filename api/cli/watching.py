"""`avow monitor`, `avow mirror`, `avow log judge`: watch a log, keep a copy, check what a monitor found."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import ExitCode
from api.cli.grounds import calls_to, read_anchors
from api.cli.options import JsonOption, command
from api.cli.output import FAILED, PASSED, UNCLEAR, Output, shorten, shown
from api.cli.progress import Progress
from api.client.connection import DEFAULT_URL, check_address
from api.client.failures import UnreachableError
from api.client.files import read_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.client.chain_reading import Call
    from api.client.mirroring import Histories, Mirror
    from api.client.service_client import ServiceClient
    from api.client.watching import Memory
    from did.registry.monitor import Look
    from did.types import JsonObject

DEFAULT_INTERVAL = 60.0
DEFAULT_MAX_AGE = 26 * 3600
DEFAULT_LIMIT = 100_000
SHOWN = 10
"""Of histories that are refused, so many are named."""
PANEL = "Supervision"

_ADDRESS_HELP = "The service, or a mirror's address: what stands before /log."
TrustOption = Annotated[
    Path | None,
    typer.Option(
        "--trust", metavar="FILE", help="Your trust anchors; without it the first contact is believed, once."
    ),
]


def register(parent: typer.Typer, log_app: typer.Typer) -> None:
    """Hang these commands under `avow` and `avow log`."""
    command(
        parent,
        panel=PANEL,
        example=(
            "$ avow monitor https://id.example --state log.json --once\n"
            "$ avow monitor https://id.example --state log.json \\\n"
            "    --trust trust.json --rpc https://node.example --interval 300"
        ),
        then="avow log judge log-CODE-….json --trust trust.json    checks what it found",
    )(monitor)
    command(
        parent,
        panel=PANEL,
        example=(
            "$ avow mirror https://id.example copy --trust trust.json\n"
            "$ avow mirror https://id.example copy --limit 10000"
        ),
        then="avow did resolve DID --mirror copy    asks no service any more",
    )(mirror)
    command(
        log_app,
        example="$ avow log judge log-log.forked-0123456789ab.json --trust trust.json",
        then="show the file to everybody who relies on that log",
    )(judge)


def monitor(
    address: Annotated[
        str, typer.Argument(metavar="[URL]", envvar="AVOW_URL", show_default=True, help=_ADDRESS_HELP)
    ] = DEFAULT_URL,
    *,
    state: Annotated[
        Path,
        typer.Option("--state", metavar="FILE", help="What the monitor remembers; made at the first look."),
    ],
    trust: TrustOption = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", min=1, metavar="SECONDS", help="Time between two looks.")
    ] = DEFAULT_INTERVAL,
    rpc: Annotated[
        str | None,
        typer.Option("--rpc", metavar="URL", help="A node of yours. Default: the service's own /chain/rpc."),
    ] = None,
    no_chain: Annotated[
        bool, typer.Option("--no-chain", help="Do not compare with the contract; a mirror has none.")
    ] = False,
    max_age: Annotated[
        int, typer.Option("--max-age", min=1, metavar="SECONDS", help="The newest anchor may be that old.")
    ] = DEFAULT_MAX_AGE,
    as_json: JsonOption = False,
) -> None:
    """Watch a log: fetch what is new, replay it, compare it with the contract and with the last look.

    Ends with exit code 6 as soon as something does not hold, after writing the evidence beside the state
    file. What stands falsely in the log itself is not forgotten: later looks end with 6 as well.
    """
    from api.client.watching import look_once

    out = Output(as_json=as_json)
    with _service(address) as service, _node(service, rpc, no_chain=no_chain) as call:
        memory = _recall(state, service, trust)
        while True:
            try:
                following, seen = look_once(memory, service, call=call, now=_now(), max_age=max_age)
            except UnreachableError as error:
                if once:
                    raise
                out.mark(UNCLEAR, f"{shown(error.code)}: {shown(error.detail)}")
            else:
                memory = following
                memory.keep(state)
                _answer(out, state, memory, seen, chain=not no_chain)
                if seen.findings or memory.state.known:
                    raise typer.Exit(ExitCode.REJECTED)
            if once:
                return
            time.sleep(interval)


def mirror(
    address: Annotated[str, typer.Argument(metavar="URL", help=_ADDRESS_HELP)],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the copy is kept.")],
    *,
    trust: TrustOption = None,
    limit: Annotated[
        int,
        typer.Option("--limit", min=0, metavar="N", help="Fetch at most N histories; the next run goes on."),
    ] = DEFAULT_LIMIT,
    as_json: JsonOption = False,
) -> None:
    """Keep a verified copy of a log and of the histories of its DIDs, from which they resolve without it.

    Checkpoint, tiles, entries and histories lie in a directory for any file server. Everything is checked
    before the copy's checkpoint moves on, and each history against the log. An interrupted run goes on where
    it was. Exit code 6 says that something does not hold, or that a history is withheld.
    """
    from api.client.mirroring import Mirror

    out = Output(as_json=as_json)
    directory.mkdir(parents=True, exist_ok=True)
    with _service(address) as service:
        copy = Mirror(directory, service)
        memory, seen = copy.update(
            _recall(copy.state_path, service, trust), now=_now(), max_age=DEFAULT_MAX_AGE
        )
        memory.keep(copy.state_path)
        held = bool(seen.findings or memory.state.known)
        copied = None if held else _copy_histories(copy, memory, limit)
    _answer(out, copy.state_path, memory, seen, chain=False, copied=copied)
    refused = held or bool(copied and copied.withheld)
    if copied and copied.missing:
        out.next(f"avow mirror {address} {directory}    fetches the histories that are missing")
    elif not refused:
        out.next(f"avow did resolve DID --mirror {directory} --trust trust.json")
    raise typer.Exit(ExitCode.REJECTED if refused else ExitCode.DONE)


def _copy_histories(copy: Mirror, memory: Memory, limit: int) -> Histories:
    with Progress("histories", copy.wanted(memory.state, limit=limit)) as progress:
        return copy.histories(memory.state, limit=limit, advance=progress.advance)


def judge(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Evidence that a monitor wrote.")],
    *,
    trust: Annotated[
        Path, typer.Option("--trust", metavar="FILE", help="Your trust anchors: the log's key and origin.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Check evidence against a log, without trusting who wrote it.

    A fork convicts by itself. Other faults say what is still to be done: replay the log, or read the
    contract. What only the writer saw is refused.
    """
    from did.registry import judging
    from did.registry.policy import parse_policy

    out = Output(as_json=as_json)
    anchors = read_anchors(trust)
    found = judging.judge(
        read_object(file),
        policy=parse_policy(anchors.policy),
        expected_origin=anchors.origin,
        trusted_chains=anchors.chains,
    )
    out.mark(PASSED, f"the evidence holds: [bold]{shown(found.code)}[/]")
    out.fields({"log": anchors.origin, "left to do": ", ".join(found.rests_on) or "nothing"})
    out.result({"code": found.code, "origin": anchors.origin, "restsOn": [*found.rests_on]})


def _answer(
    out: Output,
    state_path: Path,
    memory: Memory,
    seen: Look,
    *,
    chain: bool,
    copied: Histories | None = None,
) -> None:
    """Say what a look brought, and write the evidence for what does not hold."""
    from api.client.watching import write_evidence

    state, files = memory.state, []
    listed: list[JsonObject] = []
    for found in seen.findings:
        files.append(path := write_evidence(state_path, found, state.origin))
        out.mark(FAILED, f"[bold]{shown(found.code)}[/]: {shown(found.detail)}")
        listed.append({"code": found.code, "detail": found.detail, "evidence": str(path)})
    fresh = {(found.code, found.detail) for found in seen.findings}
    for code, detail in state.known:
        if (code, detail) not in fresh:
            out.mark(FAILED, f"[bold]{shown(code)}[/]: {shown(detail)} (found before)")
            listed.append({"code": code, "detail": detail})
    for code, scid in copied.withheld[:SHOWN] if copied else ():
        out.mark(FAILED, f"[bold]{shown(code)}[/]: the history of {shown(scid)}")
        listed.append({"code": code, "detail": f"the history of {scid}"})
    if not listed:
        out.mark(PASSED, f"[bold]{shown(state.origin)}[/] holds: {seen.entries} new entries replayed")
    shown_fields: dict[str, object] = {
        "size": state.size,
        "root": shorten(state.root.hex()),
        "DIDs": len(state.states),
        "contract": "compared" if chain else "not compared",
        "histories": f"{copied.kept} kept, {copied.missing} missing" if copied else "",
        "evidence": ", ".join(map(str, files)),
    }
    out.fields({name: value for name, value in shown_fields.items() if value != ""})
    out.result(
        {
            "origin": state.origin,
            "size": state.size,
            "root": state.root.hex(),
            "newEntries": seen.entries,
            "dids": len(state.states),
            "contractCompared": chain,
            "findings": listed,
            **({"histories": {"kept": copied.kept, "missing": copied.missing}} if copied else {}),
        }
    )


def _recall(path: Path, service: ServiceClient, trust: Path | None) -> Memory:
    from api.client.watching import Memory

    return Memory.recall(path, service, read_anchors(trust) if trust else None, now=_now())


def _now() -> int:
    from api.system import System

    return System().seconds()


@contextmanager
def _service(address: str) -> Iterator[ServiceClient]:
    from api.client.service_client import ServiceClient

    check_address(address)
    with ServiceClient(address) as service:
        yield service


@contextmanager
def _node(service: ServiceClient, rpc: str | None, *, no_chain: bool) -> Iterator[Call | None]:
    if no_chain:
        yield None
    elif rpc:
        with calls_to(rpc) as call:
            yield call
    else:
        yield service.rpc
