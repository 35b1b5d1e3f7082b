"""The outbox: what this account has signed, kept before it is sent.

Registry protocol 7.2 and 7.5: persist the intent, then send; a replacement keeps the nonce; after a crash
all hashes of the nonce are watched.

Invariants:
- `add` and `add_attempt` return after the signed bytes are on the disk.
- A nonce has one intent for ever; its attempts differ in price only.
- Nothing is deleted: a reorganisation can bring an old nonce back, and then the same bytes are sent again.

Not here: when to send (`sender`), secrets (signed bytes are public the moment they are sent).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from did.chain.driver import BlockRef
    from did.chain.network.transactions import Signed


class State(StrEnum):
    """How far an intent has got; a reorganisation takes a settled one back to open."""

    OPEN = "open"
    DONE = "done"
    REVERTED = "reverted"
    LOST = "lost"
    """Another transaction of this account took the nonce."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One transaction to be made: what its attempts have in common, and the attempts, oldest first."""

    nonce: int
    to: bytes
    data: bytes
    gas: int
    attempts: tuple[Signed, ...]
    state: State = State.OPEN
    block: BlockRef | None = None

    def with_attempt(self, attempt: Signed) -> Intent:
        """The same with one attempt more."""
        return replace(self, attempts=(*self.attempts, attempt))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose outbox it is: an account (20 bytes) on the chain with this id and first block."""

    chain_id: int
    genesis: bytes
    account: bytes


class Outbox(Protocol):
    """Intents of one account on one chain, by nonce. Calls may block on the disk; one at a time."""

    def claim(self, owner: Owner) -> None:
        """Take a new outbox for this account and chain, or compare (`chain.configuration`)."""
        ...

    def unsettled(self, count: int) -> list[Intent]:
        """Intents that are open, or whose nonce is `count` or above; by nonce."""
        ...

    def next_nonce(self) -> int:
        """One above the highest nonce; 0 if there is none."""
        ...

    def add(self, intent: Intent) -> None:
        """Keep a new intent with its first attempt."""
        ...

    def add_attempt(self, nonce: int, attempt: Signed) -> None:
        """Keep a replacement."""
        ...

    def settle(self, nonce: int, state: State, block: BlockRef | None) -> None:
        """Note what became of an intent."""
        ...

    def close(self) -> None:
        """Release the file. Closing twice is fine."""
        ...
