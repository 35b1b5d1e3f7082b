"""The process kills itself at every place between request, database, seal, register, note, files and chain.

Each time: customers work, the service dies there, a plain start follows, and then everything that was
acknowledged is there, sealed, anchored once and published, in a log that an auditor with a memory of the time
before finds to be the same. The tables are in the order in which things happen; docs/durability.md explains.
"""

from __future__ import annotations

import shutil
import threading

import httpx
import pytest

from tests.support.customers import Auditor, Customers, evidence, settle
from tests.support.dying import AFTER, BEFORE, INSIDE, TORN, DyingService, Failpoint
from tests.support.lives import check_recovered, die_at_start, finally_killed, work_until_death

pytestmark = pytest.mark.slow

NEARLY_FULL = 250
URL = "http://localhost:8000"
FAST = {"seal_interval_ms": "30", "anchor_interval_ms": "30"}

COMMIT = "sqlalchemy.engine.default:DefaultDialect.do_commit"
APPEND = "api.registry.sequencer:Sequencer.append_all"
SEAL = "api.registry.sequencer:Sequencer.seal"
SIGN = "api.registry.sealer:Sealer._sign"
NOTE = "api.registry.sealer:sign_checkpoint"
LINE = "api.registry.register_file:RegisterFile.append"
PUBLISH = "api.registry.tiles:PublicFolder.publish"
FILE = "api.files:publish"
INTENT = "api.registry.anchor_rows:AnchorRows.intend"
ROW = "api.registry.anchor_rows:AnchorRows.anchored"
STEP = "api.registry.publisher:Publisher._step"
KEEP = "api.registry.publisher:Publisher._keep"
MINE = "did.chain.local_chain:LocalChain.anchor"
BLOCK = "did.chain.evm_store:EvmStore.transaction"
NODE = "did.chain.evm_store:EvmStore.put"
MIGRATE = "api.services.startup:migrate"
MASTER = "api.keys.master:from_file"
CLIENT = "api.services.bootstrap:ensure"
REGISTER = "api.registry.register_file:RegisterFile.__init__"

# While the service works.
WORKING = {
    # An operation on its way into the database.
    "operation: written, not committed": Failpoint(COMMIT, BEFORE, since=APPEND),
    "operation: committed, memory not told": Failpoint(COMMIT, AFTER, since=APPEND),
    "operation: committed, results not released": Failpoint(
        "api.store.writer:_release", BEFORE, since=APPEND
    ),
    "operation: released, not answered": Failpoint("api.store.writer:_settle", AFTER, since=APPEND),
    # The seal that ends a batch.
    "seal: not begun": Failpoint(SEAL, BEFORE),
    "seal: written, not committed": Failpoint(COMMIT, BEFORE, since=SEAL),
    "seal: committed, memory not told": Failpoint(COMMIT, AFTER, since=SEAL),
    # The register's line, before anything is signed.
    "register: sealed, no line": Failpoint(LINE, BEFORE),
    "register: half a line": Failpoint(LINE, TORN),
    "register: a line, no signature": Failpoint(LINE, AFTER),
    # The signed note.
    "note: signed, not stored": Failpoint(NOTE, AFTER),
    "note: stored, not committed": Failpoint(COMMIT, BEFORE, since=NOTE),
    "note: committed, not served": Failpoint(COMMIT, AFTER, since=NOTE),
    "note: served": Failpoint(SIGN, AFTER),
    # The public folder: hash tile, bundle, checkpoint, each written beside and renamed.
    "folder: nothing written": Failpoint(PUBLISH, BEFORE),
    "folder: first file beside its place": Failpoint("pathlib:Path.replace", BEFORE, since=PUBLISH),
    "folder: first file in place": Failpoint(FILE, AFTER, since=PUBLISH),
    "folder: second file beside its place": Failpoint("pathlib:Path.replace", BEFORE, since=PUBLISH, call=2),
    "folder: tiles in place, old checkpoint": Failpoint(FILE, BEFORE, since=PUBLISH, only="/checkpoint'"),
    "folder: checkpoint beside its place": Failpoint(
        "pathlib:Path.replace", BEFORE, since=PUBLISH, only="/checkpoint'"
    ),
    "folder: checkpoint in place": Failpoint(FILE, AFTER, since=PUBLISH, only="/checkpoint'"),
    # The anchor: intent, block, row.
    "anchor: no intent": Failpoint(INTENT, BEFORE),
    "anchor: intent written, not committed": Failpoint(COMMIT, BEFORE, since=INTENT),
    "anchor: intent": Failpoint(INTENT, AFTER),
    "chain: no block": Failpoint(MINE, BEFORE),
    "chain: first node of the block written": Failpoint(NODE, AFTER, since=MINE),
    "chain: tenth node of the block written": Failpoint(NODE, AFTER, since=MINE, call=10),
    "chain: block written, not committed": Failpoint(BLOCK, INSIDE, since=MINE),
    "chain: block committed, not answered": Failpoint(MINE, AFTER),
    "chain: answered, no row": Failpoint(KEEP, BEFORE, since=MINE),
    "anchor: no row": Failpoint(ROW, BEFORE),
    "anchor: row written, not committed": Failpoint(COMMIT, BEFORE, since=ROW),
    "anchor: row": Failpoint(ROW, AFTER),
    "anchor: done": Failpoint(STEP, AFTER),
}

# At the very first start, in an empty place.
FIRST_START = {
    "first: a data directory, no database": Failpoint("api.store.lock:DataLock.acquire", AFTER),
    "first: a database without tables": Failpoint(MIGRATE, BEFORE),
    "first: tables written, not committed": Failpoint(COMMIT, BEFORE, since=MIGRATE),
    "first: tables": Failpoint(MIGRATE, AFTER),
    "first: the master key's file begun": Failpoint("os:open", AFTER, since=MASTER, only="master.key"),
    "first: the master key written, not in place": Failpoint("os:fsync", BEFORE, since=MASTER),
    "first: a master key, no keys": Failpoint(MASTER, AFTER),
    "first: the first client's file begun": Failpoint("os:open", AFTER, since=CLIENT, only="bootstrap"),
    "first: the first client's file written, not in place": Failpoint("os:fsync", BEFORE, since=CLIENT),
    "first: the first client's file, no row": Failpoint("api.files:write_new", AFTER, since=CLIENT),
    "first: keys and client written, not committed": Failpoint(COMMIT, BEFORE, since=CLIENT),
    "first: keys and client": Failpoint(COMMIT, AFTER, since=CLIENT),
    "first: no register": Failpoint(REGISTER, BEFORE),
    "first: a register": Failpoint(REGISTER, AFTER),
    "first: a chain's file, no chain": Failpoint("did.chain.local_chain:_found", BEFORE),
    "first: a contract, no log": Failpoint("did.chain.evm:Evm.execute", AFTER),
    "first: a chain written, not committed": Failpoint(
        BLOCK, INSIDE, since="did.chain.evm_store:EvmStore.set_meta"
    ),
    "first: a chain": Failpoint("did.chain.embedded:EmbeddedChain.describe", BEFORE),
    "first: no first seal": Failpoint(SEAL, BEFORE),
    "first: a first seal, no line": Failpoint(LINE, BEFORE),
    "first: half of the first line": Failpoint(LINE, TORN),
    "first: a first line, no note": Failpoint(LINE, AFTER),
    "first: a first note": Failpoint(SIGN, AFTER),
    "first: no first anchor": Failpoint(INTENT, BEFORE),
}

# During the start that mends what another death left undone.
RECOVERY = {
    "mending: torn line seen": (
        "register: half a line",
        Failpoint("api.registry.register_file:RegisterFile.drop_torn_line", BEFORE),
    ),
    "mending: torn line cut off": (
        "register: half a line",
        Failpoint("api.registry.register_file:RegisterFile.drop_torn_line", AFTER),
    ),
    "mending: half a line again": ("register: half a line", Failpoint(LINE, TORN)),
    "mending: line written again": ("register: half a line", Failpoint(LINE, AFTER)),
    "mending: registered, signed again": ("register: a line, no signature", Failpoint(NOTE, AFTER)),
    "mending: note stored, not committed": (
        "register: a line, no signature",
        Failpoint(COMMIT, BEFORE, since=NOTE),
    ),
    "mending: seal of what was left, not committed": (
        "operation: committed, memory not told",
        Failpoint(COMMIT, BEFORE, since=SEAL),
    ),
    "mending: seal of what was left": (
        "operation: committed, memory not told",
        Failpoint(COMMIT, AFTER, since=SEAL),
    ),
    "mending: line of what was left": ("operation: committed, memory not told", Failpoint(LINE, AFTER)),
    "mending: log settled, chain not": (
        "chain: block committed, not answered",
        Failpoint("api.registry.publisher:Publisher.settle", BEFORE),
    ),
    "mending: row of a block, not committed": (
        "chain: block committed, not answered",
        Failpoint(COMMIT, BEFORE, since="api.registry.publisher:Publisher.settle"),
    ),
    "mending: row of a block": (
        "chain: block committed, not answered",
        Failpoint("api.registry.publisher:Publisher.settle", AFTER),
    ),
    "mending: missing anchor intended again": ("anchor: intent", Failpoint(INTENT, AFTER)),
    "mending: missing anchor mined": ("anchor: intent", Failpoint(MINE, AFTER)),
    "mending: folder behind": ("folder: tiles in place, old checkpoint", Failpoint(PUBLISH, BEFORE)),
    "mending: folder's tiles again": (
        "folder: tiles in place, old checkpoint",
        Failpoint(FILE, AFTER, since=PUBLISH),
    ),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A data directory of a service that has worked and was stopped, with its customers and auditor.

    The next entries fill a tile, so that a tile which is missing is not made good by the next one.
    """
    folder = tmp_path_factory.mktemp("lived")
    service = DyingService(folder / "data", URL, **FAST)
    customers = Customers()
    service.start()
    service.wait_ready()
    with finally_killed(service):
        customers.work(service.address, service.token(), rounds=2, stop=threading.Event())
        size = settle(service.address, customers.promises)
        with httpx.Client(base_url=service.address) as client:
            client.headers["Authorization"] = f"Bearer {service.token()}"
            customers.send(client, evidence(NEARLY_FULL - size))
        settle(service.address, customers.promises)
        Auditor(folder / "auditor.json").look(service.address)
        service.stop()
    return folder, customers


def continued(lived, tmp_path):
    """A copy of the directory that has lived, to be killed."""
    folder, customers = lived
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    service = DyingService(tmp_path / "data", URL, **FAST)
    return service, customers.copy(), Auditor(tmp_path / "auditor.json")


@pytest.mark.parametrize("name", WORKING)
def test_dying_while_it_works_loses_nothing(name, lived, tmp_path):
    service, customers, auditor = continued(lived, tmp_path)
    work_until_death(service, customers, WORKING[name])
    check_recovered(service, customers, auditor)


@pytest.mark.parametrize("name", RECOVERY)
def test_dying_while_it_mends_loses_nothing(name, lived, tmp_path):
    service, customers, auditor = continued(lived, tmp_path)
    first, second = RECOVERY[name]
    work_until_death(service, customers, WORKING[first])
    die_at_start(service, second)
    check_recovered(service, customers, auditor)


@pytest.mark.parametrize("name", FIRST_START)
def test_dying_at_the_first_start_leaves_a_place_to_start_in(name, tmp_path):
    service = DyingService(tmp_path / "data", URL, **FAST)
    die_at_start(service, FIRST_START[name])
    customers = Customers()
    service.start()
    with finally_killed(service):
        service.wait_ready()
        customers.work(service.address, service.token(), rounds=1, stop=threading.Event())
        service.stop()
    check_recovered(service, customers, Auditor(tmp_path / "auditor.json"))
