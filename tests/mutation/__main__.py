"""The mutation score of the verifying code.

python -m tests.mutation                           all of it
python -m tests.mutation --module zk.predicates.rules --module zk.curve
python -m tests.mutation --group bbs --sample 20   a few, drawn by the sources: other sources, other mutants
python -m tests.mutation --list                    the names of the mutants, nothing is run
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.mutants import mutants_of
from tests.mutation.running import run
from tests.mutation.scoring import Score, drawn, reviewed, unknown_names
from tests.mutation.targets import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.mutation.mutants import Mutant
    from tests.mutation.targets import Group

PASSING = 0.95


def main() -> int:
    """Run mutants, say which survive and what the scores are; 1 where too many survive."""
    options = _options()
    known = reviewed()
    scores = []
    for group in GROUPS:
        if options.group and group.name not in options.group:
            continue
        targets = [
            target for target in group.targets if not options.module or target.module in options.module
        ]
        mutants = [mutant for target in targets for mutant in mutants_of(target)]
        if options.again:
            mutants = [mutant for mutant in mutants if mutant.name in _survivors(options.again)]
        if options.sample:
            mutants = drawn(mutants, options.sample, seed=options.seed)
        if options.list:
            _say(*(mutant.name for mutant in mutants))
        elif mutants:
            scores.append(_score(group, mutants, known, options))
    return 0 if options.list else _judge(Score.sum(scores), known, options)


def _score(
    group: Group, mutants: Sequence[Mutant], known: Mapping[str, str], options: argparse.Namespace
) -> Score:
    asked = [mutant for mutant in mutants if options.recheck or mutant.name not in known]
    began = time.monotonic()
    runner = run(group, asked, workers=options.workers)
    score = Score.of(mutants, runner.outcomes, known)
    took = time.monotonic() - began
    _say("", f"{group.name}: {runner.baseline:.0f} s of tests alone, {took:.0f} s in all", score.text())
    if options.write:
        with Path(options.write).open("a") as written:
            written.writelines(json.dumps(vars(outcome)) + "\n" for outcome in runner.outcomes)
    return score


def _survivors(path: str) -> set[str]:
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    return {row["mutant"] for row in rows if not row["killed"]}


def _judge(total: Score, known: Mapping[str, str], options: argparse.Namespace) -> int:
    whole = not (options.sample or options.group or options.module or options.again)
    stale = unknown_names(known) if whole else []
    _say("", *(f"reviewed, but no mutant: {name}" for name in stale), f"all: {total.line()}")
    if options.sample:
        return 1 if total.survivors else 0
    return 0 if total.ratio >= PASSING and not stale else 1


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--group", action="append", help="only this group of modules")
    parser.add_argument("--module", action="append", help="only this module")
    parser.add_argument(
        "--sample", type=int, help="so many mutants of each group; each must be killed or reviewed"
    )
    parser.add_argument("--seed", default="", help="draw another sample")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--recheck", action="store_true", help="run the reviewed mutants too")
    parser.add_argument("--list", action="store_true", help="print names only")
    parser.add_argument("--again", help="only what survived according to this file, which --write wrote")
    parser.add_argument("--write", help="append outcomes to this file, one JSON object a line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
