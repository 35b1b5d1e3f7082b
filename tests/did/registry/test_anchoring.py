"""The registry on a real chain: the contract takes our proofs, and a bundle proves what it holds."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from did.chain import AnchorCall, next_step
from did.chain.embedded import EmbeddedChain
from did.chain.memory import MemoryChain
from did.chain.reader import Reading
from did.errors import DidError
from did.registry.bundle import AnchorClaim, ObservedHead, TrustedBlock, TrustedChain
from tests.support.registry_world import ORIGIN, RegistryWorld


class Clock:
    """The world's clock, a little later at each look."""

    def __init__(self, world):
        self.world = world

    def __call__(self):
        return self.world.now


async def anchor(world, chain):
    """One step of the publisher: read the head, extend it to the newest sealed size."""
    log = world.log
    head = await chain.head()
    old = next_step(head, log.sealed_size, log.root)
    assert old is not None
    size = log.sealed_size
    call = AnchorCall(
        size=size,
        root=log.root(size),
        map_root=log.map_root(size),
        extension=log.consistency(old, size),
        edge=log.edge(size),
    )
    return (await chain.anchor(call)).block


async def open_chain(kind, world, path):
    if kind == "memory":
        return MemoryChain(origin=ORIGIN, now=Clock(world))
    return await EmbeddedChain.open(
        path / "chain.db",
        origin=ORIGIN,
        publisher_key=b"\x01" * 32,
        admin_key=b"\x02" * 32,
        now=Clock(world),
    )


@pytest.mark.parametrize("kind", ["memory", "embedded"])
def test_a_bundle_is_final_by_a_head_and_by_a_state_proof(kind, tmp_path):
    async def scenario():
        world = RegistryWorld()
        chain = await open_chain(kind, world, tmp_path)
        try:
            # The first batch is a seal alone: the map root on chain is zero, its slot absent.
            world.publish()
            await anchor(world, chain)
            assert (await chain.head()).map_root == bytes(32)
            alice = world.create("alice")
            world.publish()
            world.update(alice, alsoKnownAs=["https://alice.example"])
            size = world.publish()
            block = await anchor(world, chain)
            info = await chain.describe()
            state = await chain.state_proof(block)
            claim = AnchorClaim.of(info, block, state)
            raw = world.bundle(alice, anchored=False, anchors=[claim.to_json()])
            trusted = TrustedChain.from_json(info.to_json())
            reading = Reading(
                info.chain, info.contract, info.log_id, info.code_hash, block, await chain.head()
            )
            expectations = world.expectations()
            view = replace(
                expectations.view, chains=(trusted,), heads=(ObservedHead.of(reading, final=True),)
            )
            by_head = world.verify(raw, alice, replace(expectations, view=view))
            assert (by_head.version, by_head.level.label, by_head.size) == (2, "final", size)
            assert by_head.only_local_chains
            if state is None:
                return
            blocks = (TrustedBlock(chain=info.chain, hash=block.hash, final=True),)
            offline = replace(expectations, view=replace(view, heads=(), trusted_blocks=blocks))
            by_proof = world.verify(raw, alice, offline)
            assert by_proof == by_head
            # Another contract's name on the same proof: the account is not there.
            elsewhere = replace(trusted, contract="0x" + "0d" * 20)
            moved = replace(claim, contract=elsewhere.contract)
            raw = world.bundle(alice, anchored=False, anchors=[moved.to_json()])
            fooled = replace(offline, view=replace(offline.view, chains=(elsewhere,)))
            with pytest.raises(DidError) as caught:
                world.verify(raw, alice, fooled)
            assert caught.value.code == "anchor.state"
        finally:
            await chain.close()

    asyncio.run(scenario())


def test_a_proof_of_the_first_anchor_shows_an_empty_map(tmp_path):
    async def scenario():
        world = RegistryWorld()
        chain = await open_chain("embedded", world, tmp_path)
        try:
            size = world.publish()
            block = await anchor(world, chain)
            info = await chain.describe()
            claim = AnchorClaim.of(info, block, await chain.state_proof(block))
            nobody = RegistryWorld().create("nobody")
            raw = world.bundle(nobody, anchored=False, anchors=[claim.to_json()])
            expectations = world.expectations()
            blocks = (TrustedBlock(chain=info.chain, hash=block.hash, final=True),)
            view = replace(
                expectations.view,
                chains=(TrustedChain.from_json(info.to_json()),),
                heads=(),
                trusted_blocks=blocks,
            )
            state = world.verify(raw, nobody, replace(expectations, view=view))
            assert (state.version, state.size, state.map_root) == (None, size, bytes(32))
        finally:
            await chain.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("kind", "private"),
        ("chain", "eip155:00"),
        ("contract", "0x0D" + "0d" * 19),
        ("codeHash", "0x"),
        ("more", 1),
    ],
)
def test_a_trusted_chain_is_configured_exactly(member, value):
    good = {
        "chain": "eip155:1",
        "contract": "0x" + "0d" * 20,
        "logId": "0x" + "0e" * 32,
        "codeHash": "0x" + "0f" * 32,
        "kind": "public",
    }
    assert TrustedChain.from_json(good).kind == "public"
    with pytest.raises(DidError) as caught:
        TrustedChain.from_json({**good, member: value})
    assert caught.value.code == "chain.policy"
