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
from pathlib import Path

from tests.mutation.scoring import Score, drawn, reviewed, unknown_names
from tests.mutation.mutants import mutants_of
from tests.mutation.running import run
from tests.mutation.targets import GROUPS

PASSING = 0.95


def main() -> int:
    """Run mutants, print survivors and scores; 1 where too many survive."""
    options = _options()
    scores: list[Score] = []
    known = reviewed()
    for group in GROUPS:
        if options.group and group.name not in options.group:
            continue
        targets = [target for target in group.targets if not options.module or target.module in options.module]
        mutants = [mutant for target in targets for mutant in mutants_of(target)]
        if options.sample:
            mutants = drawn(mutants, options.sample, seed=options.seed)
        if options.list:
            print(*(mutant.name for mutant in mutants), sep="\n")
            continue
        asked = [mutant for mutant in mutants if options.recheck or mutant.name not in known]
        if not mutants:
            continue
        runner = run(group, asked, workers=options.workers)
        found = Score.of(mutants, runner.outcomes, known)
        scores.append(found)
        print(f"\n{group.name}: tests alone {runner.baseline:.0f} s, mutants {found.seconds:.0f} s")
        print(found.text(), flush=True)
        if options.write:
            with Path(options.write).open("a") as written:
                written.writelines(json.dumps(vars(outcome)) + "\n" for outcome in runner.outcomes)
    if options.list:
        return 0
    total = Score.sum(scores)
    print(f"\nall: {total.line()}")
    stale = [] if options.sample or options.group or options.module else unknown_names(known)
    for name in stale:
        print(f"reviewed, but no mutant: {name}")
    if options.sample:
        return 1 if total.survivors else 0
    return 0 if total.ratio >= PASSING and not stale else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", action="append", help="only this group of modules")
    parser.add_argument("--module", action="append", help="only this module")
    parser.add_argument("--sample", type=int, help="so many mutants of each group; each must be killed or reviewed")
    parser.add_argument("--seed", default="", help="draw another sample")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--recheck", action="store_true", help="run the reviewed mutants too")
    parser.add_argument("--list", action="store_true", help="print names only")
    parser.add_argument("--write", help="append outcomes to this file, one JSON object a line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
