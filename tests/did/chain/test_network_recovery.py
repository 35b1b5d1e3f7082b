"""The driver for networks when the chain reorganises, the node dies, or this process does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from did.chain import BlockRef
from did.chain.network import (
    Finality,
    HttpTransport,
    OutboxFile,
)
from tests.support import network_world
from tests.support.network_faults import Losing, Lying, prices
from tests.support.network_world import (
    PUBLISHER,
    Publisher,
    anchored_sizes,
    catch_up,
    connect,
    refusal,
    running,
)

ROOT = Path(__file__).parents[3]


def run(scenario):
    return asyncio.run(scenario())


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


def test_a_node_killed_without_its_newest_blocks_gets_their_anchors_again(nodes, tmp_path):
    """It comes back with an older state: what was anchored since is sent again, byte for byte."""
    node = nodes("--state", str(tmp_path / "state.json"))
    settings = network_world.opened(node, tmp_path)

    async def scenario():
        publisher = Publisher()
        async with running(settings, tmp_path, node.url) as chain:
            await chain.anchor(publisher.call(0, 5))
            await asyncio.to_thread(node.stop)  # writes its state
            await asyncio.to_thread(node.start)
            lost = await chain.anchor(publisher.call(5, 9))
            await asyncio.to_thread(node.kill)
            await asyncio.to_thread(node.start)
            assert (await chain.head()).size == 5
            publisher.sealed = 9
            again = await publisher.step(chain)
            assert again.tx_hash == lost.tx_hash
            assert (await chain.head()).size == 9
            assert await publisher.step(chain) is None
        assert anchored_sizes(node, settings) == [5, 9]
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
