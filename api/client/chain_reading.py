"""A contract as a node of the verifier's own shows it: heads, final ones, and hashes of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.client.failures import RejectedError, UnreachableError
from did.chain import answers
from did.chain.driver import ChainKind
from did.chain.errors import ChainError
from did.chain.network.finality import TAG, Finality
from did.chain.reader import read_head
from did.registry.bundle import ObservedHead, TrustedBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from did.registry.bundle import AnchorClaim, TrustedChain

    Call = Callable[[str, Sequence[object]], object]

_RULES = {ChainKind.LOCAL: Finality(0), ChainKind.PUBLIC: Finality(None), ChainKind.CONSORTIUM: None}


@dataclass(frozen=True, slots=True)
class Node:
    """One node, and the rule by which its blocks are final; without one, that of the chain's kind.

    A local chain has no rival blocks; a public one is asked for its finalized block; of a consortium's chain
    nothing is called final unless the rule is given.
    """

    call: Call
    finality: Finality | None = None

    def served(self, chains: Sequence[TrustedChain]) -> tuple[TrustedChain, ...]:
        """Those of the verifier's chains that this node is of (`anchor.chain` where it is of none)."""
        found = f"eip155:{answers.quantity(self.call('eth_chainId', []), 'eth_chainId')}"
        served = tuple(chain for chain in chains if chain.chain == found)
        if not served:
            raise RejectedError(
                "anchor.chain",
                f"the node is one of {found}, and you rely on {', '.join(c.chain for c in chains) or 'none'}",
                remedy="name a node of that chain, or bring trust anchors with the contract on this one",
            )
        return served

    def newest(self, chain: TrustedChain) -> ObservedHead:
        """The contract's newest head; final where a block is final as soon as it exists."""
        return self._read(chain, "latest", final=self._rule(chain) == Finality(0))

    def final(self, chain: TrustedChain) -> ObservedHead | None:
        """The contract's head at the newest final block, or None where there is no rule or no such block."""
        at = self._final_block(chain)
        return None if at is None else self._read(chain, at, final=True)

    def blocks(self, claims: Sequence[AnchorClaim], chains: Sequence[TrustedChain]) -> list[TrustedBlock]:
        """The hashes that this node has for the blocks that a proof names."""
        final = {chain.chain: self._final_block(chain) for chain in chains}
        found = []
        for claim in claims:
            if claim.chain not in final:
                continue
            answer = self.call("eth_getBlockByNumber", [hex(claim.block_number), False])
            if answer is not None:
                ref, until = answers.block_ref(answer), final[claim.chain]
                is_final = until is not None and claim.block_number <= until
                found.append(TrustedBlock(chain=claim.chain, hash=ref.hash, final=is_final))
        return found

    def _rule(self, chain: TrustedChain) -> Finality | None:
        return self.finality or _RULES[chain.kind]

    def _final_block(self, chain: TrustedChain) -> int | None:
        """The number of the newest final block."""
        rule = self._rule(chain)
        if rule is None:
            return None
        if rule.depth is None:
            return self._finalized()
        newest = answers.quantity(self.call("eth_blockNumber", []), "eth_blockNumber")
        return newest - rule.depth if newest >= rule.depth else None

    def _finalized(self) -> int | None:
        try:
            return answers.block_ref(self.call("eth_getBlockByNumber", [TAG, False])).number
        except (ChainError, UnreachableError):  # a node that does not know the tag finalizes nothing
            return None

    def _read(self, chain: TrustedChain, block: int | str, *, final: bool) -> ObservedHead:
        reading = read_head(self.call, contract=chain.contract, log_id=chain.log_id, block=block)
        return ObservedHead.of(reading, final=final)
