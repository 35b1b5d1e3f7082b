"""Headers of Ethereum blocks: their fields in order, and their encoded form out of JSON-RPC.

Source: the yellow paper (4.3) and EIPs 1559, 4895, 4844, 4788 and 7685: London to Prague (and Osaka, which
adds no field).

Invariants:
- An encoded header is given only if its Keccak-256 is the hash that was expected: whoever made the JSON up,
  the encoding commits to every field.

Not here: whether that hash belongs to the chain. Chains with another form of header, or another way to hash
it (some proof-of-authority ones), are refused by the comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import rlp

from did.chain import answers
from did.chain.abi import keccak
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Name and whether it is a quantity, in the order of encoding; the first 16 are those of London.
FIELDS: Final = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)
LONDON: Final = 16


def encode_header(block: Mapping[str, object], expected_hash: bytes) -> bytes:
    """Encode the header of a block that a node gave as JSON (`chain.answer` unless its hash is the expected).

    Fields after London's are taken as long as they are there: each fork only appends.
    """
    fields = []
    for at, (name, is_quantity) in enumerate(FIELDS):
        if at >= LONDON and block.get(name) is None:
            break
        if is_quantity:
            number = answers.quantity(block.get(name), name, bits=256)
            fields.append(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        else:
            fields.append(answers.data(block.get(name), name))
    encoded = bytes(rlp.encode(fields))
    if keccak(encoded) != expected_hash:
        raise ChainError(
            "chain.answer",
            "the header of a block does not have the hash of the block",
            remedy="this node alters headers, or the chain hashes them in a way of its own",
        )
    return encoded
