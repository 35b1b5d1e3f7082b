"""A service of the journey's own: the same program in another process, until it is stopped."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

from api.client.failures import LocalError, UnreachableError
from api.client.service_client import ServiceClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LOG_NAME = "service.log"
# A first start makes keys, tables and a chain with its contract; a slow machine may need most of this.
READY_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.05
_LOG_TAIL = 12
# How the child reports an error of its own (`api.cli.output.report`).
_ERROR = re.compile(
    r"^error (?P<code>[a-z0-9.-]+): (?P<detail>.*)(?:\n  clause  .*)?(?:\n  remedy  (?P<remedy>.*))?",
    re.MULTILINE,
)


class ServiceProcess:
    """`avow serve` as a child: started, waited for, stopped.

    The child has a session of its own, so Ctrl-C reaches only us and we stop it in order. It also holds the
    reading end of a pipe whose writing end is ours: if we die without a word, it notices and stops.
    """

    def __init__(self, data: Path, port: int, *, environment: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.port = port
        inherited = os.environ if environment is None else environment
        self.url = inherited.get("AVOW_PUBLIC_URL") or f"http://localhost:{port}"
        self._environment = {
            **inherited,
            "AVOW_DATA": str(data),
            "AVOW_PORT": str(port),
            "AVOW_PUBLIC_URL": self.url,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._log_began = 0

    @property
    def local_url(self) -> str:
        """Where this machine reaches the service, whatever its public address is."""
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        """The file that takes the service's own words."""
        return self.data / LOG_NAME

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child; it is not ready yet. Code `serve.address` where somebody else listens."""
        check_free(self.port)
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._log_began = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "serve", "--until-input-ends"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def wait_ready(self, tell: Callable[[float], None] = lambda _: None) -> float:
        """Wait for /readyz, telling the seconds waited; gives the whole time."""
        began = time.monotonic()
        with ServiceClient(self.local_url) as service:
            while True:
                waited = time.monotonic() - began
                self._check_alive()
                try:
                    service.get("/readyz")
                except (UnreachableError, LocalError) as error:
                    if waited > READY_SECONDS:
                        raise self._not_ready(f"was not ready after {READY_SECONDS:.0f} s") from error
                else:
                    return waited
                tell(waited)
                time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask the child to finish, and make it after a while."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ended(self) -> bool:
        """Say whether the child has ended by itself."""
        return self._process is None or self._process.poll() is not None

    def _check_alive(self) -> None:
        if self.ended():
            code = self._process.returncode if self._process else None
            raise self._not_ready(f"ended with code {code} before it was ready")

    def _not_ready(self, what: str) -> LocalError:
        words = self._words()
        said = _ERROR.search("\n".join(words))
        if said:
            return LocalError(said["code"], said["detail"], remedy=said["remedy"] or "")
        return LocalError(
            "serve.not-ready", f"the service {what}: {self.last_words()}", remedy=f"see {self.log}"
        )

    def last_words(self) -> str:
        """Give the last lines of the child's log."""
        return " / ".join(_plain(line) for line in self._words()[-_LOG_TAIL:]) or "it said nothing"

    def _words(self) -> list[str]:
        return self.log.read_bytes()[self._log_began :].decode("utf-8", "replace").strip().splitlines()


def _plain(line: str) -> str:
    try:
        event = json.loads(line)
    except ValueError:
        return line
    return str(event.get("event", line)) if isinstance(event, dict) else line


def check_free(port: int) -> None:
    """Refuse a port on which somebody listens: their answers would be taken for our child's."""
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
        raise LocalError(
            "serve.address",
            f"somebody listens on port {port} already",
            remedy="stop what listens there, or choose another with --port",
        )


def free_port() -> int:
    """Find a loopback port that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
