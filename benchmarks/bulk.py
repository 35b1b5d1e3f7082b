"""Ten thousand credentials in one batch (`eddsa-jcs-2022`, with schema), against the raw signatures.

python benchmarks/bulk.py [--rows N] [--json]

Through the service as it runs (real database, `synchronous=FULL`), without HTTP: rows appended in chunks,
issued in the background, results read in pages. During a second batch somebody else makes small durable
changes and notes how long they take. Raw work is what `eddsa-jcs-2022` is held against: parse, SHA-256,
Ed25519.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nacl.bindings
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from api import logs
from api.bulk import batches, results
from api.bulk.batches import NewRow
from api.services import idempotency, issuers, registrar
from api.services.core import Caller
from api.services.issuers import Profile
from api.services.startup import running
from api.settings import Settings
from api.system import System
from schemas import examples

if TYPE_CHECKING:
    from api.services.core import Core

CHUNK = 250
CALLER = Caller("default", "bench", frozenset())
SCHEMA = "https://avow.example/schemas/employment/v1"


async def prepare(core: Core) -> None:
    """Make a DID and a profile."""
    made = await registrar.create(core, CALLER, "city", None, None)
    profile = Profile("staff", str(made["did"]), ("eddsa-jcs-2022",), schema=SCHEMA)
    await issuers.put(core, CALLER, profile, None)


async def issue(core: Core, count: int) -> tuple[float, float, list[bytes]]:
    """Issue so many rows; gives seconds of wall and CPU time, and the results."""
    claims = examples.load("employment")
    chunks = [
        [NewRow(str(i), {"credentialSubject": claims}) for i in range(start, min(start + CHUNK, count))]
        for start in range(0, count, CHUNK)
    ]
    key = idempotency.once("bench", method="POST", path="/", body=b"")
    begun, cpu = time.perf_counter(), time.process_time()
    made, _ = await batches.create(core, CALLER, "staff", key)
    batch = str(made["batch"])
    for chunk in chunks:
        await batches.append(core, CALLER, "staff", batch, chunk)
    await batches.close(core, CALLER, "staff", batch)
    lines: list[bytes] = []
    while len(lines) < count:
        page, _ = await results.page(core, CALLER, "staff", batch, after=len(lines), most=1000)
        lines += page.splitlines()
        await asyncio.sleep(0.02)
    return time.perf_counter() - begun, time.process_time() - cpu, lines


async def others(core: Core, waits: list[float]) -> None:
    """Make small durable changes for ever, and note how long each takes."""
    while True:
        begun = time.perf_counter()
        await core.writer.run(lambda unit: unit.connection.exec_driver_sql("SELECT 1").scalar())
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)


def raw(lines: list[bytes]) -> float:
    """Seconds of CPU that the bare work takes on the same credentials."""
    _, secret = nacl.bindings.crypto_sign_seed_keypair(b"\x01" * 32)
    cpu = time.process_time()
    for line in lines:
        orjson.loads(line)
        nacl.bindings.crypto_sign(hashlib.sha256(line).digest(), secret)
    return time.process_time() - cpu


async def measure(count: int) -> dict[str, Any]:
    """Run it, alone on its own service."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.checked({"data": Path(folder) / "data", "chain": "memory", "log_level": "error"})
        logs.configure("error")
        async with running(settings, System()) as core:
            await prepare(core)
            quiet: list[float] = []
            task = asyncio.create_task(others(core, quiet))
            await asyncio.sleep(1)
            task.cancel()
            before = core.writer.commits
            wall, cpu, lines = await issue(core, count)
            commits = core.writer.commits - before
            waits: list[float] = []
            task = asyncio.create_task(others(core, waits))
            await _second(core, count // 4)
            task.cancel()
    issued = sum(b'"state":"issued"' in line for line in lines)
    bare = raw(lines)
    return {
        "rows": count,
        "issued": issued,
        "seconds": round(wall, 2),
        "rows_per_second": round(count / wall),
        "cpu_us_per_row": round(cpu / count * 1e6, 1),
        "raw_us_per_row": round(bare / count * 1e6, 1),
        "cpu_ratio": round(cpu / bare, 2),
        "commits": commits,
        "rows_per_commit": round(count / commits, 1),
        "other_change_ms": _spread(quiet),
        "other_change_ms_during_batch": _spread(waits),
    }


async def _second(core: Core, count: int) -> None:
    """Another batch, for what others notice of it."""
    key = idempotency.once("second", method="POST", path="/", body=b"")
    made, _ = await batches.create(core, CALLER, "staff", key)
    batch = str(made["batch"])
    claims = examples.load("employment")
    for start in range(0, count, CHUNK):
        chunk = [NewRow(str(i), {"credentialSubject": claims}) for i in range(start, start + CHUNK)]
        await batches.append(core, CALLER, "staff", batch, chunk)
    await batches.close(core, CALLER, "staff", batch)
    while batches.show(core, CALLER, "staff", batch)["state"] != "done":  # noqa: ASYNC110  as a client looks
        await asyncio.sleep(0.02)


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50": round(statistics.median(ordered) * 1000, 2),
        "p99": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
    }


def main() -> int:
    """Print the figures; 1 if a row was not issued or a commit held less than ten rows on average."""
    arguments = sys.argv[1:]
    count = int(arguments[arguments.index("--rows") + 1]) if "--rows" in arguments else 10_000
    found = asyncio.run(measure(count))
    if "--json" in arguments:
        print(json.dumps(found))
    else:
        print(f"A batch of {count:,} rows, eddsa-jcs-2022 with schema")
        for name, value in found.items():
            print(f"  {name:<30} {value}")
    return int(found["issued"] != count or found["rows_per_commit"] < 10)


if __name__ == "__main__":
    sys.exit(main())
