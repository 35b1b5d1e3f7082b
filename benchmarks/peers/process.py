"""Peers in processes of their own, which measure themselves when they are asked to.

    make peers                          installs them: versions and digests in the locks

A peer says first what it can do, and how many octets that makes; then, for each operation and count, how much
CPU time it took. So peers and ours are measured in turn, on the machine as it then is. A peer not there
is named with the reason, and left out.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from benchmarks.harness import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).parent
ENVIRONMENT = FOLDER.parents[1] / ".venv-peers"

NPM = {
    "mattr": "@mattrglobal/pairing-crypto",
    "digitalbazaar": "@digitalbazaar/bbs-signatures",
    "dock": "@docknetwork/crypto-wasm-ts",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer: its operations, and the octets that each of them made."""

    cases: Mapping[str, Elsewhere]
    octets: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that is not there, and why."""

    reason: str


@contextmanager
def peers() -> Iterator[dict[str, Peer | Absent]]:
    """Start all peers that are installed; they end with the context."""
    with ExitStack() as stack:
        found: dict[str, Peer | Absent] = {
            name: _start(stack, ["node", "serve.mjs", name], _npm_lack(package))
            for name, package in NPM.items()
        }
        python = ENVIRONMENT / "bin" / "python"
        lack = None if python.exists() else "no .venv-peers: run `make peers`"
        found["anoncreds"] = _start(stack, [str(python), "serve_anoncreds.py"], lack)
        yield found


def _npm_lack(package: str) -> str | None:
    if which("node") is None:
        return "no Node"
    installed = (FOLDER / "node_modules" / package).is_dir()
    return None if installed else f"{package} is not in benchmarks/peers/node_modules: run `make peers`"


def _start(stack: ExitStack, command: Sequence[str], lack: str | None) -> Peer | Absent:
    if lack is not None:
        return Absent(lack)
    process = stack.enter_context(
        subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    )
    stack.callback(process.terminate)
    try:
        octets = _line(process)["operations"]
    except EOFError:
        return Absent(f"`{' '.join(command)}` does not start here")
    return Peer({name: Elsewhere(partial(_spend, process, name)) for name in octets}, octets)


def _spend(process: subprocess.Popen[str], operation: str, loops: int) -> int:
    process.stdin.write(json.dumps({"operation": operation, "loops": loops}) + "\n")
    process.stdin.flush()
    return _line(process)["nanoseconds"]


def _line(process: subprocess.Popen[str]) -> dict:
    line = process.stdout.readline()
    if not line:
        raise EOFError
    return json.loads(line)
