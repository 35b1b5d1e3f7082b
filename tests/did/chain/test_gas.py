"""What an anchor costs: budgets, and a snapshot that changes only knowingly.

`AVOW_WRITE_GAS=1` writes the snapshot anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from did.chain.abi import artefact, encode_anchor, encode_call, keccak, log_id_of
from did.chain.local_keys import Role, account_address, account_secret
from tests.support.anvil import Anvil
from tests.support.contract_calls import simulated
from tests.support.gas import ADMIN_KEY, BUDGETS, ORIGIN, ROWS, Cost, anchors, measured, once

SNAPSHOT = Path(__file__).with_name("gas.json")


def test_anchors_cost_what_the_snapshot_says_and_stay_within_the_budgets(tmp_path):
    table = {f"{start} +{step}": asdict(measured(tmp_path, start, step)) for start, step in ROWS}
    table["once"] = once(tmp_path)
    table["bytes of code"] = {"deployed": len(artefact().deployed_bytecode)}
    if os.environ.get("AVOW_WRITE_GAS") == "1":
        SNAPSHOT.write_text(json.dumps(table, indent=1) + "\n")
    for start, step in ROWS:
        if start in BUDGETS:
            assert table[f"{start} +{step}"]["mean"] <= BUDGETS[start]
    assert table == json.loads(SNAPSHOT.read_text())


def test_another_engine_charges_the_same(tmp_path):
    """A log of the same id on a real node, whose calldata then has the same bytes."""
    admin = account_address(account_secret(ADMIN_KEY, Role.ADMIN))
    origin_hash, publisher = keccak(ORIGIN.encode()), b"\xb2" * 20
    log_id = log_id_of(admin, origin_hash)
    calls = [encode_anchor(log_id, call) for call in anchors(10**6, 10**4)]
    opening = (admin, encode_call("open", origin_hash, publisher))
    node = Anvil()
    try:
        _, *answers = simulated(node, [opening, *((publisher, data) for data in calls)])
    finally:
        node.stop()
    assert all(answer.taken for answer in answers)
    assert Cost.of([answer.gas for answer in answers]) == measured(tmp_path, 10**6, 10**4)
