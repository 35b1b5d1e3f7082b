"""The same for a chain on a network: the process dies around its outbox, its transaction and its row.

After any of these deaths each size has one `Anchored` event, and no transaction was paid for in vain.
"""

from __future__ import annotations

import pytest

from did.chain import abi
from did.encoding import decode_hex
from tests.support import network_world
from tests.support.anvil import Anvil
from tests.support.customers import Auditor, Customers
from tests.support.dying import AFTER, BEFORE, DyingService, Failpoint
from tests.support.lives import check_recovered, die_at_start, work_until_death
from tests.support.promises import Directory

pytestmark = pytest.mark.slow

URL = "http://localhost:8000"
COMMIT = "sqlalchemy.engine.default:DefaultDialect.do_commit"
ROW = "api.registry.anchor_rows:AnchorRows.anchored"
KEEP = "api.registry.publisher:Publisher._keep"
ANCHOR = "did.chain.network.chain:NetworkChain.anchor"
ADD = "did.chain.network.outbox_file:OutboxFile.add"
SETTLE = "did.chain.network.outbox_file:OutboxFile.settle"
SUBMIT = "did.chain.network.sender:Sender._submit"

POINTS = {
    "outbox: nothing kept": Failpoint(ADD, BEFORE),
    "outbox: kept, not sent": Failpoint(ADD, AFTER),
    "node: sent, no receipt seen": Failpoint(SUBMIT, AFTER),
    "node: mined, not settled": Failpoint(SETTLE, BEFORE),
    "outbox: settled, not answered": Failpoint(SETTLE, AFTER),
    "anchor: answered, no row": Failpoint(KEEP, BEFORE, since=ANCHOR),
    "anchor: row written, not committed": Failpoint(COMMIT, BEFORE, since=ROW),
}
RECOVERY = {
    "mending: kept, sent now": ("outbox: kept, not sent", Failpoint(SUBMIT, AFTER)),
    "mending: kept, mined now": ("outbox: kept, not sent", Failpoint(SETTLE, BEFORE)),
    "mending: found on the chain": ("node: mined, not settled", Failpoint(ROW, BEFORE)),
}


@pytest.fixture(scope="module")
def node():
    started = Anvil()
    yield started
    started.stop()


@pytest.fixture
def opened(node, tmp_path):
    return network_world.opened(node, tmp_path)


@pytest.fixture
def service(node, opened, tmp_path):
    key = tmp_path / "publisher.key"
    key.write_text("0b" * 32)
    key.chmod(0o600)
    return DyingService(
        tmp_path / "data",
        URL,
        seal_interval_ms="30",
        anchor_interval_ms="30",
        chain="evm",
        chain_rpc=node.url,
        chain_id=str(network_world.CHAIN_ID),
        chain_contract=abi.address_text(opened.contract),
        chain_admin=abi.address_text(opened.admin),
        chain_key_file=str(key),
        chain_kind="local",
        chain_finality="0",
        chain_wait_ms="20",
    )


@pytest.mark.parametrize("name", [*POINTS, *RECOVERY])
def test_dying_around_a_transaction_loses_and_doubles_nothing(name, service, node, opened, tmp_path):
    customers = Customers()
    paid_before = node.count(network_world.PUBLISHER.address)
    first, second = RECOVERY.get(name, (name, None))
    work_until_death(service, customers, POINTS[first])
    if second is not None:
        die_at_start(service, second)
    auditor = Auditor(tmp_path / "auditor.json", call=lambda method, params: node.rpc(method, *params))
    check_recovered(service, customers, auditor)
    sizes = anchored_sizes(node, opened)
    assert sizes == sorted(set(sizes)) == Directory(service.data).anchored()
    assert node.count(network_world.PUBLISHER.address) - paid_before == len(sizes)


def anchored_sizes(node, opened):
    """The sizes of all `Anchored` events, in their order."""
    topic = "0x" + abi.artefact().events["Anchored"].hex()
    found = node.rpc(
        "eth_getLogs",
        {
            "address": abi.address_text(opened.contract),
            "fromBlock": "0x0",
            "toBlock": "latest",
            "topics": [topic],
        },
    )
    return [int.from_bytes(decode_hex(log["topics"][2], length=32)) for log in found]
