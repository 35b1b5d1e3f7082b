"""What an anchor costs in gas, by the size of the log and the number of new entries.

    python benchmarks/gas.py [--json]

Gas does not depend on the machine, so these figures are exact; `tests/did/chain/gas.json` holds the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import textwrap
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.gas import BUDGETS, ROWS, STEPS, Cost, measured, once

METHOD = f"""\
method: the artefact's bytecode in py-evm under Prague rules (calldata floor of EIP-7623 included), one
transaction a block, all of its gas. The log is virtual: every leaf is the same filler but for the seals, so
that a tree of 1e9 has few different subtrees; its roots and proofs are genuine and of full length. Each row
is one log: a first anchor at its size, then {STEPS} anchors, each by so many entries larger. Mean and maximum
are over those {STEPS}. How many proof nodes a step has depends on the bits of both sizes."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        costs = {row: measured(Path(folder), *row) for row in ROWS}
        single = once(Path(folder))
    missed = [row for row, cost in costs.items() if cost.mean > BUDGETS.get(row[0], cost.mean)]
    if "--json" in sys.argv[1:]:
        rows = [
            {"size": size, "step": step, **asdict(cost), "at_most": BUDGETS.get(size)}
            for (size, step), cost in costs.items()
        ]
        print(json.dumps({"title": "gas", "method": METHOD, "rows": rows, "once": single}))
        return int(bool(missed))
    print("gas of an anchor")
    print(textwrap.indent(METHOD, "  "))
    print(f"  {'log of':>13} {'new entries':>12} {'first':>9} {'mean':>9} {'max':>9} {'per entry':>11}  bar")
    for (size, step), cost in costs.items():
        print(row_text(size, step, cost))
    print(f"  once: deploy {single['deploy']:,}, open a log {single['open']:,}")
    return int(bool(missed))


def row_text(size: int, step: int, cost: Cost) -> str:
    bar = BUDGETS.get(size)
    verdict = "" if bar is None else f"  mean at most {bar:,}: {'ok' if cost.mean <= bar else 'MISSED'}"
    each = f"{cost.mean / step:,.2f}"
    return f"  {size:>13,} {step:>12,} {cost.first:>9,} {cost.mean:>9,} {cost.max:>9,} {each:>11}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
