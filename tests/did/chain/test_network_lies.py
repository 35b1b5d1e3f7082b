"""The driver for networks among nodes that lie, lag, are on a fork or on another network."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from did.chain import abi
from did.chain.errors import RpcError
from did.chain.header import encode_header
from did.chain.network import (
    HttpTransport,
)
from did.encoding import decode_base64url
from did.registry.bundle.stateproof import StateProof, verify_state
from tests.support import network_world
from tests.support.network_faults import Losing, Lying, Swallowing
from tests.support.network_world import (
    ADMIN,
    PUBLISHER,
    Publisher,
    anchored_sizes,
    connect,
    refusal,
    running,
)


def run(scenario):
    return asyncio.run(scenario())


# Lies


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
