"""Reading the contract for a check: the embedded chain's file, or a node; nothing is sent.

Not here: the service's own drivers, which also anchor (`did.chain`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from api.errors import ApiError
from did.chain.abi import artefact, keccak, log_id_of
from did.chain.errors import ChainError
from did.chain.local_chain import LocalChain
from did.chain.reader import read_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.settings import Settings
    from did.chain.driver import BlockRef, Head

    Call = Callable[[str, Sequence[object]], object]


class ChainView(Protocol):
    """One log in one contract, as it can be read."""

    chain: str
    log_id: bytes

    def head(self, at: int | None = None) -> tuple[BlockRef, Head]:
        """Block and head, the newest by default; ``chain.block-unknown``, ``chain.unavailable``."""
        ...


class FileView:
    """The embedded chain's file."""

    def __init__(self, work: LocalChain) -> None:
        self._work = work
        self.chain = work.info.chain
        self.log_id = work.info.log_id

    def head(self, at: int | None = None) -> tuple[BlockRef, Head]:
        """Block and head."""
        return self._work.block(at), self._work.head(at)


class NodeView:
    """A contract on a network."""

    def __init__(self, call: Call, chain: str, contract: str, log_id: bytes) -> None:
        self._call = call
        self._contract = contract
        self.chain = chain
        self.log_id = log_id

    def head(self, at: int | None = None) -> tuple[BlockRef, Head]:
        """Block and head; ``chain.code-mismatch`` where it is not our contract."""
        reading = read_head(
            self._call, contract=self._contract, log_id=self.log_id, block="latest" if at is None else at
        )
        if (reading.chain, reading.code_hash) != (self.chain, artefact().code_hash):
            raise ChainError(
                "chain.code-mismatch",
                f"the node shows another contract, or {reading.chain} instead of {self.chain}",
                remedy="name a node of the chain on which the log is anchored",
            )
        return reading.block, reading.head


@contextmanager
def open_view(settings: Settings, admin: bytes | None, call: Call | None) -> Iterator[ChainView | None]:
    """The view that the settings name; None where nothing can be read.

    `admin` is the account that opened the log on a network. Codes ``chain.*``.
    """
    if settings.chain == "embedded" and settings.chain_path.exists():
        work = LocalChain.look(settings.chain_path, settings.origin)
        try:
            yield FileView(work)
        finally:
            work.close()
    elif settings.chain == "evm" and call is not None and admin is not None:
        if settings.chain_contract is None or settings.chain_id is None:
            raise ApiError("settings.invalid", "AVOW_CHAIN=evm needs AVOW_CHAIN_CONTRACT and AVOW_CHAIN_ID")
        log_id = log_id_of(admin, keccak(settings.origin.encode()))
        yield NodeView(call, f"eip155:{settings.chain_id}", settings.chain_contract.lower(), log_id)
    else:
        yield None
