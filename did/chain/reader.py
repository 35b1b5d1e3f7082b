"""Reading an `AnchorLog` over any JSON-RPC node, for verifiers who run or choose the node themselves.

Without input or output: `call(method, params)` sends one request and gives its result, whatever carries it.

Invariants:
- Every answer is checked for form and size; what does not fit is `chain.answer`.
- All values of a reading belong to one block: its hash is asked again at the end, so that a reading across
  a reorganisation is refused (`chain.reorganised`).
- The code's hash is computed here from the code, not taken from the node.

Not here: trust. Whether chain, contract, log id, code hash and node are those that one believes is the
caller's policy; several nodes are asked by calling several times and comparing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.chain.abi import decode_head, encode_call, keccak
from did.chain.driver import BlockRef, Head
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Contracts are at most 24,576 bytes (EIP-170).
MAX_CODE_BYTES: Final = 24_576
_QUANTITY: Final = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,15})")
_DATA: Final = re.compile(r"0x([0-9a-f]{2})*")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a node reports about a log at one block: the `heads` item of a bundle's verifier."""

    chain: str
    contract: str
    log_id: bytes
    code_hash: bytes
    block: BlockRef
    head: Head


def read_head(
    call: Callable[[str, Sequence[object]], object],
    *,
    contract: str,
    log_id: bytes,
    block: int | str = "latest",
) -> Reading:
    """Read chain id, code hash and the six values of a log's head at one block.

    `contract` is ``0x`` and 40 lower-case hex digits, `log_id` 32 bytes, `block` a number or one of the
    node's tags such as ``finalized``. What `call` raises passes through.

    Raises:
        ChainError: `chain.call` for arguments of another form, `chain.answer`, `chain.reorganised`.
    """
    if not _ADDRESS.fullmatch(contract) or len(log_id) != 32:
        raise ChainError("chain.call", "a contract is 0x and 40 lower-case hex digits, a log id 32 bytes")
    chain_id = _quantity(call("eth_chainId", []), "eth_chainId")
    ref = _block(call("eth_getBlockByNumber", [hex(block) if isinstance(block, int) else block, False]))
    at = hex(ref.number)
    code = _data(call("eth_getCode", [contract, at]), "eth_getCode")
    data = "0x" + encode_call("head", log_id).hex()
    answer = _data(call("eth_call", [{"to": contract, "data": data}, at]), "eth_call")
    if _block(call("eth_getBlockByNumber", [at, False])) != ref:
        raise ChainError(
            "chain.reorganised",
            f"block {ref.number} was replaced while it was read",
            remedy="read again, or read at a final block",
        )
    return Reading(
        chain=f"eip155:{chain_id}",
        contract=contract,
        log_id=log_id,
        code_hash=keccak(code),
        block=ref,
        head=decode_head(answer),
    )


def _block(answer: object) -> BlockRef:
    if not isinstance(answer, dict):
        raise ChainError("chain.answer", "eth_getBlockByNumber knows no such block")
    block_hash = _data(answer.get("hash"), "the hash of a block")
    if len(block_hash) != 32:
        raise ChainError("chain.answer", f"the hash of a block has {len(block_hash)} bytes and not 32")
    return BlockRef(_quantity(answer.get("number"), "the number of a block"), block_hash)


def _quantity(answer: object, what: str) -> int:
    if not isinstance(answer, str) or not _QUANTITY.fullmatch(answer):
        raise ChainError("chain.answer", f"{what}: no quantity of at most 64 bits")
    return int(answer, 16)


def _data(answer: object, what: str) -> bytes:
    if not isinstance(answer, str) or len(answer) > 2 + 2 * MAX_CODE_BYTES or not _DATA.fullmatch(answer):
        raise ChainError("chain.answer", f"{what}: no lower-case hex data of at most {MAX_CODE_BYTES} bytes")
    return bytes.fromhex(answer[2:])
