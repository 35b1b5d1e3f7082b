"""What an anchor costs, under Prague rules: budgets, and a snapshot that changes only knowingly.

`AVOW_WRITE_GAS=1` writes the snapshot anew.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

from did.chain import AnchorCall
from did.chain.abi import artefact, encode_anchor
from did.chain.local_chain import LocalChain
from tests.support.virtual_log import VirtualLog

SNAPSHOT = Path(__file__).with_name("gas.json")
STEPS = 8
ROWS = [
    (10**3, 2),
    (10**3, 100),
    (10**6, 2),
    (10**6, 100),
    (10**6, 10**4),
    (10**9, 2),
    (10**9, 100),
    (10**9, 10**4),
    (10**9, 10**6),
]
# Means over eight steps, fixed in the design.
BUDGETS = {10**6: 85_000, 10**9: 107_000}


def measured(folder, start, step):
    """Gas of the first anchor, and mean and maximum of eight that follow."""
    chain = LocalChain.open(
        folder / f"{start}-{step}.db",
        "localhost:8000/log",
        31337,
        b"\x01" * 32,
        b"\x02" * 32,
        lambda: 1_800_000_000,
    )
    log, old, costs = VirtualLog(), 0, []
    for size in range(start, start + (STEPS + 1) * step, step):
        map_root = sha256(b"map %d" % size).digest()
        log.seal(size, map_root)
        call = AnchorCall(
            size, log.root(size), map_root, log.consistency(old, size), log.inclusion(size - 1, size)
        )
        costs.append(chain._execute(chain._publisher, encode_anchor(chain.info.log_id, call)).gas_used)
        old = size
    chain.close()
    later = costs[1:]
    return {"first": costs[0], "mean": round(sum(later) / STEPS), "max": max(later)}


def test_anchors_cost_what_the_snapshot_says_and_stay_within_the_budgets(tmp_path):
    table = {f"{start} +{step}": measured(tmp_path, start, step) for start, step in ROWS}
    table["bytes of code"] = {"deployed": len(artefact().deployed_bytecode)}
    if os.environ.get("AVOW_WRITE_GAS") == "1":
        SNAPSHOT.write_text(json.dumps(table, indent=1) + "\n")
    for start, step in ROWS:
        if start in BUDGETS:
            assert table[f"{start} +{step}"]["mean"] <= BUDGETS[start]
    assert table == json.loads(SNAPSHOT.read_text())
