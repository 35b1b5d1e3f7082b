"""The seam between the registry and any chain that holds an `AnchorLog` contract.

A driver serves one log (one contract, one log id) and is asynchronous. Every driver passes the same
contract tests. What is here: the values that cross the seam, the protocol, and the publisher's decision
(`next_step`) as a pure function. What is not here: queues, timers and retries; those belong to the caller.

Invariants:
- `anchor` returns only after the anchor is durable in a block, and raises if the contract refused it.
- A driver that only publishes says so (`ChainInfo.anchors`); none of its blocks is ever final.
- Sizes on the chain only grow; a refused call leaves no trace.
- `state_proof` gives an EIP-1186 proof in the form of the proof bundle, or None where the chain has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from did.chain.errors import ChainError, ChainRejectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from did.types import JsonObject

MAX_SIZE: Final = 2**64 - 1
# Two trees of at most 2^64 leaves: a consistency proof has at most 65 nodes, an edge at most 64.
MAX_NODES: Final = 66


NOT_ANCHORED: Final = "not-anchored"
"""The assurance label where checkpoints are published in a file, and nobody but the operator holds them."""


class ChainKind(StrEnum):
    """Who could rewrite the chain: its one operator, a known group, or nobody in particular.

    A `FILE` is no chain: nothing is anchored in it, and no verifier can rely on it.
    """

    FILE = "file"
    LOCAL = "local"
    CONSORTIUM = "consortium"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class ChainInfo:
    """What a verifier's policy has to name before it believes this chain.

    `chain` is a CAIP-2 name such as ``eip155:31337``; `contract` is ``0x`` and 40 hex digits in lower
    case; `log_id` and `code_hash` (Keccak-256 of the deployed code) are 32 bytes. `assurance` is the
    label that every answer about this chain carries, ``local-chain`` where one operator runs it. Of a file,
    `chain` is ``file``, `contract` empty and `code_hash` zero.
    """

    chain: str
    contract: str
    log_id: bytes
    code_hash: bytes
    kind: ChainKind
    assurance: str

    @property
    def anchors(self) -> bool:
        """Whether what the driver holds counts as anchored at all; where not, states end at ``sealed``."""
        return self.kind is not ChainKind.FILE

    def to_json(self) -> JsonObject:
        """The members that a verifier copies into its policy."""
        return {
            "chain": self.chain,
            "contract": self.contract,
            "logId": "0x" + self.log_id.hex(),
            "codeHash": "0x" + self.code_hash.hex(),
            "kind": self.kind.value,
        }


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash (32 bytes); the pair tells a block from its rival after a reorg."""

    number: int
    hash: bytes

    def to_json(self) -> JsonObject:
        """The `block` member of a bundle's anchor."""
        return {"number": self.number, "hash": "0x" + self.hash.hex()}


@dataclass(frozen=True, slots=True)
class Head:
    """The six values the contract holds for a log; all zero before the first anchor.

    `block` is the number of the block and `time` the second (since 1970 UTC) of the newest anchor.
    """

    size: int
    sequence: int
    block: int
    time: int
    root: bytes
    map_root: bytes


@dataclass(frozen=True, slots=True)
class AnchorCall:
    """One anchor: the new sealed size and roots, and the proofs that the contract checks.

    `extension` is the RFC 9162 consistency proof from the contract's size to `size`; `edge` the inclusion
    path of the seal, the leaf at `size` - 1. All hashes are 32 bytes.
    """

    size: int
    root: bytes
    map_root: bytes
    extension: tuple[bytes, ...]
    edge: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not 0 < self.size <= MAX_SIZE:
            raise ChainError("chain.call", f"size {self.size} is not a positive 64-bit number")
        if len(self.extension) > MAX_NODES or len(self.edge) > MAX_NODES:
            raise ChainError("chain.call", f"a proof has more than {MAX_NODES} nodes")
        for value in (self.root, self.map_root, *self.extension, *self.edge):
            if len(value) != 32:
                raise ChainError("chain.call", f"a hash has {len(value)} bytes and not 32")


@dataclass(frozen=True, slots=True)
class Anchored:
    """A durable anchor: its block and the hash of its transaction (32 bytes).

    `gas` and `fee` (in wei) are what it took, as the chain or the node says; 0 where that is not known.
    """

    block: BlockRef
    tx_hash: bytes
    gas: int = 0
    fee: int = 0


class ChainDriver(Protocol):
    """One log in one contract on one chain."""

    async def describe(self) -> ChainInfo:
        """Name chain, contract and log, with the hash of the code that is really deployed."""
        ...

    async def head(self, *, at: int | None = None) -> Head:
        """Read the contract's head at block number `at`, or at the newest block.

        Raises:
            ChainError: `chain.block-unknown`, `chain.unavailable`.
        """
        ...

    async def block(self, number: int | None = None) -> BlockRef:
        """Give number and hash of a canonical block, the newest one by default (`chain.block-unknown`)."""
        ...

    async def anchor(self, call: AnchorCall) -> Anchored:
        """Send one anchor and wait until it is durable in a block.

        Raises:
            ChainRejectedError: `chain.ahead` if the contract's size is above the call's; `chain.rejected`.
            ChainError: `chain.unavailable`, `chain.clock`.
        """
        ...

    async def is_final(self, block: BlockRef) -> bool:
        """Tell whether `block` is canonical and final by the rule of this chain."""
        ...

    async def state_proof(self, block: BlockRef) -> JsonObject | None:
        """Prove the head's three storage slots at `block`, or give None where the chain has no proofs.

        The form is the bundle's `state` [EIP-1186]: `header` is the base64url RLP of the block header,
        `account` the list of account nodes, `storage` three lists of nodes, for the slots base, base+1 and
        base+2 of the log. A slot that holds zero (a map root before the first DID) is proven absent.
        """
        ...

    async def close(self) -> None:
        """Release the chain; every later call raises `chain.unavailable`. Closing twice is fine."""
        ...


def anchor_refused(refused: ChainRejectedError, call: AnchorCall) -> ChainRejectedError:
    """The contract's refusal of an anchor as drivers raise it: `chain.ahead` if it holds more than that."""
    ahead = refused.error == "NotLarger" and refused.arguments[0] > call.size
    code = "chain.ahead" if ahead else refused.code
    return ChainRejectedError(refused.error, refused.arguments, code=code)


def next_step(head: Head, newest_sealed: int, root_at: Callable[[int], bytes]) -> int | None:
    """Decide the publisher's next step from what the contract holds.

    Returns the size to extend from (the contract's), or None when the newest sealed size is anchored.
    `root_at` gives this log's root at a size up to `newest_sealed`.

    Raises:
        ChainError: `chain.ahead` if the contract knows more than this log; `log.forked` if it holds
            another root for a size that this log has. Nothing may be anchored after either.
    """
    if head.size > newest_sealed:
        raise ChainError(
            "chain.ahead",
            f"the contract holds size {head.size}, this log is sealed up to {newest_sealed}",
            remedy="this log is an older copy: `avow recover` completes it from a copy of the log",
        )
    if head.size and root_at(head.size) != head.root:
        raise ChainError(
            "log.forked",
            f"the contract holds another root for size {head.size} than this log",
            remedy="stop and publish both checkpoints: one of the two histories was rewritten",
        )
    return None if head.size == newest_sealed else head.size
