"""`AnchorLog` in a bare EVM: any account may call at any block number and time, nothing is signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from eth.chains.base import Chain
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState

from did.chain.abi import artefact, decode_revert

CONTRACT = bytes.fromhex("32dcab0ef3fb2de2fce1d2e0799d36239671f04a")


SHA256 = bytes(19) + b"\x02"


class _VM(PragueVM):
    consensus_class = NoProofConsensus


class _LameComputation(PragueComputation):
    """A machine in which no contract stands where SHA-256 should: calls succeed and answer nothing."""

    _precompiles: ClassVar = {
        address: found for address, found in PragueComputation._precompiles.items() if address != SHA256
    }


class _LameState(PragueState):
    computation_class = _LameComputation


@dataclass
class Answer:
    error: str | None
    arguments: tuple[int, ...]
    output: bytes
    logs: tuple[Any, ...]
    gas: int


class Sandbox:
    """The contract deployed at `CONTRACT`; state lives on between calls."""

    def __init__(self) -> None:
        rules = Chain.configure(__name__="Sandbox", vm_configuration=((0, _VM),), chain_id=31337)
        params = {"difficulty": 0, "gas_limit": 30_000_000, "timestamp": 0, "base_fee_per_gas": 0}
        self._chain = rules.from_genesis(AtomicDB(), params)
        self._header = self._chain.create_header_from_parent(self._chain.get_canonical_head(), timestamp=1)
        self._vm = self._chain.get_vm(self._header)
        self._vm.state.set_code(CONTRACT, artefact().deployed_bytecode)
        self._vm.state.persist()

    def at(self, *, number: int, time: int, lame: bool = False) -> None:
        """Move to another block; in a lame one the machine has no SHA-256."""
        self._vm.state.persist()
        root = self._vm.state.state_root
        header = self._header.copy(block_number=number, timestamp=time, state_root=root)
        self._vm = self._chain.get_vm(header)
        context = self._vm.create_execution_context(header, (), self._vm.chain_context)
        state_class = _LameState if lame else self._vm.get_state_class()
        self._vm._state = state_class(self._chain.chaindb.db, context, root)

    def call(self, sender: bytes, data: bytes, *, value: int = 0) -> Answer:
        self._vm.state.set_balance(sender, value)
        found = self._vm.execute_bytecode(
            origin=sender,
            gas_price=0,
            gas=20_000_000,
            to=CONTRACT,
            sender=sender,
            value=value,
            data=data,
            code=self._vm.state.get_code(CONTRACT),
            code_address=CONTRACT,
        )
        output = bytes(found.output)
        if found.is_error:
            error, arguments = decode_revert(output)
            return Answer(error, arguments, output, (), found.get_gas_used())
        return Answer(None, (), output, found.get_log_entries(), found.get_gas_used())

    def storage(self, slot: int) -> int:
        return self._vm.state.get_storage(CONTRACT, slot)
