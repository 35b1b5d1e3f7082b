"""What became of a transaction: receipts, and the contract's reasons for a refusal.

Source: the Ethereum execution API; revert data as the contract's ABI has it.

Invariants: a receipt counts only if enough nodes hold its block for canonical.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from did.chain import answers
from did.chain.abi import address_text, decode_revert
from did.chain.driver import BlockRef
from did.chain.errors import ChainError, ChainRejectedError, RpcError
from did.chain.network.nodes import Refused, asking

if TYPE_CHECKING:
    from did.chain.network.nodes import Nodes
    from did.types import JsonObject, JsonValue

# The error objects of reverted calls: geth and those after it, and the rest by their message.
REVERTED: Final = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction stands; `created` is the address of a contract that it made.

    `gas` used at `price` wei each is the node's word, for the operator's figures only: 0 where it gives none,
    and nothing rests on it.
    """

    tx_hash: bytes
    block: BlockRef
    succeeded: bool
    created: bytes
    gas: int = field(default=0, compare=False)
    price: int = field(default=0, compare=False)


async def find_receipt(nodes: Nodes, tx_hash: bytes) -> Receipt | None:
    """The receipt of a transaction in a canonical block; None if there is none (yet)."""

    def decode(answer: JsonValue) -> Receipt | None:
        return None if answer is None else _receipt(answer, tx_hash)

    found = await nodes.every(asking(decode, "eth_getTransactionReceipt", "0x" + tx_hash.hex()))
    for receipt in {answer for answer in found if isinstance(answer, Receipt)}:
        name = hex(receipt.block.number)
        hashes = await nodes.agreed(asking(_maybe_hash, "eth_getBlockByNumber", name, False))  # noqa: FBT003
        if hashes == receipt.block.hash:
            return receipt
    if all(isinstance(answer, (ChainError, Refused)) for answer in found):
        raise ChainError("chain.unavailable", "no node answers for the receipt of a transaction")
    return None


async def simulate(nodes: Nodes, sender: bytes, to: bytes, data: bytes, number: int) -> None:
    """Run a call on the state after a block, as a transaction of `sender` would (`ChainRejectedError`)."""
    question = asking(
        lambda answer: answers.data(answer, "eth_call"),
        "eth_call",
        call_object(sender, to, data),
        hex(number),
    )
    try:
        await nodes.agreed(question)
    except RpcError as refused:
        raise rejection(refused) or refused from refused


def rejection(refused: RpcError) -> ChainRejectedError | None:
    """The contract's own error out of an error object; None where it is about something else."""
    try:
        data = answers.data(refused.data, "revert data")
    except ChainError:
        data = b""
    if data or refused.number == REVERTED or "revert" in refused.detail.lower():
        return ChainRejectedError(*decode_revert(data))
    return None


def call_object(sender: bytes, to: bytes, data: bytes) -> JsonObject:
    """A call as the execution API takes it; without `to`, the creation of a contract."""
    call: JsonObject = {"from": address_text(sender), "data": "0x" + data.hex()}
    return {**call, "to": address_text(to)} if to else call


def _receipt(answer: JsonValue, tx_hash: bytes) -> Receipt:
    found = answers.members(answer, "a receipt")
    if answers.data(found.get("transactionHash"), "the transaction of a receipt", size=32) != tx_hash:
        raise ChainError("chain.answer", "a receipt is of another transaction than was asked for")
    created = found.get("contractAddress")
    return Receipt(
        tx_hash=tx_hash,
        block=BlockRef(
            answers.quantity(found.get("blockNumber"), "the block of a receipt"),
            answers.data(found.get("blockHash"), "the block of a receipt", size=32),
        ),
        succeeded=answers.quantity(found.get("status"), "the status of a receipt") == 1,
        created=b"" if created is None else answers.data(created, "the address of a contract", size=20),
        gas=_figure(found.get("gasUsed")),
        price=_figure(found.get("effectiveGasPrice")),
    )


def _figure(value: object) -> int:
    try:
        return answers.quantity(value, "a figure of a receipt")
    except ChainError:
        return 0


def _maybe_hash(answer: JsonValue) -> bytes | None:
    return None if answer is None else answers.block_ref(answer).hash
