"""The driver for networks against a real node: finality, prices, refusals, deployment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from did.chain import BlockRef, abi
from did.chain.network import (
    GWEI,
    Finality,
    HttpTransport,
    OutboxFile,
    Timing,
    deploy,
)
from tests.support import network_world
from tests.support.network_faults import Swallowing, act, prices, spike
from tests.support.network_world import (
    ADMIN,
    CHAIN_ID,
    FAST,
    ORIGIN,
    PUBLISHER,
    Publisher,
    anchored_sizes,
    refusal,
    running,
)


def run(scenario):
    return asyncio.run(scenario())


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
