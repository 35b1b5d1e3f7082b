"""A chain in memory over the Python reference: for tests, and for services that keep nothing.

Invariants: those of a `ChainDriver`; a block for every anchor, final at once, numbered from 1; the same
calls and times give the same hashes.

Not here: state proofs (there is no state trie) and durability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from did.chain.abi import address_text, artefact, encode_anchor, keccak
from did.chain.driver import Anchored, BlockRef, ChainDriver, ChainInfo, ChainKind, Head, anchor_refused
from did.chain.errors import ChainError, ChainRejectedError
from did.chain.reference import ReferenceAnchorLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.chain.driver import AnchorCall

CHAIN: Final = "eip155:1337"
ADMIN: Final = keccak(b"avow memory chain admin")[12:]
PUBLISHER: Final = keccak(b"avow memory chain publisher")[12:]
CONTRACT: Final = keccak(b"avow memory chain contract")[12:]


class MemoryChain(ChainDriver):
    """A `ChainDriver` without a chain. `contract` is the reference that it runs."""

    def __init__(self, *, origin: str, now: Callable[[], int]) -> None:
        self.contract = ReferenceAnchorLog()
        self.log_id = self.contract.open(ADMIN, keccak(origin.encode()), PUBLISHER)
        self._now = now
        self._time = 0
        self._closed = False
        genesis = BlockRef(0, keccak(b"avow memory chain\n" + self.log_id))
        self._blocks = [(genesis, self.contract.head(self.log_id))]

    async def describe(self) -> ChainInfo:
        """Name chain, contract and log."""
        self._require_open()
        return ChainInfo(
            chain=CHAIN,
            contract=address_text(CONTRACT),
            log_id=self.log_id,
            code_hash=artefact().code_hash,
            kind=ChainKind.LOCAL,
            assurance="local-chain",
        )

    async def head(self, *, at: int | None = None) -> Head:
        """The head at a block, by default the newest."""
        return self._block(at)[1]

    async def block(self, number: int | None = None) -> BlockRef:
        """Number and hash of a block, by default the newest."""
        return self._block(number)[0]

    async def anchor(self, call: AnchorCall) -> Anchored:
        """Make one block with this anchor."""
        newest, _ = self._block(None)
        self._time = max(self._time, self._now())
        try:
            self.contract.anchor(PUBLISHER, self.log_id, call, block=newest.number + 1, time=self._time)
        except ChainRejectedError as refused:
            raise anchor_refused(refused, call) from refused
        tx_hash = keccak(newest.hash + encode_anchor(self.log_id, call))
        block = BlockRef(newest.number + 1, keccak(newest.hash + tx_hash + self._time.to_bytes(8, "big")))
        self._blocks.append((block, self.contract.head(self.log_id)))
        return Anchored(block, tx_hash)

    async def is_final(self, block: BlockRef) -> bool:
        """Every block is final."""
        self._require_open()
        return block.number < len(self._blocks) and self._blocks[block.number][0] == block

    async def state_proof(self, block: BlockRef) -> None:
        """There is no state trie to prove from."""
        if self._block(block.number)[0] != block:
            raise ChainError("chain.block-unknown", f"block {block.number} has another hash on this chain")

    async def close(self) -> None:
        """Forget everything."""
        self._closed = True

    def _block(self, number: int | None) -> tuple[BlockRef, Head]:
        self._require_open()
        if number is None:
            return self._blocks[-1]
        if not 0 <= number < len(self._blocks):
            raise ChainError("chain.block-unknown", f"there is no block {number} on this chain")
        return self._blocks[number]

    def _require_open(self) -> None:
        if self._closed:
            raise ChainError("chain.unavailable", "the chain is closed")
