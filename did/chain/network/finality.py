"""When a block of a network is final: by a depth, or by what the network itself calls final.

Invariants: none of its own; that a block is canonical is checked by the caller, first.

| network | rule |
|---|---|
| QBFT, IBFT, PBFT | 0: a block that exists is final |
| Clique of n signers | floor(n / 2) + 1 |
| Ethereum, roll-ups | the tag ``finalized`` |
| proof of work, unknown | a depth such as 64 |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from did.chain.errors import ChainError

_DEPTH: Final = re.compile(r"0|[1-9][0-9]{0,5}")
TAG: Final = "finalized"


@dataclass(frozen=True, slots=True)
class Finality:
    """`depth` is the number of blocks that must stand on top; None asks the node for its finalized block."""

    depth: int | None

    @classmethod
    def parse(cls, text: str) -> Finality:
        """Read ``finalized`` or a number of blocks (`chain.configuration`)."""
        if text == TAG:
            return cls(None)
        if not _DEPTH.fullmatch(text):
            raise ChainError("chain.configuration", f"finality is {TAG} or a number of blocks, not {text!r}")
        return cls(int(text))

    @property
    def text(self) -> str:
        """The form that `parse` reads."""
        return TAG if self.depth is None else str(self.depth)
