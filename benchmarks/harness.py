"""Measure callables against each other in one run, and print ratios.

Callables are interleaved, round by round, so that whatever else the machine does hits all of them alike.
Each sample begins with one call that is not counted, so that caches hold what this callable works on.
Figures are medians of process CPU time. Ratios are what a budget is written in; absolute times are printed
for the eye.

    figures = measure({"one pairing check": check, "proof verify": verify})
    sys.exit(report("BBS", figures, [Ratio("proof verify", "one pairing check", at_most=2.5)]))

What runs in another process is an `Elsewhere`: it measures its own CPU time, in its turn.

With `--json` the report is one JSON object on standard output.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SAMPLE_NANOSECONDS = 1_000_000
"""Quicker callables are repeated until a sample is about this long, against the clock's grain."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure against another, and its bar: at most, or at least, so many times."""

    work: str
    against: str
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Work of another process: `spend` has it done so often, and tells that process's CPU nanoseconds."""

    spend: Callable[[int], int]

    def __call__(self) -> None:
        """Have it done once."""
        self.spend(1)


def measure(cases: Mapping[str, Callable[[], object]], *, rounds: int = 31) -> dict[str, float]:
    """Return the median microseconds of CPU time of each callable, interleaved over `rounds`."""
    loops = {name: max(1, SAMPLE_NANOSECONDS // max(1, _sample(run, 1))) for name, run in cases.items()}
    samples: dict[str, list[float]] = {name: [] for name in cases}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in cases.items():
                run()
                samples[name].append(_sample(run, loops[name]) / loops[name] / 1000)
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in samples.items()}


def report(title: str, figures: Mapping[str, float], ratios: Sequence[Ratio]) -> int:
    """Print figures and ratios, as a table or as JSON; return 1 if a bar was missed, else 0."""
    rows = [(ratio, figures[ratio.work] / figures[ratio.against]) for ratio in ratios]
    missed = [ratio for ratio, value in rows if not _holds(ratio, value)]
    if "--json" in sys.argv[1:]:
        print(
            json.dumps(
                {"title": title, "microseconds": dict(figures), "ratios": [_row(*row) for row in rows]}
            )
        )
        return int(bool(missed))
    print(title)
    for name, value in figures.items():
        print(f"  {name:<44} {value:>12,.1f} us")
    for ratio, value in rows:
        verdict = "" if _bar(ratio) == "" else "  ok" if _holds(ratio, value) else "  MISSED"
        print(f"  {ratio.work} / {ratio.against}: {value:,.2f}{_bar(ratio)}{verdict}")
    return int(bool(missed))


def _sample(run: Callable[[], object], loops: int) -> int:
    if isinstance(run, Elsewhere):
        return run.spend(loops)
    start = time.process_time_ns()
    for _ in range(loops):
        run()
    return time.process_time_ns() - start


def _holds(ratio: Ratio, value: float) -> bool:
    below = ratio.at_most is None or value <= ratio.at_most
    return below and (ratio.at_least is None or value >= ratio.at_least)


def _bar(ratio: Ratio) -> str:
    if ratio.at_most is not None:
        return f" (at most {ratio.at_most:g})"
    return "" if ratio.at_least is None else f" (at least {ratio.at_least:g})"


def _row(ratio: Ratio, value: float) -> dict[str, object]:
    return {
        "work": ratio.work,
        "against": ratio.against,
        "ratio": round(value, 3),
        "at_most": ratio.at_most,
        "at_least": ratio.at_least,
        "holds": _holds(ratio, value),
    }
