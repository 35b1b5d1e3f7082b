"""What every chain driver must do, run over all of them.

One driver is no chain: `file` publishes and anchors nothing. Where it is less than the others, the tests say
so by name (`ANCHORING`): it names no contract, nothing in it is ever final, and it proves no state.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

import pytest

from did.chain import AnchorCall, BlockRef, ChainError, ChainKind, ChainRejectedError, Head, next_step
from did.chain.embedded import EmbeddedChain
from did.chain.file import FileChain
from did.chain.memory import MemoryChain
from did.chain.network import NetworkChain
from did.errors import DidError
from did.registry.bundle import TrustedChain
from tests.support import network_world
from tests.support.anvil import Anvil
from tests.support.virtual_log import VirtualLog

ORIGIN = "localhost:8000/log"
EMPTY = Head(0, 0, 0, 0, bytes(32), bytes(32))


class Clock:
    def __init__(self, time=1_800_000_000):
        self.time = time

    def __call__(self):
        return self.time


async def memory(_path, clock):
    return MemoryChain(origin=ORIGIN, now=clock)


async def embedded(path, clock):
    return await EmbeddedChain.open(
        path / "chain.db", origin=ORIGIN, publisher_key=b"\x01" * 32, admin_key=b"\x02" * 32, now=clock
    )


async def file(path, clock):
    return await FileChain.open(path / "published.jsonl", origin=ORIGIN, now=clock)


class ClockedNetwork(NetworkChain):
    """A network whose blocks take their time from the test's clock, as the other drivers do."""

    node = None
    clock = None

    async def anchor(self, call):
        newest = int(self.node.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        if self.clock() > newest:
            self.node.rpc("evm_setNextBlockTimestamp", self.clock())
        return await super().anchor(call)


async def network(path, clock):
    node = Anvil()
    try:
        settings = await asyncio.to_thread(network_world.opened, node, path)
        chain = await network_world.connect(settings, path, node.url)
    except BaseException:
        node.stop()
        raise
    chain.__class__ = ClockedNetwork
    chain.node, chain.clock = node, clock
    return chain


ANCHORING = [memory, embedded, network]
PROVING = [embedded, network]


def only(drivers):
    """Run a test over these drivers only."""
    return pytest.mark.parametrize("opened", drivers, indirect=True, ids=lambda make: make.__name__)


@pytest.fixture(params=[*ANCHORING, file], ids=lambda make: make.__name__)
def opened(request, tmp_path):
    @asynccontextmanager
    async def open_chain(clock=None):
        chain = await request.param(tmp_path, clock or Clock())
        try:
            yield chain
        finally:
            await chain.close()
            if isinstance(chain, ClockedNetwork):
                chain.node.stop()

    return open_chain


class Publisher:
    """Seals a log at growing sizes and builds the calls."""

    def __init__(self):
        self.log = VirtualLog(b"entry ", distinct=True)

    def call(self, old, new):
        map_root = sha256(b"map %d" % new).digest()
        self.log.seal(new, map_root)
        return AnchorCall(
            new,
            self.log.root(new),
            map_root,
            self.log.consistency(old, new),
            self.log.inclusion(new - 1, new),
        )


def run(scenario):
    return asyncio.run(scenario())


@only(ANCHORING)
def test_it_names_chain_contract_log_and_code(opened):
    async def scenario():
        async with opened() as chain:
            info = await chain.describe()
            assert info.anchors is True
            assert info.chain.startswith("eip155:")
            assert len(bytes.fromhex(info.contract.removeprefix("0x"))) == 20
            assert (len(info.log_id), len(info.code_hash)) == (32, 32)
            assert (info.kind, info.assurance) == (ChainKind.LOCAL, "local-chain")
            assert info.to_json() == {
                "chain": info.chain,
                "contract": info.contract,
                "logId": "0x" + info.log_id.hex(),
                "codeHash": "0x" + info.code_hash.hex(),
                "kind": "local",
            }

    run(scenario)


@only([file])
def test_a_file_names_its_log_and_that_nothing_is_anchored(opened):
    async def scenario():
        async with opened() as chain:
            info = await chain.describe()
            assert info.anchors is False
            assert len(info.log_id) == 32
            assert (info.kind, info.assurance) == (ChainKind.FILE, "not-anchored")
            assert info.to_json() == {
                "chain": "file",
                "contract": "",
                "logId": "0x" + info.log_id.hex(),
                "codeHash": "0x" + "00" * 32,
                "kind": "file",
            }
            # No verifier can take it for a chain.
            for change in ({}, {"chain": "eip155:1", "contract": "0x" + "11" * 20}):
                with pytest.raises(DidError) as refused:
                    TrustedChain.from_json({**info.to_json(), **change})
                assert refused.value.code == "chain.policy"

    run(scenario)


def test_a_new_log_is_empty(opened):
    async def scenario():
        async with opened() as chain:
            assert await chain.head() == EMPTY

    run(scenario)


def test_anchors_become_the_head_at_their_block(opened):
    async def scenario():
        clock, publisher = Clock(), Publisher()
        async with opened(clock) as chain:
            start = await chain.block()
            heads, old = [], 0
            for sequence, size in enumerate([1, 4, 9], start=1):
                clock.time += 10
                call = publisher.call(old, size)
                anchored = await chain.anchor(call)
                assert anchored.block == await chain.block()
                assert anchored.block.number == start.number + sequence
                assert len(anchored.tx_hash) == 32
                head = await chain.head()
                assert head == Head(
                    size, sequence, anchored.block.number, clock.time, call.root, call.map_root
                )
                heads.append(head)
                old = size
            for head in heads:
                assert await chain.head(at=head.block) == head
            assert await chain.head(at=start.number) == EMPTY

    run(scenario)


def test_one_call_catches_up_from_any_size(opened):
    async def scenario():
        publisher = Publisher()
        async with opened() as chain:
            await chain.anchor(publisher.call(0, 3))
            await chain.anchor(publisher.call(3, 1_000))
            assert (await chain.head()).size == 1_000

    run(scenario)


def test_refusals_name_the_error_and_leave_no_trace(opened):
    async def scenario():
        publisher = Publisher()
        async with opened() as chain:
            await chain.anchor(publisher.call(0, 5))
            before = (await chain.head(), await chain.block())
            good = publisher.call(5, 8)
            refusals = [
                (replace(good, root=bytes(32)), "chain.rejected", "NotConsistent", ()),
                (replace(good, extension=good.extension[:-1]), "chain.rejected", "NotConsistent", ()),
                (replace(good, map_root=bytes(32)), "chain.rejected", "NotSealed", ()),
                (replace(good, edge=good.edge[::-1]), "chain.rejected", "NotSealed", ()),
                (replace(good, size=5), "chain.rejected", "NotLarger", (5, 5)),
                (replace(good, size=4), "chain.ahead", "NotLarger", (5, 4)),
            ]
            for call, code, error, arguments in refusals:
                with pytest.raises(ChainRejectedError) as refused:
                    await chain.anchor(call)
                found = refused.value
                assert (found.code, found.error, found.arguments) == (code, error, arguments)
            assert (await chain.head(), await chain.block()) == before
            await chain.anchor(good)

    run(scenario)


def test_a_lost_answer_is_harmless_because_the_same_anchor_is_refused(opened):
    async def scenario():
        publisher = Publisher()
        async with opened() as chain:
            call = publisher.call(0, 5)
            await chain.anchor(call)
            with pytest.raises(ChainRejectedError) as refused:
                await chain.anchor(call)
            assert (refused.value.code, refused.value.error) == ("chain.rejected", "NotLarger")

    run(scenario)


def test_of_two_anchors_at_once_one_is_refused(opened):
    async def scenario():
        publisher = Publisher()
        async with opened() as chain:
            first, second = publisher.call(0, 5), Publisher().call(0, 7)
            answers = await asyncio.gather(chain.anchor(first), chain.anchor(second), return_exceptions=True)
            refused = [answer for answer in answers if isinstance(answer, ChainRejectedError)]
            assert len(refused) == 1
            assert (await chain.head()).sequence == 1

    run(scenario)


def test_unknown_blocks_are_refused(opened):
    async def scenario():
        async with opened() as chain:
            newest = await chain.block()
            for question in (
                chain.block(newest.number + 1),
                chain.head(at=newest.number + 1),
                chain.state_proof(BlockRef(newest.number + 1, bytes(32))),
                chain.state_proof(BlockRef(newest.number, bytes(32))),
            ):
                with pytest.raises(ChainError) as refused:
                    await question
                assert refused.value.code == "chain.block-unknown"

    run(scenario)


@only(ANCHORING)
def test_only_a_block_of_this_chain_is_final(opened):
    async def scenario():
        async with opened() as chain:
            anchored = await chain.anchor(Publisher().call(0, 2))
            block = anchored.block
            assert await chain.is_final(block) is True
            assert await chain.is_final(BlockRef(block.number, bytes(32))) is False
            assert await chain.is_final(BlockRef(block.number + 1, block.hash)) is False

    run(scenario)


@only([file])
def test_in_a_file_nothing_is_ever_final(opened):
    async def scenario():
        async with opened() as chain:
            anchored = await chain.anchor(Publisher().call(0, 2))
            assert await chain.is_final(anchored.block) is False
            assert await chain.is_final(await chain.block(0)) is False

    run(scenario)


def test_state_is_proven_where_there_is_a_state(opened, request):
    make = request.node.callspec.params["opened"]

    async def scenario():
        async with opened() as chain:
            anchored = await chain.anchor(Publisher().call(0, 2))
            proof = await chain.state_proof(anchored.block)
            assert (proof is not None) is (make in PROVING)

    run(scenario)


@only([memory, embedded, file])
def test_block_times_never_go_back_and_may_stand_still(opened):
    async def scenario():
        clock, publisher = Clock(), Publisher()
        async with opened(clock) as chain:
            times = []
            for old, new, step in ((0, 2, 5), (2, 4, 0), (4, 6, -3), (6, 8, 20)):
                clock.time += step
                await chain.anchor(publisher.call(old, new))
                times.append((await chain.head()).time - 1_800_000_000)
            assert times == [5, 5, 5, 22]

    run(scenario)


def test_a_closed_driver_answers_unavailable(opened):
    async def scenario():
        async with opened() as chain:
            await chain.close()
            await chain.close()
            for question in (
                chain.describe(),
                chain.head(),
                chain.block(),
                chain.anchor(Publisher().call(0, 2)),
                chain.is_final(BlockRef(0, bytes(32))),
                chain.state_proof(BlockRef(0, bytes(32))),
            ):
                with pytest.raises(ChainError) as refused:
                    await question
                assert refused.value.code == "chain.unavailable"

    run(scenario)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": 2**64},
        {"root": bytes(31)},
        {"map_root": b""},
        {"edge": (bytes(33),)},
        {"extension": (bytes(32),) * 67},
    ],
)
def test_a_malformed_call_cannot_be_made(change):
    with pytest.raises(ChainError) as refused:
        replace(Publisher().call(0, 4), **change)
    assert refused.value.code == "chain.call"


def head_of(size, root=b"\x11" * 32):
    return Head(size, 1, 1, 1, root, bytes(32))


@pytest.mark.parametrize(
    ("head", "newest", "expected"),
    [(EMPTY, 0, None), (EMPTY, 4, 0), (head_of(4), 4, None), (head_of(4), 9, 4)],
)
def test_the_next_step_extends_what_the_contract_holds(head, newest, expected):
    assert next_step(head, newest, lambda _: b"\x11" * 32) == expected


@pytest.mark.parametrize(
    ("head", "code"), [(head_of(10), "chain.ahead"), (head_of(4, bytes(32)), "log.forked")]
)
def test_the_next_step_stops_where_the_chain_knows_better(head, code):
    with pytest.raises(ChainError) as stopped:
        next_step(head, 9, lambda _: b"\x11" * 32)
    assert stopped.value.code == code
    assert stopped.value.remedy
