"""The real service in a process that kills itself at a chosen place in its own code.

The product has no switch for this: the process loads the product, wraps the function that a `Failpoint`
names, and serves. It is forked from one that has loaded the product already: loading takes a second.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx

from api.client.connection import read_bootstrap
from api.journey.process import free_port
from api.server import serve
from api.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

BEFORE, AFTER, TORN, INSIDE = "before", "after", "torn", "inside"
PRELOADED = ["api.server", "api.app", "alembic.command", "did.chain.evm", "did.chain.network", __name__]
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Failpoint:
    """Where to die: at the `call`-th pass of a place, once the place `since` was entered.

    A place is `module:function` or `module:Class.method`. `moment` is BEFORE or AFTER it, INSIDE a context
    manager's block (at its end), or TORN: in the middle of what a `RegisterFile` writes. `only` narrows it to
    calls whose arguments, as text, contain a word.
    """

    place: str
    moment: str
    since: str = ""
    call: int = 1
    only: str = ""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # the signal comes when this thread enters the kernel next, at the latest here


class _Trap:
    """Counts, and dies when it is time. Not armed, it lets everything pass."""

    def __init__(self, point: Failpoint, armed: Path) -> None:
        self._point = point
        self._armed = armed
        self._open = not point.since
        self._left = point.call

    def begin(self) -> None:
        if self._armed.exists():
            self._open = True

    def due(self, arguments: tuple[Any, ...]) -> bool:
        if not self._open or not self._armed.exists() or self._point.only not in repr(arguments):
            return False
        self._left -= 1
        return self._left == 0


def set_trap(point: Failpoint, armed: Path) -> None:
    """Wrap the code of this process; the trap closes once the file `armed` exists."""
    trap = _Trap(point, armed)
    if point.since:
        _wrap(point.since, lambda found: _before(found, lambda _: trap.begin()))

    def spring(arguments: tuple[Any, ...]) -> None:
        if trap.due(arguments):
            die()

    wrappers: dict[str, Callable[[Any], Any]] = {
        BEFORE: lambda found: _before(found, spring),
        AFTER: lambda found: _after(found, spring),
        INSIDE: lambda found: _inside(found, spring),
        TORN: lambda found: _torn(found, trap),
    }
    _wrap(point.place, wrappers[point.moment])


def _wrap(place: str, wrapper: Callable[[Any], Any]) -> None:
    module, _, path = place.partition(":")
    owner: Any = import_module(module)
    *above, name = path.split(".")
    for each in above:
        owner = getattr(owner, each)
    setattr(owner, name, wrapper(getattr(owner, name)))


def _before(found: Any, act: Callable[[tuple[Any, ...]], None]) -> Any:
    @functools.wraps(found)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        act(arguments)
        return found(*arguments, **keywords)

    return wrapped


def _after(found: Any, act: Callable[[tuple[Any, ...]], None]) -> Any:
    if inspect.iscoroutinefunction(found):

        @functools.wraps(found)
        async def awaited(*arguments: Any, **keywords: Any) -> Any:
            result = await found(*arguments, **keywords)
            act(arguments)
            return result

        return awaited

    @functools.wraps(found)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        result = found(*arguments, **keywords)
        act(arguments)
        return result

    return wrapped


def _inside(found: Any, act: Callable[[tuple[Any, ...]], None]) -> Any:
    @contextlib.contextmanager
    def wrapped(*arguments: Any) -> Any:
        with found(*arguments) as value:
            yield value
            act(arguments)

    return wrapped


def _torn(found: Any, trap: _Trap) -> Any:
    """Write half a line, and then no more."""

    @functools.wraps(found)
    def wrapped(file: Any, line: str) -> Any:
        if trap.due((line,)):
            found(file, line[: len(line) // 2])
            die()
        return found(file, line)

    return wrapped


def _serve(environment: dict[str, str], log: str, point: Failpoint | None, armed: Path) -> None:
    """Be the service; the body of the new process."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in [name for name in os.environ if name.startswith("AVOW_")]:
        del os.environ[name]
    if point is not None:
        set_trap(point, armed)
    try:
        serve(Settings.from_environment(environment))
    except BaseException as error:
        print(f"{type(error).__name__}: {getattr(error, 'code', '')} {error}", file=sys.stderr, flush=True)  # noqa: T201
        raise


class DyingService:
    """A service on a data directory, started again and again; each time with a failpoint or without."""

    def __init__(self, data: Path, url: str, **settings: str) -> None:
        self.data = data
        self.url = url
        self.address = ""
        self.log = data.parent / "service.log"
        self.armed = data.parent / "armed"
        self._settings = {f"AVOW_{name.upper()}": text for name, text in settings.items()}
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        self._process: ForkServerProcess | None = None

    def start(self, point: Failpoint | None = None, *, armed: bool = False) -> None:
        """Start, with a trap that is armed from the beginning or by `arm`. Does not wait."""
        self.armed.unlink(missing_ok=True)
        if armed:
            self.arm()
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            "AVOW_DATA": str(self.data),
            "AVOW_PORT": str(port),
            "AVOW_PUBLIC_URL": self.url,
            "AVOW_LOG_LEVEL": "warning",
            **self._settings,
        }
        process = self._context.Process(
            target=_serve, args=(environment, str(self.log), point, self.armed), daemon=True
        )
        process.start()
        self._process = process

    def arm(self) -> None:
        """Let the trap close at the next pass."""
        self.armed.touch()

    def wait_ready(self) -> None:
        """Wait until it is ready; a service that ends instead fails with what it said."""
        end = time.monotonic() + START_SECONDS
        with httpx.Client(base_url=self.address, timeout=5) as client:
            while time.monotonic() < end:
                assert self.alive, self.last_words()
                with contextlib.suppress(httpx.TransportError):
                    if client.get("/readyz").status_code == 200:
                        return
                time.sleep(0.01)
        raise AssertionError(f"not ready: {self.last_words()}")

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def died(self, *, within: float) -> bool:
        """Wait for its death; tells whether it killed itself in this time."""
        assert self._process is not None
        self._process.join(within)
        if self._process.exitcode is None:
            return False
        assert self._process.exitcode == -signal.SIGKILL, self.last_words()
        return True

    def kill(self) -> None:
        """End it without a word, if it lives."""
        assert self._process is not None
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Ask it to end in order."""
        assert self._process is not None
        self._process.terminate()
        self._process.join(30)
        assert self._process.exitcode == 0, self.last_words()

    def last_words(self) -> str:
        return self.log.read_text()[-2000:] if self.log.exists() else ""

    def token(self) -> str:
        """An access token of the first client."""
        found = read_bootstrap(self.data)
        assert found is not None
        answer = httpx.post(
            f"{self.address}/token",
            data={"grant_type": "client_credentials"},
            auth=(found.client.client_id, found.client.client_secret),
        )
        return answer.json()["access_token"]
