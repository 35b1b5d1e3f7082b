"""The contract's head out of a block header: EIP-1186 account and storage proofs, verified.

EIP-1186 as the registry protocol 8.1 carries it, the Merkle Patricia trie of the Ethereum yellow paper
(appendices B to D), storage of `AnchorLog` (registry protocol 6.1).

Invariants:
- Nodes are looked up by their Keccak-256: nothing is believed that the header does not commit to.
- A slot that the trie shows to be absent is zero; a slot whose path breaks off is an error.
- RLP is read canonically and without recursion: a hostile node costs its length and no more.

Not here: whether the header is trusted (`anchors`). RLP and the walk are written out because the packages
that do them recurse with the input and leak their own errors; tests compare with those packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.chain import Head
from did.chain.abi import base_slot, keccak
from did.encoding import decode_hex
from did.errors import DidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONG: Final = 55
_STATE_ROOT, _NUMBER = 3, 8
_U64: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class StateProof:
    """RLP of a block header, nodes of the account proof, and nodes for the slots base, base+1, base+2."""

    header: bytes
    account: tuple[bytes, ...]
    storage: tuple[tuple[bytes, ...], ...]


def verify_state(proof: StateProof, *, contract: str, log_id: bytes, block_number: int) -> tuple[bytes, Head]:
    """Read a contract's code hash and its head for `log_id` from a header that the caller trusts.

    `contract` is ``0x`` and 40 lower-case hex digits.

    `DidError` ``anchor.state`` unless the header has that number and all four proofs hold.

    1. the header is RLP with the number given
    2. the account is in the state of the header
    3. the three slots are in the storage of the account
    """
    # Step 1: the header.
    header = _items(proof.header)
    if len(header) <= _NUMBER or _number(header[_NUMBER].payload) != block_number:
        raise _fault(f"the header is not of block {block_number}")
    # Step 2: the account.
    encoded = _lookup(header[_STATE_ROOT].payload, keccak(decode_hex(contract, length=20)), proof.account)
    account = _items(encoded) if encoded else []
    if len(account) != 4:
        raise _fault("the block has no contract at the address")
    storage_root, code_hash = account[2].payload, account[3].payload
    # Step 3: the slots.
    if len(proof.storage) != 3:
        raise _fault(f"a head has proofs of 3 slots, found {len(proof.storage)}")
    base = base_slot(log_id)
    root, map_root, packed = (
        _slot(storage_root, (base + offset) % 2**256, nodes) for offset, nodes in enumerate(proof.storage)
    )
    numbers = int.from_bytes(packed, "big")
    size, sequence, block, time = (numbers >> shift & _U64 for shift in (0, 64, 128, 192))
    return code_hash, Head(size, sequence, block, time, root, map_root)


def _slot(storage_root: bytes, slot: int, nodes: Sequence[bytes]) -> bytes:
    encoded = _lookup(storage_root, keccak(slot.to_bytes(32, "big")), nodes)
    if not encoded:
        return bytes(32)
    item = _item(encoded, 0)
    if item.is_list or item.end != len(encoded) or len(item.payload) > 32:
        raise _fault("a slot holds an integer of at most 32 bytes")
    return item.payload.rjust(32, b"\x00")


def _lookup(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """The value under a hashed key in the trie of that root; empty where the trie shows it to be absent."""
    by_hash = {keccak(node): node for node in nodes}
    if root == keccak(b"\x80"):  # the empty trie
        return b""
    path = "".join(f"{byte:02x}" for byte in key)
    node = _resolve(root, by_hash)
    while True:
        items = _items(node)
        if len(items) == 17:
            if not path:
                return items[16].payload
            child, path = items[int(path[0], 16)], path[1:]
        elif len(items) == 2:
            prefix, is_leaf = _prefix(items[0].payload)
            if is_leaf:
                return items[1].payload if path == prefix else b""
            if not path.startswith(prefix):
                return b""
            child, path = items[1], path[len(prefix) :]
        else:
            raise _fault("a trie node has 2 or 17 items")
        if child.is_list:
            node = child.raw  # shorter than a hash, hence embedded
        elif not child.payload:
            return b""
        else:
            node = _resolve(child.payload, by_hash)


def _resolve(node_hash: bytes, by_hash: Mapping[bytes, bytes]) -> bytes:
    node = by_hash.get(node_hash)
    if node is None:
        raise _fault("a node on the path is missing or altered")
    return node


def _prefix(encoded: bytes) -> tuple[str, bool]:
    """Hexadecimal digits of a node's partial path, and whether the node is a leaf (yellow paper, C)."""
    digits = encoded.hex()
    if not digits or digits[0] not in "0123" or (digits[0] in "02" and digits[1] != "0"):
        raise _fault("a partial path has no valid prefix")
    is_leaf = digits[0] in "23"
    path = digits[1:] if digits[0] in "13" else digits[2:]
    if not path and not is_leaf:
        raise _fault("an extension node leads nowhere")
    return path, is_leaf


@dataclass(frozen=True, slots=True)
class _Item:
    """One RLP item: `raw` with its header, `payload` without, `end` where the next one starts."""

    is_list: bool
    payload: bytes
    raw: bytes
    end: int


def _items(data: bytes) -> list[_Item]:
    """The items of an RLP list that fills `data`."""
    outer = _item(data, 0)
    if not outer.is_list or outer.end != len(data):
        raise _fault("expected one RLP list")
    items: list[_Item] = []
    at = 0
    while at < len(outer.payload):
        items.append(_item(outer.payload, at))
        at = items[-1].end
    return items


def _item(data: bytes, at: int) -> _Item:
    """The RLP item at a position (yellow paper, B), refusing forms that are longer than needed."""
    first = data[at] if at < len(data) else None
    if first is None:
        raise _fault("RLP ends early")
    if first < 0x80:
        return _Item(is_list=False, payload=data[at : at + 1], raw=data[at : at + 1], end=at + 1)
    is_list = first >= 0xC0
    length = first - (0xC0 if is_list else 0x80)
    start = at + 1
    if length > _LONG:
        start += length - _LONG
        digits = data[at + 1 : start]
        length = int.from_bytes(digits, "big")
        if len(digits) < start - at - 1 or digits[0] == 0 or length <= _LONG:
            raise _fault("an RLP length is not canonical")
    end = start + length
    if end > len(data):
        raise _fault("RLP ends early")
    if not is_list and length == 1 and data[start] < 0x80:
        raise _fault("an RLP byte is not canonical")
    return _Item(is_list=is_list, payload=data[start:end], raw=data[at:end], end=end)


def _number(payload: bytes) -> int:
    return int.from_bytes(payload, "big")


def _fault(detail: str) -> DidError:
    return DidError("anchor.state", detail, clause="registry 8.3 (10)")
