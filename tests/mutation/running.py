"""Run mutants against tests: one process knows everything, and forks for each mutant.

The tests of a group run once as they are, with line coverage by test; what they set up for the session
stays. For each mutant a child process is forked, in which the mutant stands, and the tests that met its lines
run, the quickest first, until one fails. So a mutant costs a fork and, mostly, one test.

- A test that takes far longer than it did, or far more memory, has noticed: an endless loop counts as killed.
  Time is the processor's, so that a busy machine decides nothing; a wait without end is cut off as well.
- A survivor has passed every test that met its lines, up to `PATIENCE` seconds of them.
- Only children run mutants; nothing of one is seen by the next. At the end every test that noticed something
  runs in a child as well, without a mutant, and must pass: it was not the child that failed.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.mutants import active
from tests.rejects.removal import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.mutation.mutants import Mutant
    from tests.mutation.targets import Group

PATIENCE = 4.0
"""Seconds of the processor, by what the tests took unchanged, that a mutant has to survive."""

MEMORY = 3 << 30
"""Octets of address space a child may have beside what its parent had."""

SURVIVED = 0
KILLED = 1


@dataclass
class Outcome:
    """What became of a mutant; `by` is the test that noticed."""

    mutant: str
    killed: bool
    by: str
    tests: int
    seconds: float


@dataclass
class Runner:
    """A pytest plugin in the place of its loop."""

    mutants: Sequence[Mutant]
    workers: int
    outcomes: list[Outcome] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    baseline: float = 0.0

    def __post_init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._items: dict[str, Any] = {}
        self._met: dict[str, dict[int, set[str]]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: Any) -> None:
        """Let property tests look for a failure only, the same way each time, and keep nothing."""
        settings.register_profile(
            "mutation",
            deadline=None,
            database=None,
            derandomize=True,
            max_examples=40,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the tests once, then the mutants."""
        started = time.monotonic()
        self._measure(session)
        self.baseline = time.monotonic() - started
        if not self.failed:
            self.outcomes = self._shared()
            self._control()
        return True

    def _measure(self, session: Any) -> None:
        files = sorted({path for mutant in self.mutants for path, _ in mutant.places})
        measured = coverage.Coverage(data_file=None, include=files, branch=False, config_file=False)
        measured.start()
        for item in session.items:
            measured.switch_context(item.nodeid)
            began = time.process_time()
            reports = _reports(item)
            self._seconds[item.nodeid] = time.process_time() - began
            if any(report.failed for report in reports):
                self.failed += [f"{item.nodeid}: {report.longrepr}" for report in reports if report.failed]
            elif all(report.passed for report in reports):
                self._items[item.nodeid] = item
        measured.stop()
        gc.collect()
        gc.freeze()
        data = measured.get_data()
        self._met = {
            path: {line: set(tests) for line, tests in data.contexts_by_lineno(path).items()}
            for path in files
        }

    def _control(self) -> None:
        """Run every test that noticed something once more, in a child, without any mutant."""
        noticed = {outcome.by for outcome in self.outcomes if outcome.by}
        name, status = self._forked(None, [self._items[by] for by in sorted(noticed)])
        if status != SURVIVED:
            self.failed.append(f"{name}: in a child process")

    def _tests(self, mutant: Mutant) -> Iterator[Any]:
        names = {name for path, line in mutant.places for name in self._met[path].get(line, ())}
        names &= self._items.keys()
        spent = 0.0
        for name in sorted(names, key=lambda name: (self._seconds[name], name)):
            spent += self._seconds[name]
            if spent > PATIENCE and spent > self._seconds[name]:
                return
            yield self._items[name]

    def _shared(self) -> list[Outcome]:
        """Share the mutants between workers; outcomes in the order of the mutants."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder, str(n)) for n in range(self.workers)]
            workers = []
            for n, file in enumerate(files):
                pid = os.fork()
                if not pid:
                    with file.open("w") as written:
                        for position in range(n, len(self.mutants), self.workers):
                            outcome = self._tried(self.mutants[position])
                            written.write(json.dumps([position, *vars(outcome).values()]) + "\n")
                            written.flush()
                    os._exit(0)
                workers.append(pid)
            for pid in workers:
                _, status = os.waitpid(pid, 0)
                if status:
                    raise RuntimeError(f"a worker ended with status {status}")
            rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return [Outcome(*row) for _, *row in sorted(rows)]

    def _tried(self, mutant: Mutant) -> Outcome:
        started = time.monotonic()
        tests = list(self._tests(mutant))
        last, status = self._forked(mutant, tests)
        return Outcome(
            mutant.name,
            killed=status != SURVIVED,
            by=last if status else "",
            tests=len(tests),
            seconds=time.monotonic() - started,
        )

    def _forked(self, mutant: Mutant | None, tests: Sequence[Any]) -> tuple[str, int]:
        """Run tests in a child, until one fails; the last that began, and how the child ended."""
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            _attempt(mutant, tests, self._seconds, writing)
        os.close(writing)
        with os.fdopen(reading) as progress:
            begun = progress.read().splitlines()
        _, status = os.waitpid(pid, 0)
        return begun[-1] if begun else "", status


def _attempt(mutant: Mutant | None, tests: Sequence[Any], seconds: dict[str, float], progress: int) -> None:
    """Run tests with the mutant in place, in a child that ends here; a stray exit counts as noticed."""
    code = KILLED
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        for ended in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(ended, signal.SIG_DFL)
        with active(mutant) if mutant else nullcontext():
            for item in tests:
                os.write(progress, item.nodeid.encode() + b"\n")
                # What a module shares is set up again here, so the limit is that of its slowest test.
                file, _, _ = item.nodeid.partition("::")
                usual = max(took for name, took in seconds.items() if name.startswith(f"{file}::"))
                signal.setitimer(signal.ITIMER_PROF, 5 + 5 * usual)
                signal.setitimer(signal.ITIMER_REAL, 120 + 50 * usual)
                if not all(report.passed for report in _reports(item)):
                    os._exit(KILLED)
        code = SURVIVED
    finally:
        os._exit(code)


def _reports(item: Any) -> list[Any]:
    """Run a test, and tear down towards another one: what the whole session shares stays."""
    item.session._setupstate.teardown_exact(item)
    first, second = item.session.items[:2]
    return runtestprotocol(item, nextitem=second if item is first else first, log=False)


def run(group: Group, mutants: Sequence[Mutant], *, workers: int) -> Runner:
    """Run the mutants of a group."""
    runner = Runner(mutants, workers)
    arguments = [
        *(str(ROOT / path) for path in group.tests),
        f"--rootdir={ROOT}",
        "-q",
        "-m",
        "not slow",
        *(("-k", group.deselect) if group.deselect else ()),
        "--capture=no",
        # Hypothesis is here before pytest could rewrite its assertions, which nobody reads.
        "-Wignore::pytest.PytestAssertRewriteWarning",
        *(["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]),
    ]
    status = pytest.main(arguments, plugins=[runner])
    if runner.failed:
        raise RuntimeError(f"tests fail without any mutant: {chr(10).join(runner.failed)}")
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        raise RuntimeError(f"pytest ended with {status!r}")
    return runner
