"""The real service as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
SERVE = (
    "import os; from api.server import serve; from api.settings import Settings; "
    "serve(Settings.from_environment(os.environ))"
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Service:
    """A service on a data directory; started, killed and started again."""

    def __init__(self, data: Path, port: int, **settings: str) -> None:
        self.data = data
        self.url = f"http://localhost:{port}"
        self.address = f"http://127.0.0.1:{port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AVOW_")},
            "AVOW_DATA": str(data),
            "AVOW_PORT": str(port),
            "AVOW_PUBLIC_URL": self.url,
            "AVOW_LOG_LEVEL": "warning",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data.parent / "service.log"

    def start(self) -> float:
        """Start and wait until it is ready; gives the seconds that it took."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        while time.monotonic() - begun < 60:
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text())
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                    return time.monotonic() - begun
            time.sleep(0.01)
        raise AssertionError("not ready within a minute")

    def kill(self) -> None:
        """End it as a power cut of the process would: no goodbye."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def token(self) -> str:
        """An access token of the first client."""
        client = json.loads((self.data / "bootstrap-client.json").read_text())
        answer = httpx.post(
            f"{self.address}/token",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        )
        return answer.json()["access_token"]
