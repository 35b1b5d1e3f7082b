"""The default chain: `AnchorLog` in an EVM inside the process, over one SQLite file.

It runs the same bytecode as any other chain and gives the same proofs, but one operator runs it: it shows
form and flow, not decentralisation, and is labelled `local-chain` wherever it appears.

Invariants:
- `anchor` returns after the block is on the disk. Killed at any moment, the chain reopens at a whole block.
- All work runs on one thread of its own, in order; the event loop never waits for it.

Not here: fees, reorganisations, several blocks in flight; this chain has none of them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from did.chain.driver import ChainDriver
from did.chain.errors import ChainError
from did.chain.local_chain import LocalChain
from did.chain.local_keys import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from did.chain.abi import Roles
    from did.chain.driver import AnchorCall, Anchored, BlockRef, ChainInfo, Head
    from did.chain.evm import Evm
    from did.chain.evm_state import ChainState
    from did.types import JsonObject

T = TypeVar("T")

CHAIN_ID: Final = 31337


class EmbeddedChain(ChainDriver):
    """A `ChainDriver` over a file. Made by `open`."""

    def __init__(self, work: LocalChain, executor: ThreadPoolExecutor) -> None:
        self._work = work
        self._executor = executor
        self._closed = False

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        origin: str,
        publisher_key: bytes,
        admin_key: bytes | None,
        now: Callable[[], int],
        chain_id: int = CHAIN_ID,
    ) -> EmbeddedChain:
        """Open the chain in the file `path`, or make it and open the log for `origin`.

        `publisher_key` and `admin_key` are 32 secret bytes each, from which the accounts are derived; the
        admin's is needed only when the chain is made. `now` gives seconds since 1970 UTC.

        Raises:
            ChainError: `chain.code-mismatch`, `chain.configuration` (other origin, chain or publisher than
                the chain was made with), `chain.in-use`, `chain.store`, `chain.unavailable`, `chain.clock`.
        """
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avow-chain")
        try:
            work = await asyncio.get_running_loop().run_in_executor(
                executor, LocalChain.open, path, origin, chain_id, publisher_key, admin_key, now
            )
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(work, executor)

    async def describe(self) -> ChainInfo:
        """Name chain, contract and log."""
        self._require_open()
        return self._work.info

    async def head(self, *, at: int | None = None) -> Head:
        """Read the contract's head at a block, by default the newest."""
        return await self._run(lambda: self._work.head(at))

    async def block(self, number: int | None = None) -> BlockRef:
        """Give number and hash of a block, by default the newest."""
        return await self._run(lambda: self._work.block(number))

    async def anchor(self, call: AnchorCall) -> Anchored:
        """Mine one block with this anchor."""
        return await self._run(lambda: self._work.anchor(call))

    async def is_final(self, block: BlockRef) -> bool:
        """Every block of this chain is final."""
        return await self._run(lambda: self._work.is_canonical(block))

    async def state_proof(self, block: BlockRef) -> JsonObject:
        """Prove the head's three slots at a block."""
        return await self._run(lambda: self._work.state_proof(block))

    async def roles(self) -> Roles:
        """Who may do what with the log."""
        return await self._run(self._work.roles)

    async def administer(self, admin_key: bytes, name: str, *arguments: bytes | int) -> BlockRef:
        """Call an admin's function of the contract on this log, such as ``setPaused`` with 0 or 1."""
        return await self._run(lambda: self._work.act(admin_key, Role.ADMIN, name, arguments))

    async def replace_publisher(self, admin_key: bytes, publisher_key: bytes) -> None:
        """Hand the publisher's role to the account of a new key; anchors are signed with it from now on."""
        await self._run(lambda: self._work.replace_publisher(admin_key, publisher_key))

    async def close(self) -> None:
        """Close the file; later calls raise `chain.unavailable`."""
        if not self._closed:
            await self._run(self._work.close)
            self._closed = True
            self._executor.shutdown(wait=False)

    async def read(self, question: Callable[[ChainState, Evm], T]) -> T:
        """Answer a question about the chain on its thread; for the read-only JSON-RPC surface."""
        return await self._run(lambda: self._work.read(question))

    async def _run(self, work: Callable[[], T]) -> T:
        self._require_open()
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _require_open(self) -> None:
        if self._closed:
            raise ChainError("chain.unavailable", "the chain is closed")
