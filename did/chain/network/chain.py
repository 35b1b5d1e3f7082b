"""`AnchorLog` on a network, over JSON-RPC: the `ChainDriver` for everything that is not in this process.

Invariants:
- Chain id, code and the publisher's role are compared with the configuration before anything is read or sent
  (`chain.configuration`, `chain.code-mismatch`).
- `anchor` returns what the contract says at a canonical block, not what a receipt says.
- After a reorganisation the head is the contract's own again; transactions that fell out are sent again,
  byte for byte, before a new one is made. A size cannot be anchored twice: the contract asks for more.

Not here: the publisher's decision (`did.chain.next_step`) and its repetition.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from did.chain import answers
from did.chain.abi import address_text, artefact, decode_roles, encode_anchor, encode_call, keccak, log_id_of
from did.chain.driver import Anchored, BlockRef, ChainDriver, ChainInfo, ChainKind, Head, anchor_refused
from did.chain.errors import ChainError, ChainRejectedError
from did.chain.network.nodes import Nodes, asking
from did.chain.network.reading import Place, Reader, check_code
from did.chain.network.sender import Sender, Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.chain.abi import Roles
    from did.chain.driver import AnchorCall
    from did.chain.network.fees import FeePolicy
    from did.chain.network.finality import Finality
    from did.chain.network.outbox import Outbox
    from did.chain.network.receipts import Receipt
    from did.chain.network.transactions import Account
    from did.chain.network.transport import Transport
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """One log on one network.

    `contract` and `admin` are 20 bytes; `admin` is the account that opened the log, which its id names for
    ever. `kind` is the operator's word; a verifier has its own. `need` of the nodes decide, by default more
    than half; with `proofs`, each must prove what it says.
    """

    chain_id: int
    contract: bytes
    admin: bytes
    origin: str
    kind: ChainKind
    finality: Finality
    fees: FeePolicy
    need: int | None = None
    proofs: bool = False
    timing: Timing = Timing()  # noqa: RUF009  frozen

    @property
    def place(self) -> Place:
        """Contract and log id."""
        return Place(self.contract, log_id_of(self.admin, keccak(self.origin.encode())))


class NetworkChain(ChainDriver):
    """A `ChainDriver` over nodes. Made by `open`; belongs to the event loop that made it."""

    def __init__(self, settings: NetworkSettings, nodes: Nodes, reader: Reader, sender: Sender) -> None:
        self._settings = settings
        self._nodes = nodes
        self._reader = reader
        self._sender = sender
        self._anchoring = asyncio.Lock()
        self._closed = False

    @classmethod
    async def open(
        cls, settings: NetworkSettings, transports: Sequence[Transport], *, account: Account, outbox: Outbox
    ) -> Self:
        """Compare network, contract, role and outbox with the settings, and be ready.

        Takes over transports and outbox: they are closed with the chain, and when it cannot be opened.

        Raises:
            ChainError: `chain.configuration`, `chain.code-mismatch`, `chain.unavailable`,
                `chain.disagreement`.
        """
        nodes = Nodes(transports, need=settings.need)
        reader = Reader(nodes, settings.place, proofs=settings.proofs)
        sender = Sender(
            nodes,
            account,
            outbox,
            chain_id=settings.chain_id,
            fees=settings.fees,
            timing=settings.timing,
        )
        chain = cls(settings, nodes, reader, sender)
        try:
            await check_chain_id(nodes, settings.chain_id)
            await check_code(nodes, settings.place)
            await chain._check_role()
            await sender.claim()
        except BaseException:
            await chain.close()
            raise
        return chain

    async def describe(self) -> ChainInfo:
        """Name chain, contract and log."""
        self._require_open()
        settings = self._settings
        return ChainInfo(
            chain=f"eip155:{settings.chain_id}",
            contract=settings.place.address,
            log_id=settings.place.log_id,
            code_hash=artefact().code_hash,
            kind=settings.kind,
            assurance=f"{settings.kind.value}-chain",
        )

    async def head(self, *, at: int | None = None) -> Head:
        """Read the contract's head at a block, by default the newest."""
        self._require_open()
        _, head = await self._reader.head(at)
        return head

    async def block(self, number: int | None = None) -> BlockRef:
        """Give number and hash of a canonical block, by default the newest."""
        self._require_open()
        return await self._reader.block(number)

    async def anchor(self, call: AnchorCall) -> Anchored:
        """Send one anchor and wait until enough nodes show it in the contract."""
        self._require_open()
        async with self._anchoring:
            brought_in = await self._sender.recover()
            if brought_in is not None:
                anchored = await self._confirmed(call, brought_in)
                if anchored is not None:  # this very anchor was open
                    return anchored
            data = encode_anchor(self._settings.place.log_id, call)
            try:
                receipt = await self._sender.send(self._settings.contract, data)
            except ChainRejectedError as refused:
                raise anchor_refused(refused, call) from refused
            anchored = await self._confirmed(call, receipt)
        if anchored is None:
            raise ChainError(
                "chain.disagreement",
                f"a transaction was mined, but the contract does not hold size {call.size} at its block",
                remedy="the node may lie: use several nodes, or proofs",
            )
        return anchored

    async def is_final(self, block: BlockRef) -> bool:
        """Tell whether `block` is canonical and final by the configured rule."""
        self._require_open()
        if await self._reader.find(block.number) != block:
            return False
        depth = self._settings.finality.depth
        if depth is None:
            return block.number <= await self._reader.finalized()
        return not depth or await self._reader.newest() - block.number >= depth

    async def state_proof(self, block: BlockRef) -> JsonObject | None:
        """Prove the head's three slots at `block`; None if no node (still) has its state."""
        self._require_open()
        return await self._reader.state_proof(block)

    async def roles(self) -> Roles:
        """Who may do what with the log."""
        self._require_open()
        return await read_roles(self._nodes, self._settings.place)

    async def close(self) -> None:
        """Close connections and outbox; later calls raise `chain.unavailable`."""
        if not self._closed:
            self._closed = True
            await self._nodes.close()
            await self._sender.close()

    async def _confirmed(self, call: AnchorCall, receipt: Receipt) -> Anchored | None:
        """The anchor as the contract has it at the block of the receipt; None if it holds another head."""
        block, head = await self._reader.head(receipt.block.number)
        if block != receipt.block:
            raise ChainError(
                "chain.reorganised", "the block of an anchor was replaced: it will be sent again"
            )
        if (head.size, head.root, head.map_root) != (call.size, call.root, call.map_root):
            return None
        return Anchored(block, receipt.tx_hash, receipt.gas, receipt.gas * receipt.price)

    async def _check_role(self) -> None:
        roles = await read_roles(self._nodes, self._settings.place)
        if not any(roles.admin):
            raise ChainError(
                "chain.configuration",
                f"no log of {self._settings.origin} was opened there by {address_text(self._settings.admin)}",
                remedy="check AVOW_CHAIN_ADMIN and AVOW_PUBLIC_URL, or deploy and open a log (docs/chain.md)",
            )
        if roles.publisher != self._sender.address:
            raise ChainError(
                "chain.configuration",
                f"the log's publisher is {address_text(roles.publisher)}, and the key given is that of "
                f"{address_text(self._sender.address)}",
                remedy="start with the publisher's key, or hand the role over as the log's admin",
            )

    def _require_open(self) -> None:
        if self._closed:
            raise ChainError("chain.unavailable", "the chain is closed")


async def check_chain_id(nodes: Nodes, expected: int) -> None:
    """Compare the chain's id with the configured one (`chain.configuration`)."""
    found = await nodes.agreed(asking(lambda answer: answers.quantity(answer, "eth_chainId"), "eth_chainId"))
    if found != expected:
        raise ChainError(
            "chain.configuration",
            f"the nodes are on chain {found}, and the settings name chain {expected}",
            remedy="correct AVOW_CHAIN_ID or AVOW_CHAIN_RPC",
        )


async def read_roles(nodes: Nodes, place: Place) -> Roles:
    """Ask the contract for a log's roles; all zero where none was opened."""
    call: JsonObject = {"to": place.address, "data": "0x" + encode_call("roles", place.log_id).hex()}
    return await nodes.agreed(
        asking(lambda answer: decode_roles(answers.data(answer, "eth_call")), "eth_call", call, "latest")
    )
