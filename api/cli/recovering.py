"""`avow fsck` and `avow recover`: check a data directory, and bring a lost database back."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from api.cli.exits import ExitCode
from api.cli.options import DataOption, JsonOption, command
from api.cli.output import FAILED, PASSED, UNCLEAR, WARNING, Output, shown
from api.cli.progress import Progress
from api.cli.serving import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.recovery.chain_view import Call
    from api.recovery.findings import Checked, Findings
    from api.recovery.recovering import Recovered
    from api.recovery.sources import Source
    from api.settings import Settings
    from did.registry.policy import Policy

RpcOption = Annotated[
    str | None,
    typer.Option("--rpc", metavar="URL", help="A node of the chain. Default: the first of AVOW_CHAIN_RPC."),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    command(
        parent,
        panel="Operation",
        example="$ avow fsck\n$ avow fsck --data /var/lib/avow --deep --json\n$ avow fsck --repair",
        then="avow serve    if nothing was found; else what each finding says",
    )(fsck)
    command(
        parent,
        panel="Operation",
        example="$ avow recover --from data/public\n$ avow recover --from copy --data /var/lib/avow\n"
        "$ avow recover --from https://mirror.example",
        then="avow fsck    then avow serve",
    )(recover)


def fsck(
    *,
    data: DataOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make again what follows from the log, then check once more.")
    ] = False,
    deep: Annotated[
        bool | None,
        typer.Option(
            "--deep/--shallow", help="Verify each DID's history. Default: up to 20,000 versions of DIDs."
        ),
    ] = None,
    rpc: RpcOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything in a data directory against everything else, while the service is stopped.

    Log entries are replayed and compared with what is stored as derived, with records, the checkpoint
    register, the public folder and the contract; wrapped keys are opened. Every finding is told, with what to
    do. --repair never touches entries, records, register or keys. Ends with exit code 6 if something does not
    hold.
    """
    from api.recovery.checking import Check
    from api.recovery.directory import settled
    from api.recovery.mending import mend
    from api.store.lock import DataLock
    from api.system import System

    out = Output(as_json=as_json)
    settings = settings_of(data=data)
    with DataLock(settings.data), _node(settings, rpc) as call:
        settings = settled(settings)

        run = Check(settings, System(), deep=deep, call=call, watch=_watch)
        checks = run.run()
        wanted = {each for checked in checks for each in checked.findings.mends} if repair else set()
        if wanted:
            mend(settings, wanted, policy=run.policy, watch=_watch)
            checks = Check(settings, System(), deep=deep, call=call, watch=_watch).run()
    repaired = sorted(each.value for each in wanted)
    _show_checks(out, checks, repaired)
    whole = all(checked.whole for checked in checks)
    out.result({"whole": whole, "repaired": repaired, "checks": [checked.to_json() for checked in checks]})
    raise typer.Exit(ExitCode.DONE if whole else ExitCode.REJECTED)


def recover(
    *,
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="COPY", help="A mirror's directory, a public folder, or the URL of a service."
        ),
    ],
    data: DataOption = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="Trust anchors, where service-keys.json is lost."),
    ] = None,
    rpc: RpcOption = None,
    register_lost: Annotated[
        bool,
        typer.Option("--register-lost", help="Go on without a checkpoint register; see docs/recovery.md."),
    ] = False,
    keys_lost: Annotated[
        bool,
        typer.Option("--keys-lost", help="Go on with new keys of log and publisher; see docs/recovery.md."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a lost database again from a copy of the log, or complete an older one.

    The copy's checkpoint, tiles and entries are verified, and compared with the checkpoint register and with
    the contract. What only the lost database held (keys of hosted DIDs, clients, profiles, policies, what
    opens evidence) does not come back. An interrupted run changes nothing and can be run again.
    """
    from api.recovery.directory import settled
    from api.recovery.recovering import Given, Recovery
    from api.store.lock import DataLock
    from api.system import System

    out = Output(as_json=as_json)
    settings = settings_of(data=data)
    with DataLock(settings.data), _node(settings, rpc) as call, _source(source) as copy:
        settings = settled(settings)
        given = Given(_policy(trust), call, register_lost=register_lost, keys_lost=keys_lost)
        done = Recovery(settings, System(), copy, given, watch=_watch).run()
    _show_recovered(out, done)
    raise typer.Exit(ExitCode.DONE if not done.refused.counts else ExitCode.REJECTED)


def _show_checks(out: Output, checks: Sequence[Checked], repaired: Sequence[str]) -> None:
    for what in repaired:
        out.mark(PASSED, f"made again: {shown(what)}")
    for checked in checks:
        if checked.looked_at:
            out.mark(
                PASSED if checked.whole else FAILED,
                f"[bold]{checked.name.ljust(9)}[/] {shown(checked.looked_at)}",
            )
        elif not checked.whole:
            out.mark(FAILED, f"[bold]{checked.name}[/]")
        _show_findings(out, checked.findings)
        for left in checked.left_out:
            out.mark(UNCLEAR, f"[bold]{checked.name.ljust(9)}[/] not checked: {shown(left)}")
    if all(checked.whole for checked in checks):
        out.next("avow serve")


def _show_findings(out: Output, findings: Findings) -> None:
    for found in findings.shown:
        out.say(f"  [bold red]{shown(found.code)}[/] {shown(found.where)}: {shown(found.detail)}")
        if found.remedy:
            out.pair("remedy", found.remedy, indent=4)
    for code, more in findings.more.items():
        out.say(f"  [bold red]{shown(code)}[/] and {more} more")


def _show_recovered(out: Output, done: Recovered) -> None:
    what = "the database was made again" if done.new_database else "the database was completed"
    out.mark(PASSED, f"{what}: {done.entries} entries, {done.dids} DIDs, log of size {done.size}")
    lost = _lost(done)
    for each in lost:
        out.mark(WARNING, each)
    if done.refused.counts:
        out.mark(FAILED, "some histories were refused")
        _show_findings(out, done.refused)
    out.next("avow fsck", "avow serve")
    out.result(
        {
            "newDatabase": done.new_database,
            "size": done.size,
            "entries": done.entries,
            "dids": done.dids,
            "didsWithoutHistory": done.dids_without_history,
            "evidenceWithoutOpening": done.unopened,
            "contractCompared": done.contract,
            "refused": [finding.to_json() for finding in done.refused.shown],
            "lost": lost,
        }
    )


def _lost(done: Recovered) -> list[str]:
    """What did not come back, in words."""
    lost = []
    if done.new_database:
        lost.append(
            "keys of hosted DIDs, clients, issuer profiles and policies were in the lost database alone"
        )
    if not done.own_keys:
        lost.append(
            "log and publisher get new keys at the next start: verifiers must learn the log's new key"
        )
    if done.dids_without_history:
        lost.append(
            f"{done.dids_without_history} DIDs are logged, and the copy does not have their histories"
        )
    if done.unopened:
        lost.append(f"{done.unopened} pieces of evidence can no longer be opened here")
    if not done.contract:
        lost.append("the contract was not compared: no chain can be read here")
    return lost


def _policy(trust: Path | None) -> Policy | None:
    from api.client.files import read_object
    from api.client.trust import TrustAnchors
    from did.registry.policy import parse_policy

    return None if trust is None else parse_policy(TrustAnchors.parse(read_object(trust)).policy)


@contextmanager
def _watch(what: str, total: int) -> Iterator[Callable[[int], None]]:
    with Progress(what, total) as progress:
        yield progress.advance


@contextmanager
def _source(named: str) -> Iterator[Source]:
    from api.recovery.sources import FolderSource, ServiceSource

    if "://" not in named:
        yield FolderSource(Path(named))
        return
    from api.client.connection import check_address
    from api.client.service_client import ServiceClient

    check_address(named)
    with ServiceClient(named) as service:
        yield ServiceSource(service)


@contextmanager
def _node(settings: Settings, rpc: str | None) -> Iterator[Call | None]:
    from api.client.service_client import ServiceClient

    configured = settings.chain_rpc.get_secret_value().split(",")[0].strip() if settings.chain_rpc else ""
    if not (address := rpc or configured):
        yield None
        return
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with ServiceClient(f"{parts.scheme}://{parts.netloc}") as service:
        yield partial(service.rpc, path=path)
