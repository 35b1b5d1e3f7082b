"""What can go wrong with the chain; all of it is a `DidError`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from did.errors import DidError

if TYPE_CHECKING:
    from did.types import JsonObject


class ChainError(DidError):
    """The chain, its store or its contract is not what the caller needs.

    Codes: `chain.call`, `chain.rejected`, `chain.ahead`, `chain.code-mismatch`, `chain.configuration`,
    `chain.unavailable`, `chain.in-use`, `chain.store`, `chain.clock`, `chain.block-unknown`,
    `chain.answer`, `chain.reorganised`, `chain.artefact`, `chain.rpc`, `log.forked`; of a network also
    `chain.disagreement`, `chain.proof`, `chain.fee-cap`, `chain.funds`, `chain.pending`, `chain.nonce`,
    `chain.address`.
    """


class ChainRejectedError(ChainError):
    """The contract refused a call; `error` is the contract's own name for it, `arguments` its values."""

    def __init__(self, error: str, arguments: tuple[int, ...] = (), *, code: str = "chain.rejected") -> None:
        shown = f"{error}({', '.join(map(str, arguments))})"
        remedy = "`avow chain show` names who may do what, and says whether the log is paused or closed"
        if code == "chain.ahead":
            remedy = (
                "this log is an older copy: complete it with `avow recover`, do not seal over what is missing"
            )
        super().__init__(code, f"the contract refused the call with {shown}", remedy=remedy)
        self.error = error
        self.arguments = arguments


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
