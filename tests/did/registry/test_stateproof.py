"""State proofs: against the `trie` and `rlp` packages, with zero slots, and altered in every node."""

from __future__ import annotations

import random

import pytest
import rlp
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from did.errors import DidError
from did.registry.bundle import stateproof
from did.registry.bundle.stateproof import StateProof, verify_state

CONTRACT = "0x" + "0a" * 20
ADDRESS = b"\x0a" * 20
LOG_ID = b"\x0b" * 32
CODE = keccak(b"code")
BASE = int.from_bytes(keccak(LOG_ID + bytes(32)), "big")


def code_of(call, *arguments, **keywords) -> str:
    with pytest.raises(DidError) as caught:
        call(*arguments, **keywords)
    return caught.value.code


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def pack(size: int, sequence: int, block: int, time: int) -> int:
    return size | sequence << 64 | block << 128 | time << 192


def proven(slots: dict[int, int], *, others: int = 0, block: int = 5, seed: int = 0) -> StateProof:
    """A chain of one contract with these slots among others, and one account among others."""
    rng = random.Random(seed)
    storage = HexaryTrie({})
    for _ in range(others):
        storage[keccak(rng.randbytes(32))] = rlp.encode(
            rng.randbytes(rng.randrange(1, 33)).lstrip(b"\0") or b"\1"
        )
    for slot, value in slots.items():
        if value:
            storage[keccak(slot.to_bytes(32, "big"))] = rlp.encode(number(value))
    state = HexaryTrie({})
    for _ in range(others):
        state[keccak(rng.randbytes(20))] = rlp.encode([b"\1", b"", rng.randbytes(32), rng.randbytes(32)])
    state[keccak(ADDRESS)] = rlp.encode([b"\1", b"", storage.root_hash, CODE])
    header = [rng.randbytes(32) for _ in range(16)]
    header[3], header[8] = state.root_hash, number(block)

    def nodes(trie, key):
        return tuple(rlp.encode(node) for node in trie.get_proof(keccak(key)))

    return StateProof(
        rlp.encode(header),
        nodes(state, ADDRESS),
        tuple(nodes(storage, ((BASE + k) % 2**256).to_bytes(32, "big")) for k in range(3)),
    )


def read(proof: StateProof, block: int = 5):
    code_hash, head = verify_state(proof, contract=CONTRACT, log_id=LOG_ID, block_number=block)
    assert code_hash == CODE
    return head


@given(
    st.integers(1, 2**256 - 1),
    st.integers(0, 2**256 - 1),
    st.tuples(*[st.integers(0, 2**64 - 1)] * 4),
    st.integers(0, 60),
    st.integers(0, 2**20),
)
@settings(max_examples=60, deadline=None)
def test_a_head_is_read_as_it_was_stored(root, map_root, numbers, others, seed):
    slots = {BASE: root, (BASE + 1) % 2**256: map_root, (BASE + 2) % 2**256: pack(*numbers)}
    proof = proven(slots, others=others, seed=seed)
    head = read(proof)
    assert (head.size, head.sequence, head.block, head.time) == numbers
    assert (int.from_bytes(head.root, "big"), int.from_bytes(head.map_root, "big")) == (root, map_root)


def test_a_contract_without_storage_has_a_head_of_zeros():
    proof = proven({})
    head = read(proof)
    assert (head.size, head.root, head.map_root) == (0, bytes(32), bytes(32))
    # The empty trie needs no node.
    assert read(StateProof(proof.header, proof.account, ((), (), ()))).size == 0


def test_every_spoiled_node_is_refused():
    slots = {BASE: 7, BASE + 1: 0, BASE + 2: pack(16, 3, 5, 9)}
    proof = proven(slots, others=40)
    assert read(proof).size == 16
    rng = random.Random(1186)
    tried = 0
    for part in range(4):
        nodes = (proof.account, *proof.storage)[part]
        for at, node in enumerate(nodes):
            bent = bytearray(node)
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
            for spoiled in (
                (*nodes[:at], *nodes[at + 1 :]),
                (*nodes[:at], bytes(bent), *nodes[at + 1 :]),
                (*nodes[:at], node[:-1], *nodes[at + 1 :]),
                (*nodes[:at], node + b"\x00", *nodes[at + 1 :]),
            ):
                parts = [proof.account, *proof.storage]
                parts[part] = spoiled
                changed = StateProof(proof.header, parts[0], tuple(parts[1:]))
                assert code_of(read, changed) == "anchor.state"
                tried += 1
    assert tried > 30


def test_headers_slots_and_accounts_that_are_not_what_they_should_be():
    proof = proven({BASE: 7}, others=8)
    account, storage = proof.account, proof.storage
    assert code_of(read, proof, 6) == "anchor.state"
    assert code_of(read, StateProof(b"", account, storage)) == "anchor.state"
    assert code_of(read, StateProof(rlp.encode([b"\1"] * 8), account, storage)) == "anchor.state"
    assert code_of(read, StateProof(proof.header, account, storage[:2])) == "anchor.state"
    assert code_of(read, StateProof(proof.header, account, (*storage, storage[0]))) == "anchor.state"
    assert code_of(read, StateProof(proof.header, (), storage)) == "anchor.state"
    swapped = StateProof(proof.header, account, (storage[1], storage[0], storage[2]))
    assert code_of(read, swapped) == "anchor.state"
    # Another contract, whose account the proof says nothing about.
    code = code_of(verify_state, proof, contract="0x" + "0c" * 20, log_id=LOG_ID, block_number=5)
    assert code == "anchor.state"


def one_account(value: bytes | None, slot: bytes | None = None) -> StateProof:
    """A chain whose only contract has this account, or else a good one with this stored in its first slot."""
    key = keccak(BASE.to_bytes(32, "big"))
    storage, state = HexaryTrie({}), HexaryTrie({})
    storage[key] = rlp.encode(b"\7") if slot is None else slot
    good = rlp.encode([b"\1", b"", storage.root_hash, CODE])
    state[keccak(b"\x0d" * 20)] = good
    if value != b"":
        state[keccak(ADDRESS)] = good if value is None else value
    header = [b""] * 16
    header[3], header[8] = state.root_hash, b"\5"
    nodes = tuple(rlp.encode(node) for node in storage.get_proof(key))
    account = tuple(rlp.encode(node) for node in state.get_proof(keccak(ADDRESS)))
    return StateProof(rlp.encode(header), account, (nodes, nodes, nodes))


def test_an_account_has_four_fields_and_a_slot_one_short_number():
    assert read(one_account(None)).root == bytes(31) + b"\7"
    assert code_of(read, one_account(b"")) == "anchor.state"  # proven absent
    for fields in ([], [b"\1", b"", bytes(32)], [b"\1", b"", bytes(32), CODE, b""]):
        assert code_of(read, one_account(rlp.encode(fields))) == "anchor.state"
    for slot in (
        rlp.encode(bytes(range(1, 34))),
        rlp.encode([b"\7"]),
        rlp.encode(b"\7") + b"\0",
        rlp.encode(b"1234567890") + b"\0",
    ):
        assert code_of(read, one_account(None, slot)) == "anchor.state"


nested = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=12)


@given(st.lists(nested, max_size=6))
def test_rlp_is_read_as_the_package_writes_it(value):
    items = stateproof._items(rlp.encode(value))
    assert [item.raw for item in items] == [rlp.encode(part) for part in value]
    assert [item.payload for item in items if not item.is_list] == [p for p in value if isinstance(p, bytes)]


@given(st.binary(max_size=90))
@settings(max_examples=300)
def test_noise_is_read_as_the_package_reads_it_or_refused_by_both(data):
    try:
        items = stateproof._items(data)
    except DidError as error:
        assert error.code == "anchor.state"  # noqa: PT017
        return
    # Nested lists are read one level at a time; what is refused here may still be refused below.
    assert b"".join(item.raw for item in items) in data
    flat = all(not item.is_list for item in items)
    if flat:
        assert rlp.decode(data) == [item.payload for item in items]


def test_a_deeply_nested_node_costs_no_stack():
    deep = b"\x80"
    for _ in range(1300):
        deep = rlp_list(deep)
    node = rlp_list(b"\x80" * 16 + deep)
    assert len(stateproof._items(node)) == 17


def rlp_list(payload: bytes) -> bytes:
    if len(payload) < 56:
        return bytes((0xC0 + len(payload),)) + payload
    digits = number(len(payload))
    return bytes((0xF7 + len(digits),)) + digits + payload


@pytest.mark.parametrize(
    "data",
    [
        "",
        "c1",
        "c180c0",
        "c28105",
        "c3830102",
        "c182",
        "b801",
        "f800",
        "f90001",
        "c2b8",
        "ff",
        "f838",
        "80",
        "05",
    ],
)
def test_rlp_that_is_cut_or_longer_than_needed_is_refused(data):
    assert code_of(stateproof._items, bytes.fromhex(data)) == "anchor.state"


def test_a_walk_through_strange_nodes_ends_in_an_error():
    key = keccak(b"key")

    def walk(*nodes):
        return code_of(stateproof._lookup, keccak(nodes[0]), key, nodes)

    path = bytes.fromhex("20") + key
    assert stateproof._lookup(keccak(rlp.encode([path, b"v"])), key, (rlp.encode([path, b"v"]),)) == b"v"
    assert walk(rlp.encode([b"", b"v"])) == "anchor.state"
    assert walk(rlp.encode([b"\x40", b"v"])) == "anchor.state"
    assert walk(rlp.encode([b"\x01" + key, b"v"])) == "anchor.state"
    assert walk(rlp.encode([b"\x00", keccak(b"")])) == "anchor.state"
    assert walk(rlp.encode([b"\0", b"\0", b"\0"])) == "anchor.state"
    assert walk(rlp.encode([b"\1"] * 17)) == "anchor.state"
    assert stateproof._lookup(keccak(rlp.encode([b""] * 17)), key, (rlp.encode([b""] * 17),)) == b""
    assert stateproof._lookup(keccak(rlp.encode([b"\x3f", b"v"])), key, (rlp.encode([b"\x3f", b"v"]),)) == b""


def test_partial_paths_have_one_form():
    key = keccak(b"key")
    digits = key.hex()

    def lookup(*nodes):
        encoded = [rlp.encode(node) for node in nodes]
        return stateproof._lookup(keccak(encoded[0]), key, encoded)

    leaf = [b"\x20" + key[1:], b"value"]
    below = keccak(rlp.encode(leaf))
    assert lookup([b"\x00" + key[:1], below], leaf) == b"value"
    # An extension or a leaf beside the path shows that there is nothing.
    assert lookup([b"\x00" + bytes((key[0] ^ 1,)), below], leaf) == b""
    assert lookup([b"\x20" + bytes(32), b"value"]) == b""
    for prefix in (b"\x40", b"\x01", b"\x05", b"\xf0"):
        assert code_of(lookup, [prefix + key[:1], below], leaf) == "anchor.state"
    assert code_of(lookup, [b"\x2f" + key, b"value"]) == "anchor.state"
    whole = [b"\x20" + key, b"value"]
    assert code_of(lookup, [b"\x00", keccak(rlp.encode(whole))], whole) == "anchor.state"
    # A leaf at the very end of the key has no path left.
    end = [b"\x20", b"value" * 8]
    branch = [b""] * 17
    branch[int(digits[63], 16)] = keccak(rlp.encode(end))
    extension = [bytes.fromhex("1" + digits[:63]), keccak(rlp.encode(branch))]
    assert lookup(extension, branch, end) == b"value" * 8
    # A value in the branch itself belongs to a key that ends there.
    branch = [b""] * 16 + [b"other"]
    assert lookup([bytes.fromhex("1" + digits[:63]), keccak(rlp.encode(branch))], branch) == b""
