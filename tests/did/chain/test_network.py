"""The parts of the driver for networks, without a node: transactions, prices, outbox, votes."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_keys import keys
from hypothesis import given, settings
from hypothesis import strategies as st

from did.chain import BlockRef, ChainError, ChainRejectedError, answers
from did.chain.abi import artefact
from did.chain.errors import RpcError
from did.chain.header import encode_header
from did.chain.network import (
    GWEI,
    Account,
    FeePolicy,
    Finality,
    Intent,
    OutboxFile,
    Owner,
    State,
    Timing,
)
from did.chain.network.fees import Market, read_market
from did.chain.network.nodes import Nodes, ask, asking
from did.chain.network.receipts import rejection
from did.chain.network.transactions import Fees, Signed, Transaction, created_address

SECRET = b"\x0b" * 32


def refused(code):
    return pytest.raises(ChainError, check=lambda error: error.code == code)


# Transactions


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 2**63),
    st.integers(0, 2**63),
    st.integers(0, 2**64 - 1),
    st.integers(21_000, 2**32),
    st.one_of(st.just(b""), st.binary(min_size=20, max_size=20)),
    st.binary(max_size=300),
    st.integers(1, 2**255).map(lambda number: number.to_bytes(32, "big")),
)
def test_a_signed_transaction_is_what_an_independent_client_makes(
    chain_id, nonce, price, gas, to, data, secret
):
    fees = Fees(price, price // 3)
    signed = Account(secret).sign(Transaction(chain_id, nonce, fees, gas, to, data))
    theirs = PragueTransactionBuilder.new_unsigned_dynamic_fee_transaction(
        chain_id=chain_id,
        nonce=nonce,
        max_priority_fee_per_gas=fees.tip,
        max_fee_per_gas=fees.maximum,
        gas=gas,
        to=to,
        value=0,
        data=data,
        access_list=(),
    ).as_signed_transaction(keys.PrivateKey(secret))
    assert signed.raw == theirs.encode()
    assert signed.hash == theirs.hash
    assert Account(secret).address == theirs.sender


def test_the_address_of_a_creation_is_that_of_the_yellow_paper():
    # Sender and nonces of a known deployment, from EIP-1014's predecessor examples.
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert created_address(sender, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert created_address(sender, 1).hex() == "343c43a37d37dff08ae8c4a11544c718abb4fcf8"


def test_an_account_hides_its_secret_and_refuses_what_is_none():
    shown = f"{Account(SECRET)!r} {Account(SECRET)}"
    assert SECRET.hex() not in shown
    assert "0x" in shown
    order = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
    for secret in (b"", b"\x01" * 31, bytes(32), order.to_bytes(32, "big")):
        with refused("chain.configuration"):
            Account(secret)


# Prices


def test_an_offer_is_twice_the_base_fee_and_the_tip_up_to_the_cap():
    policy = FeePolicy(cap=100 * GWEI)
    assert policy.offer(Market(10 * GWEI, 2 * GWEI)) == Fees(22 * GWEI, 2 * GWEI)
    assert policy.offer(Market(60 * GWEI, 2 * GWEI)) == Fees(100 * GWEI, 2 * GWEI)
    assert policy.offer(Market(98 * GWEI, 2 * GWEI)) == Fees(100 * GWEI, 2 * GWEI)
    assert policy.offer(Market(98 * GWEI + 1, 2 * GWEI)) is None
    assert replace(policy, least_tip=3 * GWEI).offer(Market(GWEI, 0)) == Fees(5 * GWEI, 3 * GWEI)
    assert FeePolicy(cap=0).offer(Market(0, 0)) == Fees(0, 0)


@given(st.integers(0, 10**12), st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**11))
def test_a_replacement_raises_both_prices_by_an_eighth_and_never_passes_the_cap(maximum, tip, base, market):
    policy, previous = FeePolicy(cap=10**12), Fees(maximum, min(tip, maximum))
    fees = policy.outbid(previous, Market(base, market))
    if fees is not None:
        assert fees.maximum * 8 >= previous.maximum * 9
        assert fees.tip * 8 >= previous.tip * 9
        assert fees.maximum > previous.maximum
        assert fees.tip > previous.tip
        assert max(fees.maximum, fees.tip) <= policy.cap
    else:
        assert max(base + market, previous.maximum * 9 / 8 + 1) > policy.cap


def test_the_tip_is_the_middle_one_of_the_last_blocks():
    history = {
        "oldestBlock": "0x1",
        "baseFeePerGas": ["0x7", "0x8", "0x9"],
        "gasUsedRatio": [0.5, 0.5],
        "reward": [["0x5"], ["0x1"], ["0xff"]],
    }
    assert read_market(history) == Market(9, 5)
    assert read_market({"baseFeePerGas": ["0x7"], "reward": None}) == Market(7, 0)
    for broken in (
        None,
        [],
        {},
        {"baseFeePerGas": []},
        {"baseFeePerGas": ["7"]},
        {"baseFeePerGas": ["0x7"], "reward": [["0x1", "0x2"]]},
        {"baseFeePerGas": ["0x7"], "reward": [7]},
    ):
        with refused("chain.answer"):
            read_market(broken)


@pytest.mark.parametrize("values", [{"cap": -1}, {"cap": 2**64}, {"cap": 1, "least_tip": 2}])
def test_a_senseless_fee_policy_is_refused(values):
    with refused("chain.configuration"):
        FeePolicy(**values)


@pytest.mark.parametrize("values", [{"poll": 0}, {"patience": 0}, {"poll": 2, "replace_after": 1}])
def test_senseless_times_are_refused(values):
    with refused("chain.configuration"):
        Timing(**values)


@pytest.mark.parametrize(("text", "depth"), [("finalized", None), ("0", 0), ("12", 12)])
def test_finality_is_read(text, depth):
    assert Finality.parse(text) == Finality(depth)
    assert Finality.parse(text).text == text


@pytest.mark.parametrize("text", ["", "-1", "latest", "safe", "01", "1 ", "1000000", "٣"])
def test_another_finality_is_refused(text):
    with refused("chain.configuration"):
        Finality.parse(text)


# Answers of nodes


@pytest.mark.parametrize("answer", [None, 9, "", "7", "0x", "0x07", "0xA", "0x10000000000000000", True, []])
def test_a_quantity_of_another_form_is_refused(answer):
    with refused("chain.answer"):
        answers.quantity(answer, "it")


@pytest.mark.parametrize("answer", [None, 7, "", "00", "0x0", "0xAA", "0x" + "00" * 31, "0x" + "00" * 30_000])
def test_data_of_another_form_are_refused(answer):
    with refused("chain.answer"):
        answers.data(answer, "it", size=32)


def test_a_header_with_a_field_changed_taken_away_or_added_is_refused():
    block = dict.fromkeys(("parentHash", "sha3Uncles", "stateRoot", "transactionsRoot"), "0x" + "00" * 32)
    block |= {"receiptsRoot": "0x" + "00" * 32, "mixHash": "0x" + "00" * 32, "nonce": "0x" + "00" * 8}
    block |= {"miner": "0x" + "00" * 20, "logsBloom": "0x" + "00" * 256, "extraData": "0x"}
    for name in ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"):
        block[name] = "0x1"
    with refused("chain.answer"):
        encode_header(block, bytes(32))
    for name in block:
        with refused("chain.answer"):
            encode_header({key: value for key, value in block.items() if key != name}, bytes(32))


@pytest.mark.parametrize(
    ("error", "name", "arguments"),
    [
        (RpcError(3, "execution reverted", "0x"), "Unknown", ()),
        (RpcError(-32000, "Execution Reverted: custom error", None), "Unknown", ()),
        (RpcError(3, "execution reverted", "NotLarger"), "Unknown", ()),
        (RpcError(-32015, "VM execution error", "0x{NotSealed}"), "NotSealed", ()),
        (RpcError(3, "execution reverted", "0x{NotLarger}" + f"{5:064x}{4:064x}"), "NotLarger", (5, 4)),
    ],
)
def test_a_refusal_of_the_contract_is_named_whichever_client_says_it(error, name, arguments):
    selectors = {found: selector.hex() for selector, (found, _) in artefact().errors.items()}
    if error.data:
        error.data = error.data.format(**selectors)
    found = rejection(error)
    assert isinstance(found, ChainRejectedError)
    assert (found.error, found.arguments) == (name, arguments)


def test_another_fault_of_a_node_is_no_refusal_of_the_contract():
    assert rejection(RpcError(-32000, "header not found", None)) is None
    assert rejection(RpcError(-32005, "limit exceeded", "see our prices")) is None


# Votes


class Fake:
    """A node that gives one answer to everything."""

    def __init__(self, answer):
        self.answer = answer
        self.name = "fake"

    async def call(self, method, params):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self):
        pass


DOWN = ChainError("chain.unavailable", "is down")
GARBLED = ChainError("chain.answer", "is garbled")


def refusing(data=None, message="no"):
    return RpcError(-32000, message, data)


def voted(answers_, *, need=None, method="agreed"):
    nodes = Nodes([Fake(answer) for answer in answers_], need=need)
    return asyncio.run(getattr(nodes, method)(ask("x")))


@pytest.mark.parametrize(
    ("answers_", "expected"),
    [
        (["a"], "a"),
        (["a", "a"], "a"),
        (["b", "a", "a"], "a"),
        ([DOWN, "a", "a"], "a"),
        ([refusing(), "a", "a"], "a"),
        (["a", "b", "a", "c", "a"], "a"),
        ([None, None, "a"], None),
    ],
)
def test_more_than_half_decide(answers_, expected):
    assert voted(answers_) == expected


@pytest.mark.parametrize(
    ("answers_", "code"),
    [
        (["a", "b"], "chain.disagreement"),
        (["a", "b", "c"], "chain.disagreement"),
        (["a", refusing(), "c"], "chain.disagreement"),
        (["a", DOWN], "chain.unavailable"),
        (["a", DOWN, DOWN], "chain.unavailable"),
        ([GARBLED], "chain.answer"),
        ([refusing()], "chain.rpc"),
        ([refusing("0x01", "one"), refusing("0x01", "two"), "a"], "chain.rpc"),
        ([refusing("0x01"), refusing("0x02"), "a"], "chain.disagreement"),
    ],
)
def test_less_than_that_is_refused(answers_, code):
    with refused(code):
        voted(answers_)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([7], 7), ([7, 9], 7), ([7, 9, 8], 8), ([7, 7, 99], 7), ([0, 8, 8], 8), ([7, DOWN, 9], 7)],
)
def test_a_height_is_one_that_more_than_half_have_reached(numbers, expected):
    nodes = Nodes([Fake(number) for number in numbers])
    assert asyncio.run(nodes.reached(asking(lambda answer: answer, "x"))) == expected


def test_a_height_that_too_few_tell_is_none():
    for numbers, code in (([7, DOWN], "chain.unavailable"), ([refusing()], "chain.rpc")):
        with refused(code):
            voted(numbers, method="reached")


@pytest.mark.parametrize(("count", "need"), [(0, None), (10, None), (2, 1), (3, 1), (3, 4), (4, 2), (1, 0)])
def test_nodes_that_cannot_decide_are_refused(count, need):
    with refused("chain.configuration"):
        Nodes([Fake("a")] * count, need=need)


# The outbox


OWNER = Owner(31337, b"\x01" * 32, b"\x02" * 20)


def attempt(number, price=GWEI):
    return Signed(b"\x02" + bytes([number]) * 100, bytes([number]) * 32, Fees(price, price // 2))


def test_an_outbox_keeps_what_it_was_given(tmp_path):
    intent = Intent(3, b"\x03" * 20, b"data", 100_000, (attempt(1),))
    box = OutboxFile(tmp_path / "outbox.sqlite3")
    box.claim(OWNER)
    assert (box.unsettled(0), box.next_nonce()) == ([], 0)
    box.add(intent)
    box.add_attempt(3, attempt(2, 2**63))
    box.close()
    box.close()
    box = OutboxFile(tmp_path / "outbox.sqlite3")
    box.claim(OWNER)
    kept = intent.with_attempt(attempt(2, 2**63))
    assert (box.unsettled(9), box.next_nonce()) == ([kept], 4)
    block = BlockRef(7, b"\x07" * 32)
    box.settle(3, State.DONE, block)
    assert box.unsettled(4) == []
    # The chain has forgotten nonce 3.
    assert box.unsettled(3) == [replace(kept, state=State.DONE, block=block)]
    box.close()


def test_a_nonce_is_given_once(tmp_path):
    box = OutboxFile(tmp_path / "outbox.sqlite3")
    box.add(Intent(0, b"", b"one", 1, (attempt(1),)))
    with refused("chain.store"):
        box.add(Intent(0, b"", b"two", 1, (attempt(2),)))
    assert [found.data for found in box.unsettled(0)] == [b"one"]
    box.close()


@pytest.mark.parametrize(
    "other",
    [replace(OWNER, chain_id=1), replace(OWNER, account=bytes(20)), replace(OWNER, genesis=bytes(32))],
)
def test_an_outbox_belongs_to_one_account_on_one_chain(tmp_path, other):
    box = OutboxFile(tmp_path / "outbox.sqlite3")
    box.claim(OWNER)
    with refused("chain.configuration"):
        box.claim(other)
    box.close()
    with refused("chain.unavailable"):
        box.next_nonce()


def test_an_outbox_is_written_through_and_locked(tmp_path):
    path = tmp_path / "outbox.sqlite3"
    box = OutboxFile(path)
    assert box._db.execute("PRAGMA synchronous").fetchone() == (2,)
    code = "import pathlib, sys; from did.chain.network import OutboxFile as O; O(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(path)]
    other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "chain.in-use" in other.stderr
    box.close()


def test_another_file_is_no_outbox(tmp_path):
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"no database" * 100)
    with refused("chain.store"):
        OutboxFile(path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE x (y)")
    other.close()
    with refused("chain.store"):
        OutboxFile(path)
    with refused("chain.unavailable"):
        OutboxFile(tmp_path / "nowhere" / "outbox.sqlite3")
