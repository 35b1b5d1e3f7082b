"""A log on a network of anvils: deployed, opened, with drivers over it and faults to inject."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from did.chain import AnchorCall, ChainError, ChainKind, ChainRejectedError, abi
from did.chain.driver import next_step
from did.chain.network import (
    GWEI,
    Account,
    FeePolicy,
    Finality,
    HttpTransport,
    NetworkChain,
    NetworkSettings,
    OutboxFile,
    Timing,
    deploy,
)
from tests.support.virtual_log import VirtualLog

if TYPE_CHECKING:
    from tests.support.anvil import Anvil

ORIGIN = "localhost:8000/log"
CHAIN_ID = 31337
ADMIN = Account(b"\x0a" * 32)
PUBLISHER = Account(b"\x0b" * 32)
FAST = Timing(poll=0.02, replace_after=0.2, patience=10)
CAP = FeePolicy(cap=100 * GWEI)


def opened(node: Anvil, path, *, origin: str = ORIGIN, publisher: Account = PUBLISHER) -> NetworkSettings:
    """Deploy and open a log on this node, and give the settings of a driver for it."""
    node.fund(ADMIN.address)
    node.fund(publisher.address)
    found = asyncio.run(
        deploy(
            [HttpTransport(node.url)],
            admin=ADMIN,
            outbox=OutboxFile(path / "admin.sqlite3"),
            chain_id=CHAIN_ID,
            origin=origin,
            publisher=publisher.address,
            fees=CAP,
            timing=FAST,
        )
    )
    return NetworkSettings(
        chain_id=CHAIN_ID,
        contract=found.contract,
        admin=found.admin,
        origin=origin,
        kind=ChainKind.LOCAL,
        finality=Finality(0),
        fees=CAP,
        timing=FAST,
    )


def connect(settings: NetworkSettings, path, *urls: str, **changes: Any):
    """Open a driver over these nodes; `changes`: other `account`, `outbox` or `transports`."""
    return NetworkChain.open(
        settings,
        changes.get("transports") or [HttpTransport(url) for url in urls],
        account=changes.get("account", PUBLISHER),
        outbox=changes.get("outbox") or OutboxFile(path / "outbox.sqlite3"),
    )


class Publisher:
    """A sealed log, and the publisher's step of registry protocol 7.2."""

    def __init__(self) -> None:
        self.log = VirtualLog(b"entry ", distinct=True)
        self.sealed = 0

    def call(self, old: int, new: int) -> AnchorCall:
        map_root = sha256(b"map %d" % new).digest()
        self.log.seal(new, map_root)
        self.sealed = max(self.sealed, new)
        extension, edge = self.log.consistency(old, new), self.log.inclusion(new - 1, new)
        return AnchorCall(new, self.log.root(new), map_root, extension, edge)

    async def step(self, chain):
        """Anchor the newest sealed size, or return None if the contract holds it."""
        old = next_step(await chain.head(), self.sealed, self.log.root)
        return None if old is None else await chain.anchor(self.call(old, self.sealed))


async def catch_up(publisher, chain, tries=6):
    """The publisher's loop: a refusal means that what was dropped came back first; look again."""
    for _ in range(tries):
        try:
            return await publisher.step(chain)
        except ChainRejectedError as refused:
            if refused.error not in {"NotLarger", "NotConsistent"}:
                raise
    raise AssertionError("did not catch up")


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


def settings_to_json(settings: NetworkSettings) -> str:
    """What a child process needs to connect to the same log."""
    return json.dumps({"contract": settings.contract.hex(), "admin": settings.admin.hex()})


def settings_from_json(text: str) -> NetworkSettings:
    found = json.loads(text)
    return NetworkSettings(
        chain_id=CHAIN_ID,
        contract=bytes.fromhex(found["contract"]),
        admin=bytes.fromhex(found["admin"]),
        origin=ORIGIN,
        kind=ChainKind.LOCAL,
        finality=Finality(0),
        fees=CAP,
        timing=FAST,
    )
