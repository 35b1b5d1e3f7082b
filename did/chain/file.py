"""Checkpoints published in a file: no chain, and nothing that a verifier could rely on.

What it is good for: the operator's own record, kept apart from the database; copies that others fetch and
keep then show a rewritten history. What it is not: an anchor. Nobody but the operator holds the file, so the
states of operations end at ``sealed`` or ``cosigned``, no block is final, and there are no state proofs.

Invariants:
- A checkpoint stands in the file only if it extends the last one and ends with its seal, as the contract
  would have it (`reference`).
- `anchor` returns after the line is on the disk.

Not here: the form of the file (`published`), serving it to others.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self, TypeVar

from did.chain.abi import ZERO20, ZERO32, keccak, log_id_of
from did.chain.driver import (
    NOT_ANCHORED,
    Anchored,
    BlockRef,
    ChainDriver,
    ChainInfo,
    ChainKind,
    Head,
    anchor_refused,
)
from did.chain.errors import ChainError, ChainRejectedError
from did.chain.published import PublishedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from did.chain.driver import AnchorCall

T = TypeVar("T")

CHAIN: Final = "file"


class FileChain(ChainDriver):
    """A `ChainDriver` that anchors nothing. Blocks are lines of the file. Made by `open`."""

    def __init__(
        self, file: PublishedFile, log_id: bytes, now: Callable[[], int], executor: ThreadPoolExecutor
    ) -> None:
        self._file = file
        self._log_id = log_id
        self._now = now
        self._executor = executor
        self._closed = False

    @classmethod
    async def open(cls, path: Path, *, origin: str, now: Callable[[], int]) -> Self:
        """Open the file `path`, or make it for the log of this origin (`chain.in-use`, `chain.store`, …)."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avow-published")
        try:
            loop = asyncio.get_running_loop()
            file = await loop.run_in_executor(executor, PublishedFile, path, origin)
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(file, log_id_of(ZERO20, keccak(origin.encode())), now, executor)

    async def describe(self) -> ChainInfo:
        """Name the log, and that there is neither chain nor contract."""
        self._require_open()
        return ChainInfo(
            chain=CHAIN,
            contract="",
            log_id=self._log_id,
            code_hash=ZERO32,
            kind=ChainKind.FILE,
            assurance=NOT_ANCHORED,
        )

    async def head(self, *, at: int | None = None) -> Head:
        """The checkpoint in a line, by default the newest."""
        return await self._run(lambda: self._file.head if at is None else self._file.head_at(self._known(at)))

    async def block(self, number: int | None = None) -> BlockRef:
        """Number and hash of a line, by default the newest; line 0 names the log."""
        return await self._run(lambda: self._block(number))

    async def anchor(self, call: AnchorCall) -> Anchored:
        """Append one line; the hash of the line stands for that of a transaction as well."""
        return await self._run(lambda: self._publish(call))

    async def is_final(self, block: BlockRef) -> bool:  # noqa: ARG002  the protocol's signature
        """Nothing is final: the operator can write another file."""
        self._require_open()
        return False

    async def state_proof(self, block: BlockRef) -> None:
        """There is no state to prove from."""
        if await self.block(block.number) != block:
            raise ChainError("chain.block-unknown", f"checkpoint {block.number} here has another hash")

    async def close(self) -> None:
        """Unlock the file; later calls raise `chain.unavailable`."""
        if not self._closed:
            await self._run(self._file.close)
            self._closed = True
            self._executor.shutdown(wait=False)

    def _publish(self, call: AnchorCall) -> Anchored:
        try:
            line_hash = self._file.append(call, self._now())
        except ChainRejectedError as refused:
            raise anchor_refused(refused, call) from refused
        return Anchored(BlockRef(self._file.count, line_hash), line_hash)

    def _block(self, number: int | None) -> BlockRef:
        found = self._file.count if number is None else self._known(number)
        return BlockRef(found, self._file.line_hash(found))

    def _known(self, number: int) -> int:
        if not 0 <= number <= self._file.count:
            raise ChainError("chain.block-unknown", f"there is no checkpoint {number} in this file")
        return number

    async def _run(self, work: Callable[[], T]) -> T:
        self._require_open()
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _require_open(self) -> None:
        if self._closed:
            raise ChainError("chain.unavailable", "the file is closed")
