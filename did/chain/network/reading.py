"""Reading blocks and the contract's head from nodes that one does not have to believe.

Two ways, which add up:
- several nodes: enough of them agree on hash of the block and head (`nodes`);
- proofs: each node must show the head by an EIP-1186 proof out of a header whose hash is that of the block.
  What one node can then still do is show a chain of its own making, or an old block as the newest.

Invariants:
- All values of a reading belong to one block; its hash is asked again after them (`chain.reorganised`).
- Code that is not the artefact's is never read (`chain.code-mismatch`).

Not here: which answers count (`nodes`), finality (`finality`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from did.chain import answers
from did.chain.abi import address_text, artefact, base_slot, decode_head, encode_call, keccak
from did.chain.errors import ChainError, RpcError
from did.chain.header import encode_header
from did.chain.network.nodes import asking
from did.encoding import encode_base64url
from did.errors import DidError
from did.registry.bundle.stateproof import StateProof, verify_state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from did.chain.driver import BlockRef, Head
    from did.chain.network.nodes import Nodes
    from did.chain.network.transport import Transport
    from did.types import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log stands: contract (20 bytes) and log id (32 bytes)."""

    contract: bytes
    log_id: bytes

    @property
    def address(self) -> str:
        """The contract as text."""
        return address_text(self.contract)


class Reader:
    """Reads one log. With `proofs`, a head without a proof is refused (`chain.proof`)."""

    def __init__(self, nodes: Nodes, place: Place, *, proofs: bool) -> None:
        self._nodes = nodes
        self._place = place
        self._proofs = proofs

    async def newest(self) -> int:
        """The number of the newest block."""
        return await self._nodes.reached(asking(_number, "eth_blockNumber"))

    async def finalized(self) -> int:
        """The number of the newest block that the network calls final."""
        return await self._nodes.reached(
            asking(lambda answer: answers.block_ref(answer).number, *_block_params("finalized"))
        )

    async def block(self, number: int | None) -> BlockRef:
        """A block by number, or the newest."""
        found = await self.find(number)
        if found is None:
            raise _unknown(number)
        return found

    async def find(self, number: int | None) -> BlockRef | None:
        """A block by number, or None if it is not there."""
        at = await self.newest() if number is None else number
        return None if at < 0 else await self._nodes.agreed(asking(_maybe_block, *_block_params(hex(at))))

    async def head(self, at: int | None) -> tuple[BlockRef, Head]:
        """The contract's head at a block, or at the newest."""
        number = await self.newest() if at is None else at
        if number < 0:
            raise _unknown(number)
        found = await self._nodes.agreed(self._head_at(number))
        if found is None:
            raise _unknown(number)
        return found

    async def state_proof(self, block: BlockRef) -> JsonObject | None:
        """The bundle's `state` at a block, from the first node whose proof holds; None if none has one."""
        if await self.block(block.number) != block:
            raise ChainError("chain.block-unknown", f"block {block.number} has another hash on this chain")

        async def prove(transport: Transport) -> JsonObject:
            fields = answers.members(
                await transport.call(*_call(*_block_params(hex(block.number)))), "a block"
            )
            proof, _ = await self._prove(transport, block, fields)
            return _bundle_form(proof)

        found = await self._nodes.every(prove)
        proven = [answer for answer in found if isinstance(answer, dict)]
        if proven:
            return proven[0]
        if all(isinstance(a, ChainError) and a.code == "chain.unavailable" for a in found):
            raise ChainError("chain.unavailable", "no node answers")
        return None

    def _head_at(self, number: int) -> Callable[[Transport], Awaitable[tuple[BlockRef, Head] | None]]:
        async def question(transport: Transport) -> tuple[BlockRef, Head] | None:
            params = _block_params(hex(number))
            answer = await transport.call(*_call(*params))
            block = _maybe_block(answer)
            if block is None:
                return None
            if self._proofs:
                _, head = await self._prove(transport, block, answers.members(answer, "a block"))
            else:
                head = await self._call_head(transport, number)
            if _maybe_block(await transport.call(*_call(*params))) != block:
                raise ChainError("chain.reorganised", f"block {number} was replaced while it was read")
            return block, head

        return question

    async def _call_head(self, transport: Transport, number: int) -> Head:
        call: JsonObject = {
            "to": self._place.address,
            "data": "0x" + encode_call("head", self._place.log_id).hex(),
        }
        answer = answers.data(await transport.call("eth_call", [call, hex(number)]), "eth_call")
        if not answer:
            raise _no_contract(self._place, number)
        return decode_head(answer)

    async def _prove(self, transport: Transport, block: BlockRef, fields: object) -> tuple[StateProof, Head]:
        """Fetch a proof of the head and verify it against the header."""
        header = encode_header(answers.members(fields, "a block"), block.hash)
        base = base_slot(self._place.log_id)
        slots: list[JsonValue] = [f"0x{(base + offset) % 2**256:064x}" for offset in range(3)]
        try:
            answer = await transport.call("eth_getProof", [self._place.address, slots, hex(block.number)])
        except RpcError as refused:
            raise ChainError(
                "chain.proof",
                f"{transport.name} has no proof of block {block.number}: {refused.detail}",
                remedy="use a node that keeps the state of its blocks and answers eth_getProof",
            ) from refused
        proof = _read_proof(header, answer)
        try:
            code_hash, head = verify_state(
                proof, contract=self._place.address, log_id=self._place.log_id, block_number=block.number
            )
        except DidError as fault:
            raise ChainError("chain.proof", f"{transport.name}: {fault.detail}") from fault
        if code_hash != artefact().code_hash:
            raise _no_contract(self._place, block.number)
        return proof, head


async def check_code(nodes: Nodes, place: Place) -> None:
    """Compare the code at the contract's address with the artefact (`chain.code-mismatch`)."""
    code = await nodes.agreed(
        asking(lambda answer: answers.data(answer, "eth_getCode"), "eth_getCode", place.address, "latest")
    )
    if keccak(code) != artefact().code_hash:
        found = f"other code ({len(code)} bytes) than that of AnchorLog.json" if code else "no contract"
        raise ChainError(
            "chain.code-mismatch",
            f"there is {found} at {place.address}",
            remedy="check AVOW_CHAIN_CONTRACT and the network; never anchor into unknown code",
        )


def _unknown(number: int | None) -> ChainError:
    return ChainError("chain.block-unknown", f"there is no block {number} on this chain")


def _no_contract(place: Place, number: int) -> ChainError:
    return ChainError(
        "chain.code-mismatch",
        f"there is no AnchorLog at {place.address} in block {number}",
        remedy="the network lost its state, or the node is on another network than at the start",
    )


def _read_proof(header: bytes, answer: JsonValue) -> StateProof:
    found = answers.members(answer, "eth_getProof")
    slots = found.get("storageProof")
    if not isinstance(slots, list) or len(slots) != 3:
        raise ChainError("chain.answer", "eth_getProof does not answer for three slots")
    storage = tuple(_nodes(answers.members(slot, "a storage proof").get("proof")) for slot in slots)
    return StateProof(header, _nodes(found.get("accountProof")), storage)


def _nodes(answer: object) -> tuple[bytes, ...]:
    # An account proof on the largest networks has about ten nodes.
    if not isinstance(answer, list) or len(answer) > 64:
        raise ChainError("chain.answer", "a proof is a list of at most 64 nodes")
    return tuple(answers.data(node, "a node of a proof") for node in answer)


def _bundle_form(proof: StateProof) -> JsonObject:
    return {
        "header": encode_base64url(proof.header),
        "account": [encode_base64url(node) for node in proof.account],
        "storage": [[encode_base64url(node) for node in nodes] for nodes in proof.storage],
    }


def _number(answer: JsonValue) -> int:
    return answers.quantity(answer, "the number of a block")


def _maybe_block(answer: JsonValue) -> BlockRef | None:
    return None if answer is None else answers.block_ref(answer)


def _block_params(name: str) -> tuple[str, str, bool]:
    return ("eth_getBlockByNumber", name, False)


def _call(method: str, *params: JsonValue) -> tuple[str, list[JsonValue]]:
    return method, list(params)
