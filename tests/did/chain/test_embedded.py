"""The embedded chain: first start, restart, refusals to start, proofs, death by signal."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from hashlib import sha256
from pathlib import Path

import pytest
import rlp
from eth_utils import keccak
from trie import HexaryTrie
from trie.exceptions import BadTrieProof

from did.chain import AnchorCall, ChainError, ChainRejectedError, local_chain
from did.chain.abi import artefact, base_slot, log_id_of
from did.chain.embedded import EmbeddedChain
from did.chain.evm_state import CANONICAL_HEAD
from did.chain.evm_store import EvmStore
from did.chain.local_keys import Role, account_address, account_secret
from did.encoding import decode_base64url
from tests.support.virtual_log import VirtualLog

ROOT = Path(__file__).parents[3]
ORIGIN = "localhost:8000/log"
PUBLISHER_KEY, ADMIN_KEY = b"\x01" * 32, b"\x02" * 32


def start(path, **changes):
    options = {
        "origin": ORIGIN,
        "publisher_key": PUBLISHER_KEY,
        "admin_key": ADMIN_KEY,
        "now": lambda: 1_800_000_000,
    }
    return EmbeddedChain.open(path / "chain.db", **{**options, **changes})


def run(scenario):
    return asyncio.run(scenario())


def call(log, old, new, map_root=None):
    root = sha256(b"map %d" % new).digest() if map_root is None else map_root
    log.seal(new, root)
    return AnchorCall(new, log.root(new), root, log.consistency(old, new), log.inclusion(new - 1, new))


def refusal(path, **changes):
    async def scenario():
        chain = await start(path, **changes)
        await chain.close()

    with pytest.raises(ChainError) as refused:
        run(scenario)
    return refused.value


@pytest.fixture
def made(tmp_path):
    """A folder with a chain in which sizes 1 (empty map) and 6 are anchored."""

    async def scenario():
        chain, log = await start(tmp_path), VirtualLog()
        await chain.anchor(call(log, 0, 1, bytes(32)))
        await chain.anchor(call(log, 1, 6))
        await chain.close()

    run(scenario)
    return tmp_path


def test_the_same_keys_and_clock_make_the_same_chain(tmp_path):
    async def scenario(name):
        folder = tmp_path / name
        folder.mkdir()
        chain = await start(folder)
        try:
            return await chain.describe(), await chain.block()
        finally:
            await chain.close()

    assert run(lambda: scenario("a")) == run(lambda: scenario("b"))


def test_admin_and_publisher_are_different_accounts_and_fix_the_log_id(made):
    async def scenario():
        chain = await start(made)
        roles, info = await chain.roles(), await chain.describe()
        await chain.close()
        return roles, info

    roles, info = run(scenario)
    assert roles.admin == account_address(account_secret(ADMIN_KEY, Role.ADMIN))
    assert roles.publisher == account_address(account_secret(PUBLISHER_KEY, Role.PUBLISHER))
    assert account_secret(ADMIN_KEY, Role.ADMIN) != account_secret(ADMIN_KEY, Role.PUBLISHER)
    assert info.log_id == log_id_of(roles.admin, keccak(text=ORIGIN))


def test_it_reopens_where_it_stopped_and_needs_no_admin(made):
    async def scenario():
        chain = await start(made, admin_key=None)
        head = await chain.head()
        log = VirtualLog()
        log.seal(1, bytes(32))
        call(log, 1, 6)
        await chain.anchor(call(log, 6, 9))
        after = await chain.head()
        await chain.close()
        return head, after

    head, after = run(scenario)
    assert (head.size, head.sequence) == (6, 2)
    assert (after.size, after.sequence) == (9, 3)


def test_a_new_chain_needs_the_admin(tmp_path):
    assert refusal(tmp_path, admin_key=None).code == "chain.configuration"
    assert run(lambda: opened_size(tmp_path)) == 0  # nothing half-made stands in the way


async def opened_size(path):
    chain = await start(path)
    try:
        return (await chain.head()).size
    finally:
        await chain.close()


@pytest.mark.parametrize(
    "change", [{"origin": "other.example/log"}, {"chain_id": 5}, {"publisher_key": b"\x09" * 32}]
)
def test_other_settings_than_it_was_made_with_are_refused(made, change):
    found = refusal(made, **change)
    assert found.code == "chain.configuration"
    assert found.remedy


@pytest.mark.parametrize("key", [b"", b"\x01" * 31, b"\x01" * 33])
def test_keys_have_32_bytes(tmp_path, key):
    assert refusal(tmp_path, publisher_key=key).code == "chain.configuration"


def test_other_code_than_the_artefact_is_refused(made, monkeypatch):
    class Other:
        code_hash = keccak(b"other code")
        bytecode = artefact().bytecode

    monkeypatch.setattr(local_chain, "artefact", lambda: Other)
    assert refusal(made).code == "chain.code-mismatch"


def test_a_second_process_is_refused(made):
    async def scenario():
        chain = await start(made)
        try:
            await start(made)
        finally:
            await chain.close()

    with pytest.raises(ChainError) as refused:
        run(scenario)
    assert refused.value.code == "chain.in-use"


def test_a_clock_far_behind_the_chain_stops_anchors(made):
    async def scenario():
        chain = await start(made, now=lambda: 1_800_000_000 - 61)
        try:
            log = VirtualLog()
            log.seal(1, bytes(32))
            call(log, 1, 6)
            await chain.anchor(call(log, 6, 9))
        finally:
            await chain.close()

    with pytest.raises(ChainError) as refused:
        run(scenario)
    assert refused.value.code == "chain.clock"


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "chain.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    assert refusal(tmp_path).code == "chain.store"


def test_a_foreign_database_is_refused_and_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "chain.db") as database:
        database.execute("CREATE TABLE theirs (a)")
    database.close()
    assert refusal(tmp_path).code == "chain.store"
    with sqlite3.connect(tmp_path / "chain.db") as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
    database.close()
    assert tables == [("theirs",)]


def test_a_missing_folder_is_unavailable(tmp_path):
    assert refusal(tmp_path / "nowhere").code == "chain.unavailable"


def test_a_lost_node_is_damage_and_not_an_empty_head(made):
    with sqlite3.connect(made / "chain.db") as database:
        database.execute("DELETE FROM node WHERE length(key) = 32 AND length(value) BETWEEN 60 AND 200")
    database.close()
    assert refusal(made).code == "chain.store"


def test_an_altered_header_is_damage(made):
    with sqlite3.connect(made / "chain.db") as database:
        (newest,) = database.execute("SELECT value FROM node WHERE key = ?", (CANONICAL_HEAD,)).fetchone()
        (header,) = database.execute("SELECT value FROM node WHERE key = ?", (newest,)).fetchone()
        altered = header.replace((1_800_000_000).to_bytes(4), (1_800_000_001).to_bytes(4))
        assert altered != header
        database.execute("UPDATE node SET value = ? WHERE key = ?", (altered, newest))
    database.close()
    assert refusal(made).code == "chain.store"


def test_a_first_start_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(_store, _values):
        raise ChainError("chain.unavailable", "the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(EvmStore, "set_meta", fail)
        assert refusal(tmp_path).code == "chain.unavailable"
    with sqlite3.connect(tmp_path / "chain.db") as database:
        assert database.execute("SELECT count(*) FROM node").fetchone() == (0,)
    database.close()


def test_pause_and_close_reach_the_contract(made):
    async def scenario():
        chain = await start(made)
        log = VirtualLog()
        log.seal(1, bytes(32))
        call(log, 1, 6)
        with pytest.raises(ChainRejectedError) as refused:
            await chain.administer(b"\x07" * 32, "setPaused", 1)
        assert refused.value.error == "NotAdmin"
        await chain.administer(ADMIN_KEY, "setPaused", 1)
        assert (await chain.roles()).paused
        with pytest.raises(ChainRejectedError) as refused:
            await chain.anchor(call(log, 6, 9))
        assert refused.value.error == "IsPaused"
        await chain.administer(ADMIN_KEY, "setPaused", 0)
        await chain.administer(ADMIN_KEY, "close", 0, 0, 0)
        with pytest.raises(ChainRejectedError) as refused:
            await chain.anchor(call(log, 6, 9))
        assert refused.value.error == "IsClosed"
        await chain.close()

    run(scenario)


def test_a_replaced_publisher_anchors_and_the_former_cannot_start(made):
    async def scenario():
        chain = await start(made)
        await chain.replace_publisher(ADMIN_KEY, b"\x08" * 32)
        log = VirtualLog()
        log.seal(1, bytes(32))
        call(log, 1, 6)
        await chain.anchor(call(log, 6, 9))
        await chain.close()

    run(scenario)
    assert refusal(made).code == "chain.configuration"
    assert run(lambda: opened_size_with(made, b"\x08" * 32)) == 9


async def opened_size_with(path, publisher_key):
    chain = await start(path, publisher_key=publisher_key)
    try:
        return (await chain.head()).size
    finally:
        await chain.close()


def proven(state, info, block):
    """Verify a state proof as a verifier of bundles does, with a trie library only."""
    header = decode_base64url(state["header"])
    assert keccak(header) == block.hash
    fields = rlp.decode(header)
    assert int.from_bytes(fields[8]) == block.number
    account_nodes = [rlp.decode(decode_base64url(node)) for node in state["account"]]
    contract = keccak(bytes.fromhex(info.contract[2:]))
    account = rlp.decode(HexaryTrie.get_from_proof(fields[3], contract, account_nodes))
    assert account[3] == info.code_hash
    values = []
    for offset, nodes in enumerate(state["storage"]):
        key = keccak((base_slot(info.log_id) + offset).to_bytes(32))
        decoded = [rlp.decode(decode_base64url(node)) for node in nodes]
        found = HexaryTrie.get_from_proof(account[2], key, decoded)
        values.append(int.from_bytes(rlp.decode(found)) if found else 0)
    return values


def test_every_block_can_be_proven_even_with_an_empty_map_root(made):
    async def scenario():
        chain = await start(made)
        info = await chain.describe()
        newest = await chain.block()
        for number in range(2, newest.number + 1):
            block = await chain.block(number)
            head = await chain.head(at=number)
            root, map_root, packed = proven(await chain.state_proof(block), info, block)
            assert (root, map_root) == (int.from_bytes(head.root), int.from_bytes(head.map_root))
            assert packed == head.size | head.sequence << 64 | head.block << 128 | head.time << 192
        state = await chain.state_proof(newest)
        await chain.close()
        return state, info, newest

    state, info, newest = run(scenario)
    # A proof with its last node missing proves nothing.
    state["storage"][0].pop()
    with pytest.raises(BadTrieProof):
        proven(state, info, newest)


def test_a_warm_start_does_not_load_the_machine(made):
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from did.chain.embedded import EmbeddedChain
        async def main():
            chain = await EmbeddedChain.open(
                Path(sys.argv[1]), origin="localhost:8000/log", publisher_key=b"\\1" * 32, admin_key=None,
                now=lambda: 1_800_000_000,
            )
            head = await chain.head()
            await chain.state_proof(await chain.block())
            await chain.close()
            assert head.size == 6 and "eth" not in sys.modules
        asyncio.run(main())
        """
    )
    subprocess.run([sys.executable, "-c", program, str(made / "chain.db")], check=True, cwd=ROOT)


MINER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, ".")
from tests.did.chain.test_embedded import VirtualLog, call, start

async def main():
    chain = await start(Path(sys.argv[1]))
    head = await chain.head()
    log = VirtualLog()
    for size in range(3, head.size + 1, 3):
        call(log, 0, size)
    size = head.size
    assert size == 0 or log.root(size) == head.root
    print("ready", flush=True)
    while True:
        anchored = await chain.anchor(call(log, size, size + 3))
        size += 3
        print(size, anchored.block.number, anchored.block.hash.hex(), flush=True)

asyncio.run(main())
"""


def test_killed_at_any_moment_it_reopens_with_every_acknowledged_anchor(tmp_path):
    moments = random.Random(9)
    for _ in range(6):
        miner = subprocess.Popen(
            [sys.executable, "-c", MINER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert miner.stdout.readline() == "ready\n"
        lines = [miner.stdout.readline() for _ in range(moments.randint(1, 9))]
        time.sleep(moments.random() / 100)  # into the middle of the next block
        os.kill(miner.pid, signal.SIGKILL)
        lines += [line for line in miner.stdout if line.endswith("\n")]
        miner.stdout.close()
        assert miner.wait() == -signal.SIGKILL
        size, number, block_hash = lines[-1].split()
        head, newest, block, found = asyncio.run(inspect(tmp_path, int(number)))
        # At most the one anchor whose answer was lost stands beyond what was acknowledged.
        assert int(size) <= head.size <= int(size) + 3
        assert (head.block, head.size) == (newest.number, 3 * head.sequence)
        assert (block.hash.hex(), found.size) == (block_hash, int(size))


async def inspect(path, number):
    chain = await start(path, admin_key=None)
    try:
        return await chain.head(), await chain.block(), await chain.block(number), await chain.head(at=number)
    finally:
        await chain.close()


def test_killed_during_the_first_start_it_starts_again(tmp_path):
    # The first start takes about half a second, most of it imports: kill it at points all over it.
    for step in range(5):
        miner = subprocess.Popen(
            [sys.executable, "-c", MINER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        while not (tmp_path / "chain.db").exists() and miner.poll() is None:
            time.sleep(0.002)
        time.sleep(step * 0.1)
        os.kill(miner.pid, signal.SIGKILL)
        miner.stdout.close()
        miner.wait()
    assert run(lambda: opened_size(tmp_path)) % 3 == 0
