"""Inputs that are made to cost, each refused in less than a tenth of a second.

    python benchmarks/bombs.py [--json]

What is shown is `tests/support/bombs.py`: at the verifier's entry, signed by a trusted issuer where what ends
it comes after the signature. Medians of CPU time; the bar is 100 ms each. That work is bounded whatever the
machine is asserted in units by `tests/attacks/test_bombs.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Ratio, measure, report
from tests.support.bombs import BOMBS
from tests.support.world import World

BAR = "the bar: 100 ms"


def main() -> int:
    world = World("bombs")
    armed = {bomb.name: bomb.arm(world) for bomb in BOMBS}
    for bomb in BOMBS:
        if armed[bomb.name]() != bomb.code:
            sys.exit(f"{bomb.name} was not refused with {bomb.code}")
    figures = {**measure(armed, rounds=7), BAR: 100_000.0}
    return report("refusing bombs", figures, [Ratio(bomb.name, BAR, at_most=1) for bomb in BOMBS])


if __name__ == "__main__":
    sys.exit(main())
