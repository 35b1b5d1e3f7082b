"""Reading blocks and state of the embedded chain straight from its store, with proofs (EIP-1186).

Source: the Ethereum state trie (hexary Merkle Patricia) and py-evm's key scheme, frozen with its version.
Needs no EVM: a warm start, the head and every proof work without loading py-evm.

Invariants:
- Every block stays readable and provable; nothing is pruned.
- A node that is missing or damaged is `chain.store`, never an empty answer.

Not here: execution (`evm`), verification of proofs (the verifier of bundles).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

import rlp
from rlp.exceptions import RLPException
from trie import HexaryTrie
from trie.exceptions import MissingTrieNode

from did.chain.abi import keccak
from did.chain.errors import ChainError

if TYPE_CHECKING:
    from did.chain.evm_store import EvmStore

CANONICAL_HEAD: Final = b"v1:canonical_head_hash"
EMPTY_CODE_HASH: Final = keccak(b"")
EMPTY_ROOT: Final = keccak(rlp.encode(b""))
# Position of the fields we read in the header of a Prague block.
_STATE_ROOT, _NUMBER, _TIME, _FIELDS = 3, 8, 11, 21


@dataclass(frozen=True, slots=True)
class Header:
    """A block header: the encoded form and what we read of it."""

    encoded: bytes
    hash: bytes
    number: int
    time: int
    state_root: bytes
    fields: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the state; all empty where there is none."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


class _Nodes(dict[bytes, bytes]):
    """The store as the trie library wants it: a mapping that raises KeyError."""

    def __init__(self, store: EvmStore) -> None:
        super().__init__()
        self._store = store

    def __missing__(self, key: bytes) -> bytes:
        value = self._store.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self._store.get(key) is not None


class ChainState:
    """Blocks and state over a store."""

    def __init__(self, store: EvmStore) -> None:
        self._store = store

    def newest(self) -> Header:
        """The newest block."""
        found = self._store.get(CANONICAL_HEAD)
        return self._damaged("no newest block") if found is None else self._header(found)

    def by_number(self, number: int) -> Header | None:
        """The canonical block of a number, or None beyond the newest."""
        found = self._store.get(b"block-number-to-hash:%d" % number)
        return None if found is None else self._header(bytes(rlp.decode(found)))

    def by_hash(self, block_hash: bytes) -> Header | None:
        """The block of a hash, or None; there are no blocks beside the canonical ones."""
        if self._store.get(block_hash) is None:
            return None
        try:
            return self._header(block_hash)
        except ChainError:  # what has this hash is no header
            return None

    def account(self, state_root: bytes, address: bytes) -> Account:
        """An account as of a state root."""
        found = self._read(state_root, keccak(address))
        if not found:
            return Account(0, 0, EMPTY_ROOT, EMPTY_CODE_HASH)
        nonce, balance, storage_root, code_hash = rlp.decode(found)
        return Account(_number(nonce), _number(balance), storage_root, code_hash)

    def storage(self, account: Account, slot: int) -> int:
        """A storage slot of an account, zero where nothing stands."""
        found = self._read(account.storage_root, keccak(slot.to_bytes(32, "big")))
        return _number(rlp.decode(found)) if found else 0

    def code(self, account: Account) -> bytes:
        """The code of an account."""
        if account.code_hash == EMPTY_CODE_HASH:
            return b""
        found = self._store.get(account.code_hash)
        return self._damaged("the code of an account is missing") if found is None else found

    def prove_account(self, state_root: bytes, address: bytes) -> list[bytes]:
        """The encoded trie nodes from the state root to an account, or to where it would stand."""
        return self._prove(state_root, keccak(address))

    def prove_storage(self, account: Account, slot: int) -> list[bytes]:
        """The encoded trie nodes from the storage root to a slot, or to where it would stand."""
        return self._prove(account.storage_root, keccak(slot.to_bytes(32, "big")))

    def _header(self, block_hash: bytes) -> Header:
        encoded = self._store.get(block_hash)
        if encoded is None or keccak(encoded) != block_hash:
            self._damaged("a block header is missing or altered")
        try:
            fields = tuple(rlp.decode(encoded))
        except RLPException:
            fields = ()
        if len(fields) != _FIELDS:
            self._damaged("a block header has another form")
        number, time = _number(fields[_NUMBER]), _number(fields[_TIME])
        return Header(encoded, block_hash, number, time, fields[_STATE_ROOT], fields)

    def _read(self, root: bytes, key: bytes) -> bytes:
        try:
            return bytes(HexaryTrie(_Nodes(self._store), root).get(key))
        except (KeyError, MissingTrieNode):
            self._damaged("a node of the state is missing")

    def _prove(self, root: bytes, key: bytes) -> list[bytes]:
        try:
            nodes = HexaryTrie(_Nodes(self._store), root).get_proof(key)
        except (KeyError, MissingTrieNode):
            self._damaged("a node of the state is missing")
        encoded = [rlp.encode(node) for node in nodes]
        # A node of fewer than 32 bytes stands inside its parent and is no node of the proof.
        return [node for at, node in enumerate(encoded) if at == 0 or len(node) >= 32]

    def _damaged(self, what: str) -> NoReturn:
        raise ChainError(
            "chain.store",
            f"the embedded chain is damaged: {what}",
            remedy="restore its file from the backup; anchors made since are made again",
        )


def _number(encoded: bytes) -> int:
    return int.from_bytes(encoded, "big")
