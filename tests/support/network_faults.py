"""Nodes that lose, swallow or alter what passes through them, and what tests do to a real one."""

from __future__ import annotations

import asyncio

from did.chain import ChainError, abi
from did.chain.network import GWEI, HttpTransport
from tests.support.network_world import ADMIN


class Losing(HttpTransport):
    """Does not deliver these methods."""

    def __init__(self, url, *lost):
        super().__init__(url)
        self.lost = set(lost)

    async def call(self, method, params):
        if method in self.lost:
            raise ChainError("chain.unavailable", f"{method} was lost")
        return await super().call(method, params)


class Swallowing(HttpTransport):
    """Says that it took a transaction and keeps it."""

    async def call(self, method, params):
        if method == "eth_sendRawTransaction":
            return "0x" + "00" * 32
        return await super().call(method, params)


class Lying(HttpTransport):
    """Alters what a node answers; `lies` maps a method to what becomes of its result."""

    def __init__(self, url, **lies):
        super().__init__(url)
        self.lies = lies

    async def call(self, method, params):
        result = await super().call(method, params)
        lie = self.lies.get(method)
        return lie(result) if lie else result


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


def spike(node, base):
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))
    node.mine()
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))


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
