"""A real Ethereum node for tests: anvil from npm, on a free port of the loopback, ended by its process id.

Install it with `npm ci --prefix tests/did/chain/node`; without it the tests that need it are skipped, or fail
where everything is required.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.support import vectors

FOLDER = vectors.ROOT / "tests" / "did" / "chain" / "node"
START_SECONDS = 20.0
RICH = 10**21


def binary() -> Path:
    """The node's program; skips or fails where it is not installed."""
    found = sorted(FOLDER.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        vectors.absent("the node anvil (run `npm ci` in tests/did/chain/node)")
    return found[0]


class Anvil:
    """One node. `arguments` are anvil's own; the port is chosen by the system, and kept over a restart."""

    def __init__(self, *arguments: str) -> None:
        self._program = binary()
        self.arguments = arguments
        self._sent = 0
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # The first lines of its output name the port; the rest goes to a file that nobody has to drain.
        with tempfile.NamedTemporaryFile(suffix=".log", delete=False) as log:
            self._log = Path(log.name)
            command = [str(self._program), "--port", str(self.port), *self.arguments]
            environment = {**os.environ, "NO_COLOR": "1"}
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        end = time.monotonic() + START_SECONDS
        while not (listening := re.search(r"Listening on 127\.0\.0\.1:(\d+)", self._log.read_text())):
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                raise RuntimeError(f"anvil did not start: {self._log.read_text()[-500:]}")
            time.sleep(0.01)
        self.port = int(listening[1])

    def stop(self) -> None:
        """End it in order; with `--state` it writes its state."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
        self._log.unlink(missing_ok=True)

    def rpc(self, method: str, *params: Any) -> Any:
        self._sent += 1
        request = {"jsonrpc": "2.0", "id": self._sent, "method": method, "params": list(params)}
        with urllib.request.urlopen(
            urllib.request.Request(
                self.url, json.dumps(request).encode(), {"content-type": "application/json"}
            ),
            timeout=20,
        ) as answer:
            found = json.loads(answer.read())
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']}")
        return found["result"]

    def fund(self, address: bytes) -> None:
        self.rpc("anvil_setBalance", "0x" + address.hex(), hex(RICH))

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def count(self, address: bytes, block: str = "latest") -> int:
        return int(self.rpc("eth_getTransactionCount", "0x" + address.hex(), block), 16)
