"""The key-value store and the state reader on top of it."""

from __future__ import annotations

from contextlib import suppress

import pytest
import rlp
from eth_utils import keccak
from trie import HexaryTrie

from did.chain import ChainError
from did.chain.evm_state import ChainState
from did.chain.evm_store import EvmStore


@pytest.fixture
def store(tmp_path):
    opened = EvmStore(tmp_path / "store.db")
    yield opened
    opened.close()


def test_values_are_set_replaced_and_removed(store):
    assert store.get(b"a") is None
    store.put(b"a", b"1")
    store.put(b"a", b"2")
    assert store.get(b"a") == b"2"
    assert store.remove(b"a") is True
    assert store.remove(b"a") is False
    assert store.get(b"a") is None


def test_a_transaction_is_kept_whole(store, tmp_path):
    with store.transaction():
        store.put(b"a", b"1")
        with store.transaction():
            store.put(b"b", b"2")
    store.close()
    again = EvmStore(tmp_path / "store.db")
    assert (again.get(b"a"), again.get(b"b")) == (b"1", b"2")
    again.close()


def test_a_transaction_that_fails_leaves_nothing(store):
    store.put(b"a", b"0")
    with suppress(KeyboardInterrupt), store.transaction():
        store.put(b"a", b"1")
        with store.transaction():
            store.put(b"b", b"2")
        raise KeyboardInterrupt
    assert (store.get(b"a"), store.get(b"b")) == (b"0", None)


def test_an_inner_transaction_that_fails_takes_only_its_own(store):
    with store.transaction():
        store.put(b"a", b"1")
        with suppress(ZeroDivisionError), store.transaction():
            store.put(b"a", b"2")
            store.put(b"b", b"2")
            raise ZeroDivisionError
        store.put(b"c", b"3")
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c")) == (b"1", None, b"3")


def test_named_texts(store):
    assert store.meta() == {}
    store.set_meta({"origin": "localhost:8000/log"})
    assert store.meta() == {"origin": "localhost:8000/log"}


def test_a_closed_store_is_unavailable(store):
    store.close()
    with pytest.raises(ChainError) as refused:
        store.get(b"a")
    assert refused.value.code == "chain.unavailable"


def test_every_commit_waits_for_the_disk(store):
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_node_inside_its_parent_is_no_node_of_a_proof(store):
    # Three short values under one prefix: their leaves are shorter than a hash and stand in the branch.
    nodes = {}
    trie = HexaryTrie(nodes)
    keys = [bytes([0x10 * n]) for n in range(3)]
    for key in keys:
        trie[key] = b"v"
    for key, value in nodes.items():
        store.put(key, value)
    state = ChainState(store)
    for key in keys:
        proof = state._prove(trie.root_hash, key)
        assert [keccak(node) for node in proof] == [trie.root_hash]
        assert len(trie.get_proof(key)) == 2
        assert HexaryTrie.get_from_proof(trie.root_hash, key, [rlp.decode(node) for node in proof]) == b"v"


def test_a_missing_node_is_damage(store):
    with pytest.raises(ChainError) as refused:
        ChainState(store)._prove(bytes([1]) * 32, b"key")
    assert refused.value.code == "chain.store"
    with pytest.raises(ChainError) as refused:
        ChainState(store).newest()
    assert refused.value.code == "chain.store"
