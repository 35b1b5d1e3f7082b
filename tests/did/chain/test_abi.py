"""The narrow ABI codec against a general one."""

from __future__ import annotations

import eth_abi
import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from did.chain import AnchorCall, ChainError, Head
from did.chain.abi import (
    artefact,
    base_slot,
    decode_head,
    decode_revert,
    decode_roles,
    encode_anchor,
    encode_call,
    encode_includes,
    log_id_of,
)

HASH = st.binary(min_size=32, max_size=32)
ADDRESS = st.binary(min_size=20, max_size=20)
NODES = st.lists(HASH, max_size=66).map(tuple)
U64 = st.integers(0, 2**64 - 1)


@given(HASH, st.builds(AnchorCall, st.integers(1, 2**64 - 1), HASH, HASH, NODES, NODES))
def test_anchor_is_encoded_canonically(log_id, call):
    types = ["bytes32", "uint64", "bytes32", "bytes32", "bytes32[]", "bytes32[]"]
    values = [log_id, call.size, call.root, call.map_root, call.extension, call.edge]
    assert encode_anchor(log_id, call) == artefact().selectors["anchor"] + eth_abi.encode(types, values)


@given(HASH, st.binary(max_size=300), U64, NODES)
def test_includes_is_encoded_canonically(log_id, entry, index, path):
    expected = eth_abi.encode(["bytes32", "bytes", "uint64", "bytes32[]"], [log_id, entry, index, path])
    assert encode_includes(log_id, entry, index, path) == artefact().selectors["includes"] + expected


@given(HASH, st.integers(0, 2**256 - 1), ADDRESS, HASH)
def test_single_words_are_encoded_canonically(log_id, chain_id, account, next_id):
    expected = eth_abi.encode(
        ["bytes32", "uint256", "address", "bytes32"], [log_id, chain_id, account, next_id]
    )
    assert (
        encode_call("close", log_id, chain_id, account, next_id) == artefact().selectors["close"] + expected
    )


@given(ADDRESS, HASH)
def test_log_ids_and_slots(admin, origin_hash):
    log_id = log_id_of(admin, origin_hash)
    assert log_id == keccak(eth_abi.encode(["address", "bytes32"], [admin, origin_hash]))
    assert base_slot(log_id) == int.from_bytes(keccak(log_id + bytes(32)))


@given(st.builds(Head, U64, U64, U64, U64, HASH, HASH))
def test_heads_are_decoded(head):
    values = [head.size, head.sequence, head.block, head.time, head.root, head.map_root]
    types = ["uint64"] * 4 + ["bytes32"] * 2
    assert decode_head(eth_abi.encode(types, values)) == head


@given(st.tuples(ADDRESS, ADDRESS, ADDRESS, ADDRESS, st.booleans(), st.booleans()))
def test_roles_are_decoded(values):
    roles = decode_roles(eth_abi.encode(["address"] * 4 + ["bool"] * 2, values))
    assert values == (
        roles.admin,
        roles.publisher,
        roles.offered_admin,
        roles.offered_publisher,
        roles.paused,
        roles.closed,
    )


@pytest.mark.parametrize("decode", [decode_head, decode_roles])
@pytest.mark.parametrize("answer", [b"", bytes(191), bytes(193), bytes([0, 0, 0, 1]) + bytes(188)])
def test_other_answers_are_refused(decode, answer):
    with pytest.raises(ChainError) as refused:
        decode(answer)
    assert refused.value.code == "chain.answer"


def test_a_flag_above_one_is_refused():
    with pytest.raises(ChainError) as refused:
        decode_roles(bytes(191) + b"\x02")
    assert refused.value.code == "chain.answer"


@given(U64, U64)
def test_errors_are_named_with_their_arguments(held, offered):
    data = keccak(text="NotLarger(uint64,uint64)")[:4] + eth_abi.encode(["uint64"] * 2, [held, offered])
    assert decode_revert(data) == ("NotLarger", (held, offered))
    assert decode_revert(data[:-1]) == ("Unknown", ())


@given(st.binary(max_size=100))
def test_any_other_revert_data_is_unknown(data):
    assert decode_revert(data)[0] in {"Unknown", *(name for name, _ in artefact().errors.values())}
