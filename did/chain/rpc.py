"""A read-only JSON-RPC surface over the embedded chain, for verifiers who know only Ethereum's.

Source: the Ethereum execution API and EIP-1186, the seven methods that reading an anchored log takes. Blocks
are named by number or by ``latest``, ``safe``, ``finalized`` (all the newest: this chain is final at once)
or ``earliest``.

Invariants:
- Nothing here changes the chain.
- Parameters are exact: number, types, lower or upper case hex of full width, no surplus member.
- Work is bounded: only `AnchorLog` can be called, with bounded data and gas; proofs for at most 16 slots;
  nothing is searched; at most 32 requests wait.
- Every refusal is an `RpcError` with a code of JSON-RPC 2.0 or of the execution API.

Not here: HTTP and the parsing of JSON (the caller's strict decoder); batches; events, which anchors repeat.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from did.chain.abi import ZERO20, address_text, artefact
from did.chain.errors import ChainError, ChainRejectedError
from did.chain.evm_state import EMPTY_CODE_HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from did.chain.embedded import EmbeddedChain
    from did.chain.evm import Evm
    from did.chain.evm_state import ChainState, Header
    from did.types import JsonObject, JsonValue

MAX_DATA_BYTES: Final = 16_384
MAX_SLOTS: Final = 16
# Reads share the chain's one thread with anchors and take up to 20 ms each: more would hold anchors up.
MAX_WAITING: Final = 32

INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
NOT_FOUND: Final = -32001
LIMIT_EXCEEDED: Final = -32005
EXECUTION_REVERTED: Final = 3

_QUANTITY: Final = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,15})")
_DATA: Final = re.compile(r"0x([0-9a-fA-F]{2})*")
_NEWEST: Final = ("latest", "safe", "finalized")


class RpcError(ChainError):
    """A JSON-RPC error object; `data` is the revert data where a call was reverted."""

    def __init__(self, number: int, message: str, data: str | None = None) -> None:
        super().__init__("chain.rpc", message)
        self.number = number
        self.data = data

    def to_json(self) -> JsonObject:
        """The `error` member of a response."""
        error: JsonObject = {"code": self.number, "message": self.detail}
        return error if self.data is None else {**error, "data": self.data}


class ReadOnlyRpc:
    """Answers requests about one embedded chain."""

    def __init__(self, chain: EmbeddedChain) -> None:
        self._chain = chain
        self._waiting = 0

    async def respond(self, request: object) -> JsonObject:
        """Answer one JSON-RPC 2.0 request that was already parsed; never raises for a bad request."""
        identifier: JsonValue = None
        try:
            if not isinstance(request, dict) or not set(request) <= {"jsonrpc", "id", "method", "params"}:
                _refuse(INVALID_REQUEST, "a request has the members jsonrpc, id, method and params")
            if not _is_identifier(request.get("id")):
                _refuse(INVALID_REQUEST, "id is a string of at most 64 characters or an integer")
            identifier = request.get("id")
            if request.get("jsonrpc") != "2.0" or not isinstance(request.get("method"), str):
                _refuse(INVALID_REQUEST, "jsonrpc is 2.0 and method a string")
            result = await self.handle(request["method"], request.get("params", []))
        except RpcError as error:
            return {"jsonrpc": "2.0", "id": identifier, "error": error.to_json()}
        return {"jsonrpc": "2.0", "id": identifier, "result": result}

    async def handle(self, method: str, params: object) -> JsonValue:
        """Give the result of one method (`RpcError`)."""
        found = _METHODS.get(method)
        if found is None:
            _refuse(METHOD_NOT_FOUND, f"this chain answers {', '.join(sorted(_METHODS))}")
        if not isinstance(params, list):
            _refuse(INVALID_PARAMS, "params is a list")
        if self._waiting >= MAX_WAITING:
            _refuse(LIMIT_EXCEEDED, f"{MAX_WAITING} requests are waiting: ask again later")
        self._waiting += 1
        try:
            info = await self._chain.describe()
            context = _Context(int(info.chain.removeprefix("eip155:")), bytes.fromhex(info.contract[2:]))
            return await self._chain.read(lambda state, evm: found(_View(context, state, evm), params))
        except RpcError:
            raise
        except ChainError as fault:
            raise RpcError(INTERNAL_ERROR, f"{fault.code}: {fault.detail}") from fault
        finally:
            self._waiting -= 1


class _Context:
    def __init__(self, chain_id: int, contract: bytes) -> None:
        self.chain_id = chain_id
        self.contract = contract


class _View:
    """What a method reads from."""

    def __init__(self, context: _Context, state: ChainState, evm: Evm) -> None:
        self.chain_id = context.chain_id
        self.contract = context.contract
        self.state = state
        self.evm = evm

    def block(self, name: object) -> Header | None:
        """The block of a number or tag; None for a number beyond the newest."""
        if name in _NEWEST:
            return self.state.newest()
        return self.state.by_number(0 if name == "earliest" else _quantity(name, "block"))

    def known_block(self, name: object) -> Header:
        block = self.block(name)
        return _refuse(NOT_FOUND, f"there is no block {name}") if block is None else block


def _chain_id(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 0)
    return hex(view.chain_id)


def _block_number(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 0)
    return hex(view.state.newest().number)


def _block_by_number(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 2)
    _hashes_only(params[1])
    block = view.block(params[0])
    return None if block is None else _block_json(view, block)


def _block_by_hash(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 2)
    _hashes_only(params[1])
    block = view.state.by_hash(_data(params[0], "block hash", 32))
    return None if block is None else _block_json(view, block)


def _get_code(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 2)
    block = view.known_block(params[1])
    account = view.state.account(block.state_root, _data(params[0], "address", 20))
    return _hex(view.state.code(account))


def _call(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 2)
    call = params[0]
    if not isinstance(call, dict) or not {"to"} <= set(call) <= {"from", "to", "data", "input"}:
        _refuse(INVALID_PARAMS, "a call has to, data or input, and may have from")
    if "data" in call and "input" in call and call["data"] != call["input"]:
        _refuse(INVALID_PARAMS, "data and input differ")
    to = _data(call["to"], "to", 20)
    sender = _data(call["from"], "from", 20) if "from" in call else ZERO20
    data = _data(call.get("input", call.get("data", "0x")), "data")
    if to != view.contract:
        _refuse(INVALID_PARAMS, f"only AnchorLog at {address_text(view.contract)} can be called here")
    block = view.known_block(params[1])
    if view.state.account(block.state_root, to).code_hash == EMPTY_CODE_HASH:
        return "0x"  # before the block that deployed it, as any node answers
    try:
        return _hex(view.evm.call(block.hash, sender, to, data))
    except ChainRejectedError as refused:
        raise RpcError(
            EXECUTION_REVERTED, f"execution reverted: {refused.error}", _revert_data(refused)
        ) from refused


def _get_proof(view: _View, params: list[object]) -> JsonValue:
    _arity(params, 3)
    address = _data(params[0], "address", 20)
    if not isinstance(params[1], list) or len(params[1]) > MAX_SLOTS:
        _refuse(INVALID_PARAMS, f"storage keys are a list of at most {MAX_SLOTS}")
    slots = [int.from_bytes(_data(key, "storage key", 32), "big") for key in params[1]]
    block = view.known_block(params[2])
    account = view.state.account(block.state_root, address)
    return {
        "address": address_text(address),
        "accountProof": [_hex(node) for node in view.state.prove_account(block.state_root, address)],
        "balance": hex(account.balance),
        "codeHash": _hex(account.code_hash),
        "nonce": hex(account.nonce),
        "storageHash": _hex(account.storage_root),
        "storageProof": [
            {
                "key": "0x" + slot.to_bytes(32, "big").hex(),
                "value": hex(view.state.storage(account, slot)),
                "proof": [_hex(node) for node in view.state.prove_storage(account, slot)],
            }
            for slot in slots
        ],
    }


_METHODS: Final[Mapping[str, Callable[[_View, list[object]], JsonValue]]] = {
    "eth_blockNumber": _block_number,
    "eth_call": _call,
    "eth_chainId": _chain_id,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getCode": _get_code,
    "eth_getProof": _get_proof,
}


# Order of the fields of a Prague header (EIP-7685 and those before it); quantities are marked.
_HEADER: Final = (
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


def _block_json(view: _View, block: Header) -> JsonObject:
    shown: JsonObject = {"hash": _hex(block.hash)}
    for (name, quantity), value in zip(_HEADER, block.fields, strict=True):
        shown[name] = hex(int.from_bytes(value, "big")) if quantity else _hex(value)
    transactions: list[JsonValue] = [_hex(found) for found in view.evm.transaction_hashes(block.hash)]
    return {**shown, "transactions": transactions, "uncles": [], "withdrawals": []}


def _revert_data(refused: ChainRejectedError) -> str:
    for selector, (name, _) in artefact().errors.items():
        if name == refused.error:
            return _hex(selector + b"".join(value.to_bytes(32, "big") for value in refused.arguments))
    return "0x"


def _is_identifier(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 64
    return isinstance(value, int) and not isinstance(value, bool)


def _arity(params: Sequence[object], count: int) -> None:
    if len(params) != count:
        _refuse(INVALID_PARAMS, f"{len(params)} parameters were given and {count} are expected")


def _hashes_only(full: object) -> None:
    if full is not False:
        _refuse(INVALID_PARAMS, "blocks are given with the hashes of their transactions: pass false")


def _quantity(value: object, what: str) -> int:
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        _refuse(INVALID_PARAMS, f"{what}: a quantity is 0x and hex digits without leading zeros")
    return int(value, 16)


def _data(value: object, what: str, size: int | None = None) -> bytes:
    if not isinstance(value, str) or len(value) > 2 + 2 * MAX_DATA_BYTES or not _DATA.fullmatch(value):
        _refuse(
            INVALID_PARAMS, f"{what}: data is 0x and two hex digits a byte, at most {MAX_DATA_BYTES} bytes"
        )
    data = bytes.fromhex(value[2:])
    if size is not None and len(data) != size:
        _refuse(INVALID_PARAMS, f"{what}: {len(data)} bytes were given and {size} are expected")
    return data


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _refuse(code: int, message: str) -> NoReturn:
    raise RpcError(code, message)
