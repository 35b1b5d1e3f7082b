"""The embedded EVM: py-evm 0.12.1b1 over the chain's store. The only module that imports `eth`.

Rules of this chain: Prague from the first block, no proof of work or stake, base fee and balances zero
(there is no coin), gas limit fixed, one transaction a block. One rule differs from Ethereum: a block may
have the time of its parent, so that two anchors in one second need no time from the future.

Invariants:
- A block and its state are written in one transaction of the store.
- A transaction that reverts is no part of any block.

Importing this module takes about half a second; `embedded` does it when it first has to execute.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eth.chains.base import Chain
from eth.consensus.noproof import NoProofConsensus
from eth.constants import ZERO_ADDRESS
from eth.db.backends.base import BaseAtomicDB
from eth.exceptions import PyEVMError
from eth.vm.forks.prague import PragueVM
from eth_keys import keys
from eth_utils import ValidationError
from rlp.exceptions import RLPException
from trie.exceptions import MissingTrieNode

from did.chain.abi import decode_revert
from did.chain.errors import ChainError, ChainRejectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth.abc import BlockHeaderAPI, ChainAPI, SignedTransactionAPI, VirtualMachineAPI

    from did.chain.evm_store import EvmStore

GAS_LIMIT: Final = 30_000_000
# The dearest call is the deployment, 1.3 million; an anchor at the largest size stays below 0.4.
TRANSACTION_GAS: Final = 5_000_000
# Reading costs processor time of the service: `includes` on the largest tree stays below 0.2 million.
CALL_GAS: Final = 1_000_000
_FAULTS: Final = (PyEVMError, ValidationError, RLPException, MissingTrieNode, KeyError)


class _StoreAdapter(BaseAtomicDB):  # type: ignore[misc]  # py-evm is not typed here
    """The store as py-evm wants it; an atomic batch is a (nested) transaction of SQLite."""

    def __init__(self, store: EvmStore) -> None:
        self._store = store

    def __getitem__(self, key: bytes) -> bytes:
        value = self._store.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._store.put(key, value)

    def __delitem__(self, key: bytes) -> None:
        if not self._store.remove(key):
            raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        return self._store.get(key) is not None

    @contextmanager
    def atomic_batch(self) -> Iterator[_StoreAdapter]:
        with self._store.transaction():
            yield self


class _LocalVM(PragueVM):  # type: ignore[misc]  # py-evm is not typed here
    """Prague without proof of work or stake, and with the rule about time that the module names."""

    consensus_class = NoProofConsensus

    @classmethod
    def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
        """Validate as Prague does, but let the time stand still."""
        if header.timestamp == parent_header.timestamp:
            header = header.copy(timestamp=parent_header.timestamp + 1)
        super().validate_header(header, parent_header)


@dataclass(frozen=True, slots=True)
class Mined:
    """A block with one transaction; `created` is the address of the contract it deployed, if it did."""

    number: int
    block_hash: bytes
    tx_hash: bytes
    created: bytes
    gas_used: int


class Evm:
    """Execution on top of the newest block. One thread at a time."""

    def __init__(self, store: EvmStore, chain_id: int) -> None:
        self._store = store
        self._chain_id = chain_id
        rules = {"vm_configuration": ((0, _LocalVM),), "chain_id": chain_id}
        self._rules = Chain.configure(__name__="AvowChain", **rules)
        self._chain: ChainAPI | None = None

    def create(self, time: int) -> None:
        """Write the first block; the caller holds the transaction."""
        with _translated():
            params = {
                "difficulty": 0,
                "gas_limit": GAS_LIMIT,
                "timestamp": time,
                "base_fee_per_gas": 0,
                "extra_data": b"avow",
            }
            self._rules.from_genesis(_StoreAdapter(self._store), params)

    def execute(self, secret: bytes, to: bytes, data: bytes, *, time: int) -> Mined:
        """Mine one transaction of the account with this secp256k1 secret; empty `to` deploys `data`.

        Raises:
            ChainRejectedError: `chain.rejected` with the contract's error; no block was made.
        """
        with _translated(), self._store.transaction():
            chain = self._opened()
            parent = chain.get_canonical_head()
            header = chain.create_header_from_parent(
                parent, timestamp=time, gas_limit=GAS_LIMIT, coinbase=ZERO_ADDRESS
            )
            vm = chain.get_vm(header)
            transaction = self._signed(vm, secret, to, data)
            header, receipts, (computation,) = vm.apply_all_transactions([transaction], header)
            if computation.is_error:
                raise ChainRejectedError(*decode_revert(bytes(computation.output)))
            filled = vm.set_block_transactions_and_withdrawals(
                vm.get_block(), header, [transaction], receipts
            )
            block = vm.mine_block(filled).block
            chain.persist_block(block)
            created = b"" if to else bytes(computation.msg.storage_address)
            return Mined(
                block.number, bytes(block.hash), bytes(transaction.hash), created, block.header.gas_used
            )

    def call(self, block_hash: bytes, sender: bytes, to: bytes, data: bytes) -> bytes:
        """Execute without a transaction on the state after a block; nothing is kept.

        Raises:
            ChainRejectedError: `chain.rejected` with the contract's error.
        """
        with _translated():
            chain = self._opened()
            vm = chain.get_vm(chain.get_block_header_by_hash(block_hash))
            computation = vm.execute_bytecode(
                origin=sender,
                gas_price=0,
                gas=CALL_GAS,
                to=to,
                sender=sender,
                value=0,
                data=data,
                code=vm.state.get_code(to),
                code_address=to,
            )
        if computation.is_error:
            raise ChainRejectedError(*decode_revert(bytes(computation.output)))
        return bytes(computation.output)

    def transaction_hashes(self, block_hash: bytes) -> list[bytes]:
        """The hashes of a block's transactions."""
        with _translated():
            block = self._opened().get_block_by_hash(block_hash)
            return [bytes(transaction.hash) for transaction in block.transactions]

    def _opened(self) -> ChainAPI:
        if self._chain is None:
            self._chain = self._rules(_StoreAdapter(self._store))
        return self._chain

    def _signed(self, vm: VirtualMachineAPI, secret: bytes, to: bytes, data: bytes) -> SignedTransactionAPI:
        key = keys.PrivateKey(secret)
        unsigned = vm.get_transaction_builder().new_unsigned_dynamic_fee_transaction(
            chain_id=self._chain_id,
            nonce=vm.state.get_nonce(key.public_key.to_canonical_address()),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=vm.get_header().base_fee_per_gas,
            gas=TRANSACTION_GAS,
            to=to,
            value=0,
            data=data,
            access_list=(),
        )
        return unsigned.as_signed_transaction(key)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _FAULTS as fault:
        raise ChainError(
            "chain.store",
            f"the embedded chain cannot execute: {type(fault).__name__}: {fault}",
            remedy="restore its file from the backup; anchors made since are made again",
        ) from fault
