"""What Ethereum nodes answer, decoded strictly: quantities, data, blocks.

Source: the Ethereum execution API's encodings of values (hex with ``0x``, quantities without leading zeros).

Invariants:
- What does not have exactly the expected form and size is `chain.answer`, naming what was asked for.
- Nothing is tolerated for convenience: upper-case digits, leading zeros and missing members are refused.

Not here: sending requests, and whether an answer is true.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from did.chain.driver import BlockRef
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Contracts are at most 24,576 bytes (EIP-170).
MAX_CODE_BYTES: Final = 24_576
_QUANTITY: Final = re.compile(r"0x(0|[1-9a-f][0-9a-f]*)")
_DATA: Final = re.compile(r"0x([0-9a-f]{2})*")


def quantity(answer: object, what: str, *, bits: int = 64) -> int:
    """Decode an unsigned number of at most `bits` bits."""
    if not isinstance(answer, str) or len(answer) > 2 + bits // 4 or not _QUANTITY.fullmatch(answer):
        raise ChainError("chain.answer", f"{what}: no quantity of at most {bits} bits")
    return int(answer, 16)


def data(answer: object, what: str, *, size: int | None = None) -> bytes:
    """Decode bytes: exactly `size` of them, or at most `MAX_CODE_BYTES`."""
    if not isinstance(answer, str) or len(answer) > 2 + 2 * MAX_CODE_BYTES or not _DATA.fullmatch(answer):
        raise ChainError("chain.answer", f"{what}: no lower-case hex data of at most {MAX_CODE_BYTES} bytes")
    decoded = bytes.fromhex(answer[2:])
    if size is not None and len(decoded) != size:
        raise ChainError("chain.answer", f"{what} has {len(decoded)} bytes and not {size}")
    return decoded


def members(answer: object, what: str) -> Mapping[str, object]:
    """Require an object."""
    if not isinstance(answer, dict):
        raise ChainError("chain.answer", f"{what}: no object")
    return answer


def block_ref(answer: object) -> BlockRef:
    """Read number and hash of a block."""
    block = members(answer, "a block")
    return BlockRef(
        quantity(block.get("number"), "the number of a block"),
        data(block.get("hash"), "the hash of a block", size=32),
    )
