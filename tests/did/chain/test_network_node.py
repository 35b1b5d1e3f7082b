"""The driver for networks against a real node that reorganises, dies, stalls, gets dear and lies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from did.chain import BlockRef, ChainError, ChainRejectedError, abi
from did.chain.errors import RpcError
from did.chain.header import encode_header
from did.chain.network import (
    GWEI,
    Finality,
    HttpTransport,
    OutboxFile,
    Timing,
    deploy,
)
from did.encoding import decode_base64url
from did.registry.bundle.stateproof import StateProof, verify_state
from tests.support import network_world
from tests.support.anvil import Anvil
from tests.support.network_world import ADMIN, CHAIN_ID, FAST, ORIGIN, PUBLISHER, Publisher, connect

ROOT = Path(__file__).parents[3]


def run(scenario):
    return asyncio.run(scenario())


@pytest.fixture
def nodes():
    """Starts anvils, and ends those that it started."""
    started = []

    def start(*arguments):
        started.append(Anvil(*arguments))
        return started[-1]

    yield start
    for node in started:
        node.stop()


@pytest.fixture
def node(nodes):
    return nodes()


@pytest.fixture
def settings(node, tmp_path):
    return network_world.opened(node, tmp_path)


@asynccontextmanager
async def running(settings, path, *urls, **changes):
    chain = await connect(settings, path, *urls, **changes)
    try:
        yield chain
    finally:
        await chain.close()


async def refusal(awaitable):
    with pytest.raises(ChainError) as refused:
        await awaitable
    return refused.value


def anchored_sizes(node, settings):
    """The sizes in the events of the canonical chain, in order."""
    found = node.rpc(
        "eth_getLogs",
        {
            "fromBlock": "0x0",
            "toBlock": "latest",
            "address": abi.address_text(settings.contract),
            "topics": ["0x" + abi.artefact().events["Anchored"].hex()],
        },
    )
    return [int(item["topics"][2], 16) for item in found]


# Reorganisations


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_after_a_reorganisation_the_head_falls_back_and_each_size_is_anchored_once(
    node, settings, tmp_path, depth
):
    """Finality after k = 3 blocks, one anchor a block, depths of 1 to k + 2."""
    settings = replace(settings, finality=Finality(3))

    async def scenario():
        publisher, sizes = Publisher(), [2, 3, 5, 7, 11]
        async with running(settings, tmp_path, node.url) as chain:
            anchors = []
            for size in sizes:
                publisher.sealed = size
                anchors.append(await publisher.step(chain))
            final = [await chain.is_final(anchored.block) for anchored in anchors]
            assert final == [True, True, False, False, False]
            node.rpc("anvil_reorg", depth, [])
            assert (await chain.head()).size == [0, *sizes][len(sizes) - depth]
            for anchored in anchors[-depth:]:
                assert await chain.block(anchored.block.number) != anchored.block
                assert await chain.is_final(anchored.block) is False
                assert (await refusal(chain.state_proof(anchored.block))).code == "chain.block-unknown"
            publisher.sealed = 13
            await catch_up(publisher, chain)
            assert await publisher.step(chain) is None
            head = await chain.head()
            assert (head.size, head.root) == (13, publisher.log.root(13))
        assert anchored_sizes(node, settings) == [*sizes, 13]

    run(scenario)


async def catch_up(publisher, chain, tries=6):
    """The publisher's loop: a refusal means that what was dropped came back first; look again."""
    for _ in range(tries):
        try:
            return await publisher.step(chain)
        except ChainRejectedError as refused:
            if refused.error not in {"NotLarger", "NotConsistent"}:
                raise
    raise AssertionError("did not catch up")


def test_an_anchor_that_a_reorganisation_dropped_is_answered_from_its_own_transaction(
    node, settings, tmp_path
):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            call = publisher.call(0, 5)
            first = await chain.anchor(call)
            node.rpc("anvil_reorg", 1, [])
            assert (await chain.head()).size == 0
            second = await chain.anchor(call)
            assert second.tx_hash == first.tx_hash
            assert second.block != first.block
        assert anchored_sizes(node, settings) == [5]

    run(scenario)


def test_a_reorganisation_during_a_reading_is_noticed(node, settings, tmp_path):
    def reorganise(answer):
        node.rpc("anvil_reorg", 1, [])
        return answer

    async def scenario():
        transport = Lying(node.url)
        async with running(settings, tmp_path, transports=[transport]) as chain:
            await chain.anchor(Publisher().call(0, 5))
            transport.lies = {"eth_call": reorganise}
            assert (await refusal(chain.head())).code == "chain.reorganised"

    run(scenario)


# Finality


def test_final_follows_the_rule(nodes, tmp_path):
    node = nodes("--slots-in-an-epoch", "1")
    settings = network_world.opened(node, tmp_path)

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            anchored = await chain.anchor(publisher.call(0, 5))
            assert await chain.is_final(anchored.block) is True
        for rule, blocks in (("2", 2), ("finalized", 2)):
            node_settings = replace(settings, finality=Finality.parse(rule))
            async with running(node_settings, tmp_path, node.url) as chain:
                block = (await chain.anchor(publisher.call(publisher.sealed, publisher.sealed + 2))).block
                seen = []
                for _ in range(blocks):
                    seen.append(await chain.is_final(block))
                    node.mine()
                assert seen == [False] * blocks
                assert await chain.is_final(block) is True
                assert await chain.is_final(BlockRef(block.number, bytes(32))) is False

    run(scenario)


# A node that dies


def test_a_killed_node_is_unavailable_and_after_its_return_one_call_catches_up(nodes, tmp_path):
    state = str(tmp_path / "state.json")
    node = nodes("--state", state)
    settings = network_world.opened(node, tmp_path)

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            await chain.anchor(publisher.call(0, 5))
            await asyncio.to_thread(node.stop)
            publisher.sealed = 9
            assert (await refusal(publisher.step(chain))).code == "chain.unavailable"
            assert (await refusal(chain.is_final(BlockRef(1, bytes(32))))).code == "chain.unavailable"
            publisher.sealed = 20
            await asyncio.to_thread(node.start)
            await publisher.step(chain)
            assert (await chain.head()).size == 20
        assert node.count(PUBLISHER.address) == 2

    run(scenario)


def test_a_node_that_is_away_while_an_anchor_is_sent_gets_it_afterwards(nodes, tmp_path):
    state = str(tmp_path / "state.json")
    node = nodes("--state", state)
    settings = network_world.opened(node, tmp_path)

    async def scenario():
        publisher = Publisher()
        transport = Losing(node.url, "eth_sendRawTransaction")
        async with running(settings, tmp_path, transports=[transport]) as chain:
            publisher.sealed = 5
            assert (await refusal(publisher.step(chain))).code == "chain.unavailable"
            await asyncio.to_thread(node.stop)
            await asyncio.to_thread(node.start)
            transport.lost.clear()
            assert (await chain.head()).size == 0
            await publisher.step(chain)
        assert (anchored_sizes(node, settings), node.count(PUBLISHER.address)) == ([5], 1)

    run(scenario)


@pytest.mark.parametrize("proofs", [False, True])
def test_a_node_that_lost_its_state_is_noticed(node, settings, tmp_path, proofs):
    settings = replace(settings, proofs=proofs)

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            await chain.anchor(publisher.call(0, 5))
            await asyncio.to_thread(node.kill)
            node.arguments = ("--timestamp", "1500000000")
            await asyncio.to_thread(node.start)
            publisher.sealed = 9
            expected = "chain.proof" if proofs else "chain.code-mismatch"
            assert (await refusal(publisher.step(chain))).code == expected
        assert (await refusal(connect(settings, tmp_path, node.url))).code == "chain.code-mismatch"
        # Even with the contract at its old address it is another chain.
        (tmp_path / "again").mkdir()
        again = await asyncio.to_thread(network_world.opened, node, tmp_path / "again")
        assert again.contract == settings.contract
        refused = await refusal(connect(settings, tmp_path, node.url))
        assert refused.code == "chain.configuration"
        assert "first block was another" in refused.detail

    run(scenario)


class Losing(HttpTransport):
    """Does not deliver these methods."""

    def __init__(self, url, *lost):
        super().__init__(url)
        self.lost = set(lost)

    async def call(self, method, params):
        if method in self.lost:
            raise ChainError("chain.unavailable", f"{method} was lost")
        return await super().call(method, params)


def test_nothing_is_sent_before_it_is_kept(node, settings, tmp_path):
    outbox, sent = OutboxFile(tmp_path / "outbox.sqlite3"), []

    class Watching(HttpTransport):
        async def call(self, method, params):
            if method == "eth_sendRawTransaction":
                kept = {attempt.raw for intent in outbox.unsettled(0) for attempt in intent.attempts}
                assert bytes.fromhex(params[0][2:]) in kept
                sent.append(params[0])
            return await super().call(method, params)

    async def scenario():
        async with running(settings, tmp_path, transports=[Watching(node.url)], outbox=outbox) as chain:
            node.rpc("evm_setAutomine", False)
            waiting = asyncio.create_task(chain.anchor(Publisher().call(0, 5)))
            await prices(node, 2)
            node.mine()
            await waiting
        assert len(set(sent)) >= 2

    run(scenario)


# Prices and stuck transactions


def test_a_stuck_transaction_is_outbid_with_its_nonce(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            node.rpc("evm_setAutomine", False)
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            seen = await prices(node, 3)
            assert not waiting.done()
            node.mine()
            anchored = await waiting
        for (old_maximum, old_tip), (maximum, tip) in pairwise(seen):
            assert maximum >= old_maximum * 9 // 8
            assert tip >= old_tip * 9 // 8
            assert tip > old_tip
            assert maximum <= settings.fees.cap
        assert node.count(PUBLISHER.address) == 1
        assert anchored_sizes(node, settings) == [5]
        found = node.rpc("eth_getTransactionReceipt", "0x" + anchored.tx_hash.hex())
        assert int(found["status"], 16) == 1

    run(scenario)


async def prices(node, number):
    """The prices at which the publisher's waiting transaction is seen, one after another."""
    seen = []
    for _ in range(400):
        pool = node.rpc("txpool_content")["pending"]
        for by_nonce in pool.values():
            assert list(by_nonce) == ["0"]
            found = by_nonce["0"]
            price = (int(found["maxFeePerGas"], 16), int(found["maxPriorityFeePerGas"], 16))
            if price not in seen:
                seen.append(price)
        if len(seen) == number:
            return seen
        await asyncio.sleep(0.02)
    raise AssertionError(f"only {seen}")


def test_an_attempt_that_was_outbid_and_still_mined_is_the_anchor(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        outbox, transport = OutboxFile(tmp_path / "outbox.sqlite3"), Swallowing(node.url)
        async with running(settings, tmp_path, transports=[transport], outbox=outbox) as chain:
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            for _ in range(400):
                if (unsettled := outbox.unsettled(0)) and len(unsettled[0].attempts) >= 3:
                    break
                await asyncio.sleep(0.05)
            [intent] = unsettled
            assert len(intent.attempts) >= 3
            node.rpc("eth_sendRawTransaction", "0x" + intent.attempts[0].raw.hex())
            anchored = await waiting
            assert anchored.tx_hash == intent.attempts[0].hash
        assert anchored_sizes(node, settings) == [5]

    run(scenario)


class Swallowing(HttpTransport):
    """Says that it took a transaction and keeps it."""

    async def call(self, method, params):
        if method == "eth_sendRawTransaction":
            return "0x" + "00" * 32
        return await super().call(method, params)


def test_above_the_cap_an_anchor_waits_and_then_goes(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            spike(node, 500 * GWEI)
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            assert node.count(PUBLISHER.address, "pending") == 0
            spike(node, GWEI)
            anchored = await waiting
            paid = node.rpc("eth_getTransactionByHash", "0x" + anchored.tx_hash.hex())
            assert int(paid["maxFeePerGas"], 16) <= settings.fees.cap

    run(scenario)


def test_a_spike_after_sending_is_waited_out(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        outbox = OutboxFile(tmp_path / "outbox.sqlite3")
        async with running(settings, tmp_path, node.url, outbox=outbox) as chain:
            node.rpc("evm_setAutomine", False)
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            await prices(node, 1)
            spike(node, 500 * GWEI)
            await asyncio.sleep(0.6)
            assert not waiting.done()
            [intent] = outbox.unsettled(0)
            assert max(attempt.fees.maximum for attempt in intent.attempts) <= settings.fees.cap
            spike(node, GWEI)
            node.rpc("evm_setAutomine", True)
            node.mine()
            await waiting
        assert anchored_sizes(node, settings) == [5]

    run(scenario)


def spike(node, base):
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))
    node.mine()
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))


def test_each_wait_ends_and_says_why(node, settings, tmp_path):
    short = replace(settings, timing=Timing(poll=0.02, replace_after=0.1, patience=0.3))

    async def scenario():
        publisher = Publisher()
        async with running(short, tmp_path, node.url) as chain:
            spike(node, 500 * GWEI)
            assert (await refusal(chain.anchor(publisher.call(0, 5)))).code == "chain.fee-cap"
            assert node.count(PUBLISHER.address, "pending") == 0
            spike(node, GWEI)
            node.rpc("evm_setAutomine", False)
            assert (await refusal(chain.anchor(publisher.call(0, 5)))).code == "chain.pending"
            # The next step finds the open transaction, and makes no second one.
            node.rpc("evm_setAutomine", True)
            node.mine()
            await chain.anchor(publisher.call(0, 5))
        assert node.count(PUBLISHER.address) == 1

    run(scenario)


def test_an_account_without_coin_is_named(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            node.rpc("anvil_setBalance", "0x" + PUBLISHER.address.hex(), "0x0")
            refused = await refusal(chain.anchor(publisher.call(0, 5)))
            assert refused.code == "chain.funds"
            assert abi.address_text(PUBLISHER.address) in refused.detail
            node.fund(PUBLISHER.address)
            await chain.anchor(publisher.call(0, 5))
        assert anchored_sizes(node, settings) == [5]

    run(scenario)


def test_a_nonce_that_another_program_took_is_reported_and_the_next_anchor_goes(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            node.rpc("evm_setAutomine", False)
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            await prices(node, 1)
            node.rpc("anvil_setNonce", "0x" + PUBLISHER.address.hex(), "0x1")
            assert (await refusal(waiting)).code == "chain.nonce"
            node.rpc("anvil_dropAllTransactions")
            node.rpc("evm_setAutomine", True)
            await chain.anchor(publisher.call(0, 5))
        assert anchored_sizes(node, settings) == [5]

    run(scenario)


# Lies


class Lying(HttpTransport):
    """Alters what a node answers; `lies` maps a method to what becomes of its result."""

    def __init__(self, url, **lies):
        super().__init__(url)
        self.lies = lies

    async def call(self, method, params):
        result = await super().call(method, params)
        lie = self.lies.get(method)
        return lie(result) if lie else result


def flipped(text):
    """Hex data with its last digit changed."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def flipped_head(answer):
    """Another map root, if this is the answer of `head`."""
    return flipped(answer) if len(answer) == 2 + 64 * 6 else answer


def altered_proof(answer):
    slot = answer["storageProof"][0]
    nodes = [*slot["proof"][:-1], flipped(slot["proof"][-1])]
    return {**answer, "storageProof": [{**slot, "proof": nodes}] * 3}


def shortened_proof(answer):
    return {**answer, "accountProof": answer["accountProof"][:-1]}


def altered_root(block):
    return block and {**block, "stateRoot": flipped(block["stateRoot"])}


FREE = {"baseFeePerGas": ["0x0"], "reward": [["0x0"]]}
DEAR = {"baseFeePerGas": ["0xffffffffffffff"], "reward": [["0xffffffffffff"]]}


def reverting():
    raise RpcError(3, "execution reverted", "0x" + "00" * 4)


def test_one_liar_among_three_changes_nothing(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        liars = [
            Lying(node.url, eth_call=flipped_head),
            Lying(node.url, eth_getBlockByNumber=lambda block: block and {**block, "hash": "0x" + "11" * 32}),
            Lying(node.url, eth_blockNumber=lambda _: "0xffff", eth_getTransactionCount=lambda _: "0xff"),
            Lying(node.url, eth_chainId=lambda _: "0x1", eth_getCode=lambda _: "0x"),
            Lying(node.url, eth_getTransactionReceipt=lambda r: r and {**r, "blockHash": "0x" + "11" * 32}),
            Losing(node.url, "eth_call", "eth_getBlockByNumber", "eth_sendRawTransaction"),
            Lying(node.url, eth_estimateGas=lambda _: reverting()),
            Lying(node.url, eth_estimateGas=lambda _: "0x1", eth_feeHistory=lambda _: FREE),
            Lying(node.url, eth_estimateGas=lambda _: "0xffffffff", eth_feeHistory=lambda _: DEAR),
        ]
        for at, liar in enumerate(liars):
            honest = [HttpTransport(node.url), HttpTransport(node.url)]
            async with running(settings, tmp_path, transports=[liar, *honest]) as chain:
                anchored = await chain.anchor(publisher.call(at, at + 1))
                head = await chain.head()
                assert (head.size, head.root) == (at + 1, publisher.log.root(at + 1))
                assert await chain.is_final(anchored.block) is True

    run(scenario)


def test_two_that_disagree_are_not_believed(node, settings, tmp_path):
    async def scenario():
        liar = Lying(node.url)
        async with running(settings, tmp_path, transports=[liar, HttpTransport(node.url)]) as chain:
            block = await chain.block()
            liar.lies = {"eth_call": flipped_head}
            refused = await refusal(chain.head())
            assert refused.code == "chain.disagreement"
            assert refused.remedy
            liar.lies = {"eth_getBlockByNumber": lambda found: found and {**found, "hash": "0x" + "11" * 32}}
            for question in (chain.block(), chain.head(), chain.is_final(block)):
                assert (await refusal(question)).code == "chain.disagreement"

    run(scenario)


def test_a_stale_node_and_a_forked_node_are_outvoted(nodes, tmp_path):
    state = tmp_path / "state.json"
    first = nodes("--state", str(state))
    settings = network_world.opened(first, tmp_path)
    first.stop()
    first.start()
    copies = [nodes("--load-state", str(state)) for _ in range(2)]
    stale, forked = copies

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, first.url) as chain:
            anchored = await chain.anchor(publisher.call(0, 5))
        forked.mine(5)
        for urls, expected in (
            ([first.url, first.url, stale.url], 5),
            ([forked.url, first.url, first.url], 5),
            ([first.url, stale.url, stale.url], 0),
        ):
            async with running(settings, tmp_path, *urls) as chain:
                assert (await chain.head()).size == expected
                assert await chain.is_final(anchored.block) is (expected == 5)
        async with running(settings, tmp_path, first.url, forked.url) as chain:
            assert (await refusal(chain.head())).code == "chain.disagreement"

    run(scenario)


@pytest.mark.parametrize(
    ("lies", "code"),
    [
        ({"eth_getProof": altered_proof}, "chain.proof"),
        (
            {"eth_getProof": shortened_proof},
            "chain.proof",
        ),
        ({"eth_getBlockByNumber": altered_root}, "chain.answer"),
        ({"eth_getBlockByNumber": lambda b: b and {**b, "hash": "0x" + "11" * 32}}, "chain.answer"),
        ({"eth_call": flipped_head}, None),  # is not asked
    ],
)
def test_one_node_must_prove_what_it_says(node, settings, tmp_path, lies, code):
    async def scenario():
        publisher = Publisher()
        liar = Lying(node.url)
        async with running(replace(settings, proofs=True), tmp_path, transports=[liar]) as chain:
            await chain.anchor(publisher.call(0, 5))
            liar.lies = lies
            if code is None:
                assert (await chain.head()).root == publisher.log.root(5)
            else:
                assert (await refusal(chain.head())).code == code

    run(scenario)


def test_a_receipt_is_not_believed_without_the_contract(node, settings, tmp_path):
    """The node swallows the transaction and makes a receipt up, in a block that is there."""

    class Inventing(Swallowing):
        async def call(self, method, params):
            if method == "eth_getTransactionReceipt":
                block = await super().call("eth_getBlockByNumber", ["latest", False])
                return {
                    "transactionHash": params[0],
                    "blockNumber": block["number"],
                    "blockHash": block["hash"],
                    "status": "0x1",
                    "contractAddress": None,
                }
            return await super().call(method, params)

    async def scenario():
        publisher = Publisher()
        transports = [Inventing(node.url)]
        async with running(replace(settings, proofs=True), tmp_path, transports=transports) as chain:
            refused = await refusal(chain.anchor(publisher.call(0, 5)))
            assert refused.code == "chain.disagreement"
        # The outbox has it still: an honest node gets it.
        async with running(settings, tmp_path, node.url) as chain:
            await chain.anchor(publisher.call(0, 5))
        assert (anchored_sizes(node, settings), node.count(PUBLISHER.address)) == ([5], 1)

    run(scenario)


# Proofs


def test_a_state_proof_is_what_a_bundle_carries(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            for old, new in ((0, 5), (5, 9)):
                anchored = await chain.anchor(publisher.call(old, new))
                info, state = await chain.describe(), await chain.state_proof(anchored.block)
                proof = StateProof(
                    decode_base64url(state["header"]),
                    tuple(map(decode_base64url, state["account"])),
                    tuple(tuple(map(decode_base64url, nodes)) for nodes in state["storage"]),
                )
                assert abi.keccak(proof.header) == anchored.block.hash
                code_hash, head = verify_state(
                    proof,
                    contract=info.contract,
                    log_id=info.log_id,
                    block_number=anchored.block.number,
                )
                assert (code_hash, head) == (info.code_hash, await chain.head())

    run(scenario)


@pytest.mark.parametrize("hardfork", ["london", "shanghai", "cancun", "prague", "osaka"])
def test_headers_of_every_fork_since_london_have_their_hash(nodes, tmp_path, hardfork):
    node = nodes("--hardfork", hardfork)
    if hardfork in {"london", "shanghai"}:  # the contract needs Cancun; a header does not
        node.mine(2)
        block = node.rpc("eth_getBlockByNumber", "latest", False)
        assert encode_header(block, bytes.fromhex(block["hash"][2:]))
        return
    settings = network_world.opened(node, tmp_path)

    async def scenario():
        async with running(replace(settings, proofs=True), tmp_path, node.url) as chain:
            anchored = await chain.anchor(Publisher().call(0, 5))
            assert await chain.state_proof(anchored.block) is not None

    run(scenario)


def test_a_node_without_proofs_gives_none(node, settings, tmp_path):
    def refuse(_):
        raise RpcError(-32601, "the method eth_getProof does not exist")

    async def scenario():
        transport = Lying(node.url, eth_getProof=refuse)
        async with running(settings, tmp_path, transports=[transport]) as chain:
            assert await chain.state_proof(await chain.block()) is None

    run(scenario)


# The wrong network


def test_a_wrong_chain_id_is_refused(node, settings, tmp_path):
    refused = run(lambda: refusal(connect(replace(settings, chain_id=1), tmp_path, node.url)))
    assert refused.code == "chain.configuration"
    assert "31337" in refused.detail


def test_a_missing_contract_and_foreign_code_are_refused(node, settings, tmp_path):
    async def scenario():
        missing = replace(settings, contract=b"\x77" * 20)
        refused = await refusal(connect(missing, tmp_path, node.url))
        assert (refused.code, "no contract" in refused.detail) == ("chain.code-mismatch", True)
        node.rpc("anvil_setCode", "0x" + "77" * 20, "0x6001")
        refused = await refusal(connect(missing, tmp_path, node.url))
        assert (refused.code, "other code" in refused.detail) == ("chain.code-mismatch", True)

    run(scenario)


@pytest.mark.parametrize(
    ("changes", "account", "says"),
    [
        ({"origin": "other.example/log"}, PUBLISHER, "no log of other.example/log"),
        ({"admin": b"\x55" * 20}, PUBLISHER, "no log of"),
        ({}, ADMIN, "the log's publisher is"),
    ],
)
def test_another_log_or_publisher_is_refused(node, settings, tmp_path, changes, account, says):
    refused = run(lambda: refusal(connect(replace(settings, **changes), tmp_path, node.url, account=account)))
    assert (refused.code, says in refused.detail) == ("chain.configuration", True)


def test_no_node_is_unavailable_and_the_address_stays_hidden(settings, tmp_path):
    refused = run(lambda: refusal(connect(settings, tmp_path, "http://127.0.0.1:9/secret-of-a-provider")))
    assert refused.code == "chain.unavailable"
    assert "secret" not in str(refused)


# The contract's names


def test_refusals_carry_the_contracts_name(node, settings, tmp_path):
    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            call = publisher.call(0, 5)
            for change, error in (
                ({"edge": call.edge[:-1]}, "NotSealed"),
                ({"extension": (bytes(32),)}, "NotConsistent"),
            ):
                refused = await refusal(chain.anchor(replace(call, **change)))
                assert (refused.code, refused.error) == ("chain.rejected", error)
            await act(node, settings, tmp_path, "setPaused", 1)
            assert (await refusal(chain.anchor(call))).error == "IsPaused"
            await act(node, settings, tmp_path, "setPaused", 0)
            assert (await chain.roles()).paused is False
            await chain.anchor(call)
            await act(node, settings, tmp_path, "offerPublisher", ADMIN.address)
            await act(node, settings, tmp_path, "acceptPublisher")
            assert (await refusal(chain.anchor(publisher.call(5, 9)))).error == "NotPublisher"
        # None of the refused ones cost anything.
        assert node.count(PUBLISHER.address) == 1

    run(scenario)


def test_a_refusal_in_the_block_is_named_too(node, settings, tmp_path):
    """Paused between the trial run and the block."""

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            node.rpc("evm_setAutomine", False)
            waiting = asyncio.create_task(chain.anchor(publisher.call(0, 5)))
            await prices(node, 1)
            # The admin pays more, so its transaction comes first in the block that both are in.
            await act(node, settings, tmp_path, "setPaused", 1, wait=False)
            node.mine()
            refused = await refusal(waiting)
            assert (refused.code, refused.error) == ("chain.rejected", "IsPaused")
        assert node.count(PUBLISHER.address) == 1
        assert anchored_sizes(node, settings) == []

    run(scenario)


async def act(node, settings, path, name, *arguments, wait=True):
    """Call a function of the contract as its admin, through the node's own unlocking."""
    node.rpc("anvil_impersonateAccount", "0x" + ADMIN.address.hex())
    data = abi.encode_call(name, settings.place.log_id, *arguments)
    node.rpc(
        "eth_sendTransaction",
        {
            "from": "0x" + ADMIN.address.hex(),
            "to": settings.place.address,
            "data": "0x" + data.hex(),
            "maxFeePerGas": hex(90 * GWEI),
            "maxPriorityFeePerGas": hex(50 * GWEI),
            "gas": hex(200_000),
        },
    )
    if wait:
        node.mine()


# Deploying


def test_deploying_again_goes_on_where_it_was(node, settings, tmp_path):
    def again(**changes):
        return deploy(
            [HttpTransport(node.url)],
            admin=ADMIN,
            outbox=OutboxFile(tmp_path / "admin.sqlite3"),
            chain_id=CHAIN_ID,
            fees=settings.fees,
            timing=FAST,
            **{
                "origin": ORIGIN,
                "publisher": PUBLISHER.address,
                "contract": settings.contract,
                **changes,
            },
        )

    async def scenario():
        before = node.count(ADMIN.address)
        found = await again()
        assert (found.contract, found.log_id) == (settings.contract, settings.place.log_id)
        assert node.count(ADMIN.address) == before
        assert (await refusal(again(publisher=b"\x01" * 20))).code == "chain.configuration"
        assert (await refusal(again(contract=b"\x01" * 20))).code == "chain.code-mismatch"
        other = await again(origin="other.example/log")
        assert (other.contract, node.count(ADMIN.address)) == (settings.contract, before + 1)

    run(scenario)


# The process that dies

CHILD = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    from dataclasses import replace
    from did.chain.network import HttpTransport, NetworkChain, NetworkSettings, OutboxFile
    from tests.support.network_world import Publisher, PUBLISHER, connect, settings_from_json
    from pathlib import Path

    text, folder, url, where = sys.argv[1:]

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class DyingOutbox(OutboxFile):
        def add(self, intent):
            if where == "before the intent":
                die()
            super().add(intent)
            if where == "after the intent":
                die()

        def settle(self, nonce, state, block):
            if where == "before settling":
                die()
            super().settle(nonce, state, block)

    class DyingTransport(HttpTransport):
        async def call(self, method, params):
            if method == "eth_getTransactionReceipt" and where == "before the receipt" and self.sent:
                die()
            result = await super().call(method, params)
            if method == "eth_sendRawTransaction":
                self.sent = True
                if where == "after sending":
                    die()
            return result

        sent = False

    async def main():
        chain = await connect(
            settings_from_json(text), Path(folder), transports=[DyingTransport(url)],
            outbox=DyingOutbox(Path(folder) / "outbox.sqlite3"),
        )
        await chain.anchor(Publisher().call(0, 5))
        raise SystemExit("it did not die")

    asyncio.run(main())
    """
)
DEATHS = ["before the intent", "after the intent", "after sending", "before the receipt", "before settling"]


@pytest.mark.parametrize(
    ("where", "mined"), [(where, True) for where in DEATHS] + [(where, False) for where in DEATHS[:-1]]
)
def test_killed_anywhere_there_is_one_anchor_after_recovery(node, settings, tmp_path, where, mined):
    node.rpc("evm_setAutomine", mined)
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            CHILD,
            network_world.settings_to_json(settings),
            str(tmp_path),
            node.url,
            where,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    node.rpc("evm_setAutomine", True)

    async def scenario():
        publisher = Publisher()
        publisher.call(0, 5)
        async with running(settings, tmp_path, node.url) as chain:
            await catch_up(publisher, chain)
            assert await publisher.step(chain) is None
            head = await chain.head()
            assert (head.size, head.sequence) == (5, 1)

    run(scenario)
    assert anchored_sizes(node, settings) == [5]
    assert node.count(PUBLISHER.address) == 1
