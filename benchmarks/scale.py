"""A registry with many DIDs: how long it takes to fill, what it holds in memory, and whether size is felt.

    python benchmarks/scale.py [--dids 1000000] [--keep DIRECTORY] [--json]

Two registries are filled through the domain and the service's own writer, a thousand DIDs a command, each DID
with a true did:webvh history; they are sealed, signed, and anchored on the embedded chain as always. Then:

- a service is started on each as a process of its own, and timed until it is ready
- in one process, DIDs chosen at random are resolved with their proof, each once, both registries in turn;
  what a ratio compares are medians of CPU time
- the bundles, without history and state proofs, are measured

`--keep` fills the directory once and uses it again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
from sqlalchemy import insert, select
from sqlmodel import col

from api import logs
from api.services import resolution
from api.services.startup import running
from api.settings import Settings
from api.store.tables import DidRow, DidVersion
from api.system import System
from benchmarks.harness import Ratio, report
from did import jcs
from did.encoding import decode_multihash34
from did.keys import Ed25519Signer
from did.methods.webvh import create, placeholder_did
from did.methods.webvh.log import read_entry
from did.registry.entries import DidOperation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.services.core import Core
    from api.store.writer import Unit
    from did.methods.webvh.log import Entry

SMALL = 1_000
ASKED = 400
"""DIDs resolved in each registry."""
COMMAND = 1_000


def settings_of(directory: Path, port: int = 8000) -> Settings:
    return Settings.checked({"data": directory, "port": port, "log_level": "error"})


async def fill(directory: Path, count: int) -> dict[str, float]:
    """Register `count` DIDs; gives what it took."""
    began, cpu = time.monotonic(), time.process_time()
    signer = Ed25519Signer(bytes(32))
    async with running(settings_of(directory), System()) as core:
        for first in range(0, count, COMMAND):
            made = [new_did(signer, number) for number in range(first, min(first + COMMAND, count))]
            await core.writer.run(lambda unit, made=made: store(core, unit, made))
            if sys.stderr.isatty():
                print(f"\r{first + len(made):>10,} of {count:,}", end="", file=sys.stderr)
        await anchored(core)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "peakMegabytes": used.ru_maxrss / 1024,
    }


def new_did(signer: Ed25519Signer, number: int) -> tuple[str, Entry]:
    name = f"d{number}"
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": placeholder_did("localhost", ["dids", name], port=8000),
    }
    line = create(document, signer=signer, now=datetime(2026, 1, 1, tzinfo=UTC), portable=True)
    return name, read_entry(line.encode())


def store(core: Core, unit: Unit, made: list[tuple[str, Entry]]) -> None:
    """What the registrar writes for a new DID, for a thousand at once."""
    scids = [str(entry.parameters["scid"]) for _, entry in made]
    entries = [
        DidOperation(decode_multihash34(scid), 1, entry.entry_hash34, deactivated=False)
        for scid, (_, entry) in zip(scids, made, strict=True)
    ]
    first = core.registry.sequencer.append_all(unit, entries, tenant="default")
    now = core.system.seconds()
    dids = [
        {
            "scid": scid,
            "tenant": "default",
            "name": name,
            "did": entry.state["id"],
            "hosted_keys": False,
            "created": now,
        }
        for scid, (name, entry) in zip(scids, made, strict=True)
    ]
    versions = [
        {
            "scid": scid,
            "version": 1,
            "tenant": "default",
            "entry_hash": entry.entry_hash34,
            "deactivated": False,
            "time": now,
            "line": entry.line,
            "log_index": index,
        }
        for index, (scid, (_, entry)) in enumerate(zip(scids, made, strict=True), first)
    ]
    unit.connection.execute(insert(DidRow), dids)
    unit.connection.execute(insert(DidVersion), versions)


async def anchored(core: Core) -> None:
    """Wait until everything is anchored and final."""
    size = core.registry.sequencer.size
    while core.registry.progress(size - 1) != "final":  # noqa: ASYNC110  nothing announces it
        await asyncio.sleep(0.1)


def start_once(directory: Path) -> tuple[float, float]:
    """Start the service as a process of its own: seconds until it is ready, and its peak megabytes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "AVOW_PUBLIC_URL": Settings().public_url,
        "AVOW_DATA": str(directory),
        "AVOW_PORT": str(port),
        "AVOW_LOG_LEVEL": "error",
    }
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "api.cli", "serve"], env=environment)
    try:
        while process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            time.sleep(0.02)
        ready = time.monotonic() - began
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    finally:
        process.terminate()
        process.wait()
    return ready, peak / 1024


async def compare(small: Path, large: Path, count: int) -> tuple[dict[str, float], dict[int, float]]:
    """Resolve in both registries by turns: medians in microseconds of CPU time, and mean sizes of bundles."""
    rng = random.Random(1)
    async with running(settings_of(small), System()) as few, running(settings_of(large), System()) as many:
        cores = {SMALL: few, count: many}
        asked = {size: rng.sample(dids_of(core, size), ASKED) for size, core in cores.items()}
        spent: dict[int, list[float]] = {size: [] for size in cores}
        sizes: dict[int, list[int]] = {size: [] for size in cores}
        for turn in range(ASKED):
            for size, core in cores.items():
                began = time.process_time_ns()
                answer = resolution.resolve(core, asked[size][turn], [], "*/*")
                spent[size].append((time.process_time_ns() - began) / 1000)
                sizes[size].append(bare_size(answer.body))
        half = ASKED // 2  # what every path crosses is read by then
        figures = {
            f"resolve with proof, {size:,} DIDs": statistics.median(spent[size][half:]) for size in cores
        }
        return figures, {size: statistics.mean(sizes[size]) for size in cores}


def dids_of(core: Core, count: int) -> list[str]:
    """DIDs of the registry, a few thousand of them spread over all of it."""
    numbers = range(0, count, max(1, count // 2000))
    names = [f"d{number}" for number in numbers]
    found: list[str] = []
    for at in range(0, len(names), 500):
        rows = core.reader.all(select(col(DidRow.did)).where(col(DidRow.name).in_(names[at : at + 500])))
        found += [row.did for row in rows]
    return found


def bare_size(body: Any) -> int:
    """Bytes of the bundle in a resolution result, without history and the state proofs of its anchors."""
    (bundle,) = body["didResolutionMetadata"]["proof"]
    anchors = [{name: anchor[name] for name in anchor if name != "state"} for anchor in bundle["anchors"]]
    return len(
        jcs.canonicalize({**{name: bundle[name] for name in bundle if name != "history"}, "anchors": anchors})
    )


@contextlib.contextmanager
def place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    directory = Path(tempfile.mkdtemp(prefix="avow-scale-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def filled(directory: Path, count: int) -> dict[str, float] | None:
    """Fill a registry in a process of its own, unless an earlier run did."""
    if (directory / "avow.sqlite3").exists():
        return None
    command = [sys.executable, __file__, "--fill", str(directory), "--dids", str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dids", type=int, default=20_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logs.configure("error")
    if given.fill:
        print(json.dumps(asyncio.run(fill(given.fill, given.dids))))
        return 0
    with place(given.keep) as directory:
        small, large = directory / str(SMALL), directory / str(given.dids)
        filled(small, SMALL)
        built = filled(large, given.dids)
        ready, peak = start_once(large)
        figures, sizes = asyncio.run(compare(small, large, given.dids))
    lines = {f"filled {given.dids:,} DIDs: {name}": value for name, value in (built or {}).items()}
    lines |= {"ready after start, seconds": ready, "peak of that process, megabytes": peak}
    lines |= {f"bundle without history and state proof, {size:,} DIDs, bytes": n for size, n in sizes.items()}
    stream = sys.stderr if given.json else sys.stdout
    for name, value in lines.items():
        print(f"  {name:<60} {value:>12,.1f}", file=stream)
    few, many = figures
    return report("scale", figures, [Ratio(many, few, at_most=1.5)])


if __name__ == "__main__":
    sys.exit(main())
