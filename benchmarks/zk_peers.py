"""Zero knowledge beside npm and PyPI: BBS, one predicate, and everything at once, in one run.

    make peers                                        # once: installs what others have made
    python benchmarks/zk_peers.py [--json] [--quick]

Ten messages, five disclosed, on all sides. Each peer has a process of its own and measures its own CPU time,
in turn with ours; one that is not installed is named with the reason, and its ratios are left out. Whatever
the service has on is on: rules, strict decoding, constant-time multiplication of secrets. The fallback in
pure Python is measured on the same proofs, and so is the memory that tables take. `--quick` takes one sample
of what is quick, to see that it runs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from benchmarks.peers.process import Absent, peers
from benchmarks.predicates import World, plain, statements
from zk import bbs
from zk.backend import BackendName, create
from zk.predicates import system

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.peers.process import Peer

    Cases = dict[str, Callable[[], object]]

RANGE = "32 bits one-sided"
TOGETHER = "range, not revoked, pseudonym"
BULLETPROOF = "64 bits two-sided, Bulletproof"
OURS = ("possession", RANGE, TOGETHER, BULLETPROOF)
BAR = "eight milliseconds"
WAYS = ("prove", "verify")


def resident() -> int:
    """Kilobytes of memory that this process holds."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def tables() -> str:
    """Make every generator of a credential with ten slots, and tell what that takes."""
    before, start = resident(), time.process_time()
    made = system(bbs.suite(bbs.SHA256, create(BackendName.NATIVE)))
    made.generators(10, 1)
    milliseconds = (time.process_time() - start) * 1000
    return f"tables for ten slots: {(resident() - before) / 1024:.1f} MB, {milliseconds:.0f} ms"


def ours(world: World) -> Cases:
    """Plain BBS, and the composite proofs."""
    cases = plain(world)
    claims = statements(world)
    for name in OURS:
        cases |= world.both(name, claims[name])
    return cases


def on_py_ecc(*, quick: bool) -> Cases:
    """The same on the fallback, in a world of its own: points belong to their backend."""
    suite = bbs.suite(bbs.SHA256, create(BackendName.PYECC, unsafe_variable_time=True))
    key = bbs.key_generate(suite, b"benchmark key material, no secret")
    public, messages = bbs.public_key(suite, key), [f"claim {i}".encode() for i in range(10)]
    if quick:
        return {"sign BBS, py_ecc": lambda: bbs.sign(suite, key, public, b"header", messages)}
    world = World(suite)
    claims = statements(world)
    cases = plain(world)
    for name in (RANGE, TOGETHER):
        cases |= world.both(name, claims[name])
    return {f"{name}, py_ecc": run for name, run in cases.items()}


def split(found: Mapping[str, Peer | Absent]) -> tuple[Cases, Cases]:
    """Name what the peers do that are there; what takes a tenth of a second or more stands apart."""
    quick: Cases = {}
    slow: Cases = {}
    for peer, there in found.items():
        if isinstance(there, Absent):
            print(f"  absent: {peer}: {there.reason}", file=sys.stderr)
            continue
        for name, run in there.cases.items():
            (slow if "bound" in name else quick)[f"{peer} {name}"] = run
            if there.octets[name] is not None:
                print(f"  {peer} {name}: {there.octets[name]:,} octets", file=sys.stderr)
    return quick, slow


def bars(figures: Mapping[str, float]) -> list[Ratio]:
    """Every bar that the figures at hand can show."""
    wasm = [f"{peer} verify proof" for peer in ("mattr", "dock")]
    ratios = [Ratio("verify BBS", "one pairing check", at_most=2.5)]
    if all(name in figures for name in wasm):
        ratios.append(Ratio(min(wasm, key=figures.__getitem__), "verify BBS", at_least=7))
    for way in WAYS:
        ratios += [
            Ratio(f"{way} {RANGE}", f"{way} possession", at_most=2.1),
            Ratio(f"{way} {RANGE}", f"{way} BBS", at_most=2.1),
            Ratio(f"anoncreds {way} 1 predicate", f"{way} {RANGE}", at_least=8),
            Ratio(f"{way} {TOGETHER}", BAR, at_most=1),
            Ratio(f"{way} {TOGETHER}", "one pairing check"),
            Ratio(f"dock {way} a bound, Bulletproofs++", f"{way} {BULLETPROOF}"),
            Ratio(f"dock {way} a bound, set membership", f"{way} {RANGE}"),
            Ratio(f"digitalbazaar {way if way == 'prove' else 'verify proof'}", f"{way} BBS"),
            *(Ratio(f"{way} {name}, py_ecc", f"{way} {name}") for name in ("BBS", RANGE, TOGETHER)),
        ]
    return [ratio for ratio in ratios if ratio.work in figures and ratio.against in figures]


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    memory = tables()
    world = World()
    with peers() as found:
        cases, slow = split(found)
        figures = measure(ours(world) | cases, rounds=1 if quick else 15)
        figures |= measure(on_py_ecc(quick=quick) | ({} if quick else slow), rounds=1 if quick else 3)
    figures[BAR] = 8000.0
    return report(f"Zero knowledge beside its peers; {memory}", figures, bars(figures))


if __name__ == "__main__":
    sys.exit(main())
