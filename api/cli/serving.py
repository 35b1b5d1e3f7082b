"""`avow serve`, `avow run`, `avow journey`: the service as a process, and the walk through it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import ExitCode
from api.cli.options import DataOption, JsonOption, UrlOption, command
from api.cli.output import Output, shown
from api.client.connection import connect, data_directory, read_bootstrap
from api.client.failures import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.client.service_client import ServiceClient
    from api.journey.process import ServiceProcess
    from api.settings import Settings

PortOption = Annotated[
    int | None,
    typer.Option(
        "--port", metavar="PORT", min=1, max=65535, help="Listen here. Default: AVOW_PORT, or 8000."
    ),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands under `avow`."""
    command(
        parent,
        panel="Start here",
        example="$ avow run\n$ avow run --port 8010 --data /var/lib/avow",
        then="open http://localhost:8000/ while it is up; Ctrl-C stops it cleanly",
    )(run)
    command(
        parent,
        panel="Start here",
        example="$ avow serve\n$ AVOW_PUBLIC_URL=https://id.example avow serve --data /var/lib/avow",
        then="avow did create NAME    in another terminal, from the same directory",
    )(serve)
    command(
        parent,
        panel="Start here",
        example="$ avow journey\n$ avow journey --url http://localhost:8000 --json",
        then="avow run    the same, and the service stays up to look around",
    )(journey)


def serve(
    *,
    port: PortOption = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="ADDRESS", help="Listen on this address. Default: AVOW_HOST, or 127.0.0.1."
        ),
    ] = None,
    data: DataOption = None,
    until_input_ends: Annotated[bool, typer.Option("--until-input-ends", hidden=True)] = False,
) -> None:
    """Run the service until it is told to stop.

    The first start makes the data directory: database, embedded chain, keys and the bootstrap
    client's credentials (bootstrap-client.json, mode 600). Settings are AVOW_* variables; a DID keeps
    the host of AVOW_PUBLIC_URL, so a start with another one is refused.
    """
    from api import server

    if until_input_ends:
        threading.Thread(target=_stop_when_input_ends, daemon=True).start()
    server.serve(settings_of(host=host, port=port, data=data))


def run(
    *,
    port: PortOption = None,
    data: DataOption = None,
    skip_journey: Annotated[
        bool, typer.Option("--skip-journey", help="Only start the service and say where to look.")
    ] = False,
) -> None:
    """Start the service, walk the journey against it, and stay up until Ctrl-C.

    Everything is kept in the data directory; the next start re-uses it and is quick.
    """
    from api.journey.process import ServiceProcess
    from api.journey.report import where_to_look

    out = Output()
    directory = data_directory(data)
    listening = port or int(os.environ.get("AVOW_PORT") or 8000)
    with _terminate_as_interrupt(), ServiceProcess(directory, listening) as process:
        _wait_ready(process, out)
        code = ExitCode.DONE
        if not skip_journey:
            with _client_of(process) as service:
                code = _walk(service, out, stays_up=True)
        if code == ExitCode.DONE:
            where_to_look(out, data=directory)
            _stay(process, out)
    raise typer.Exit(code)


def journey(
    *,
    url: UrlOption = None,
    data: DataOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the data directory of the service that the journey starts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Walk the whole journey over HTTP, with the attacks that must fail.

    Without --url it starts a service of its own on a free port with a temporary data directory,
    and stops it afterwards. That one has short epochs of revocation, so the walk also sees what becomes of a
    revoked holder in the next. Any outcome that is not expected ends with exit code 6.
    """
    out = Output(as_json=as_json)
    if url:
        with connect(url, data=data) as service:
            service.get("/readyz")
            service.require_client()
            raise typer.Exit(_walk(service, out, stays_up=True))
    from api.journey.facts.lying import EPOCH_SECONDS
    from api.journey.process import ServiceProcess, free_port

    with contextlib.ExitStack() as stack:
        stack.enter_context(_terminate_as_interrupt())
        directory = Path(tempfile.mkdtemp(prefix="avow-"))
        if not keep:
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        own = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
        own["AVOW_REVOCATION_EPOCH_SECONDS"] = str(EPOCH_SECONDS)
        process = stack.enter_context(ServiceProcess(directory / "data", free_port(), environment=own))
        _wait_ready(process, out)
        with _client_of(process) as service:
            code = _walk(service, out, stays_up=False, waits=True)
    if keep:
        out.fields({"data": directory})
    raise typer.Exit(code)


def reset_bootstrap(data: Path | None) -> Path:
    """Replace the bootstrap client's secret in the data directory; gives the file that holds the new one."""
    from api.services import bootstrap
    from api.system import System

    return bootstrap.reset(settings_of(data=data), System())


def settings_of(*, data: Path | None, host: str | None = None, port: int | None = None) -> Settings:
    """Read the settings; a service on another port is known under that port unless it has a public name."""
    from api.settings import Settings

    listening = port or os.environ.get("AVOW_PORT")
    known = f"http://localhost:{listening}" if listening else None
    named = os.environ.get("AVOW_PUBLIC_URL") or known
    return Settings.from_environment(os.environ, data=data, host=host, port=port, public_url=named)


def _walk(service: ServiceClient, out: Output, *, stays_up: bool, waits: bool = False) -> ExitCode:
    from api.journey.walk import walk

    return ExitCode.DONE if walk(service, out, stays_up=stays_up, waits=waits) else ExitCode.REJECTED


def _wait_ready(process: ServiceProcess, out: Output) -> None:
    fresh = read_bootstrap(process.data) is None
    what = "first start: keys, tables, chain and contract" if fresh else "starting"
    if out.human.is_terminal:
        with out.human.status(f"{what} …") as status:
            seconds = process.wait_ready(lambda waited: status.update(f"{what} … {waited:.0f} s"))
    else:
        seconds = process.wait_ready()
    out.mark("passed", f"service ready at [bold]{shown(process.url)}[/] in {seconds:.1f} s")


def _client_of(process: ServiceProcess) -> ServiceClient:
    from api.client.service_client import ServiceClient

    bootstrap = read_bootstrap(process.data)
    if bootstrap is None:
        raise LocalError("file.bootstrap", f"the service wrote no bootstrap client in {process.data}")
    return ServiceClient(process.local_url, bootstrap.client)


def _stay(process: ServiceProcess, out: Output) -> None:
    out.say()
    out.say("[bold]The service stays up. Ctrl-C stops it.[/]")
    try:
        while not process.ended():
            time.sleep(0.2)
    except KeyboardInterrupt:
        out.say("\nstopping …")
        process.stop()
        out.mark("passed", "stopped; the data stays, the next start re-uses it")
        return
    raise LocalError("serve.ended", f"the service ended by itself: {process.last_words()}")


@contextlib.contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal unwind like Ctrl-C: the child is stopped, files are removed."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    kinds = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(kind, interrupt) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def _stop_when_input_ends() -> None:
    """Wait for the other end of standard input to close, then stop as if told to."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
