"""What a verifier relies on and asks for, and where a proof says it is anchored: values and their JSON.

Registry protocol version 1, sections 8.1, 8.2 and 8.4.

Invariants:
- Claims come from a proof, everything else from the verifier; no function here turns one into the other.
- Contracts are ``0x`` and 40 lower-case hex digits in all of them, so that they compare as texts.

Not here: how they are weighed (`anchors`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from did.chain import ChainKind
from did.encoding import encode_base64url, encode_hex
from did.registry.bundle.members import Members
from did.registry.bundle.stateproof import StateProof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from did.chain import BlockRef, ChainInfo, Head
    from did.chain.reader import Reading
    from did.types import JsonObject, JsonValue

MAX_ANCHORS: Final = 8

_CHAIN: Final = re.compile(r"eip155:[1-9][0-9]{0,31}")
_MAX_NODES: Final = 64
_MAX_NODE: Final = 4096
_NODE_CHARS: Final = (_MAX_NODE * 4 + 2) // 3
_MAX_HEADER: Final = 64 * 1024
"""Far above any header; the protocol caps it by the bundle's size only."""


class Level(IntEnum):
    """How much a proof shows (section 8.4); higher is more.

    ``root``: it follows from a root that the verifier held already, and no signature was looked at.
    """

    ROOT = 0
    SEALED = 1
    ANCHORED = 2
    FINAL = 3

    @property
    def label(self) -> str:
        """The name in JSON."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedChain:
    """A contract that the verifier relies on.

    `contract` is ``0x`` and 40 lower-case hex digits, `log_id` and `code_hash` have 32 bytes.
    """

    chain: str
    contract: str
    log_id: bytes
    code_hash: bytes
    kind: ChainKind

    @classmethod
    def from_json(cls, value: JsonValue) -> TrustedChain:
        """Read the form of `ChainInfo.to_json`, from the verifier's configuration (``chain.policy``)."""
        members = Members(value, code="chain.policy", place="trusted chain")
        trusted = cls(
            chain=_chain(members),
            contract=encode_hex(members.hexadecimal("contract", 20)),
            log_id=members.hexadecimal("logId", 32),
            code_hash=members.hexadecimal("codeHash", 32),
            kind=_kind(members),
        )
        members.done()
        return trusted


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """The root of this log at one size, as the verifier has it from elsewhere: its monitor, a contract."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedHead:
    """What the verifier's own node reports of a contract. `final`: read at a block that its rule calls so."""

    chain: str
    contract: str
    log_id: bytes
    code_hash: bytes
    head: Head
    final: bool

    @classmethod
    def of(cls, reading: Reading, *, final: bool) -> ObservedHead:
        """Take over what `did.chain.reader.read_head` read."""
        return cls(
            chain=reading.chain,
            contract=reading.contract,
            log_id=reading.log_id,
            code_hash=reading.code_hash,
            head=reading.head,
            final=final,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedBlock:
    """A block hash that the verifier trusts, as checkpoint or from a light client."""

    chain: str
    hash: bytes
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorClaim:
    """Where a proof says that it is anchored. `block` is a hint for those who ask their own node."""

    chain: str
    contract: str
    log_id: bytes
    block_number: int
    block_hash: bytes
    state: StateProof | None

    @classmethod
    def of(cls, info: ChainInfo, block: BlockRef, state: JsonValue) -> AnchorClaim:
        """Claim an anchor in a driver's terms; `state` is what its `state_proof` gave, or None."""
        return cls(
            chain=info.chain,
            contract=info.contract,
            log_id=info.log_id,
            block_number=block.number,
            block_hash=block.hash,
            state=None if state is None else _state(Members(state, code="anchor.state", place="state")),
        )

    def to_json(self) -> JsonObject:
        """The item of `anchors` (section 8.1)."""
        claim: JsonObject = {
            "chain": self.chain,
            "contract": self.contract,
            "logId": encode_hex(self.log_id),
            "block": {"number": self.block_number, "hash": encode_hex(self.block_hash)},
        }
        if self.state:
            claim["state"] = {
                "header": encode_base64url(self.state.header),
                "account": [encode_base64url(node) for node in self.state.account],
                "storage": [[encode_base64url(node) for node in nodes] for nodes in self.state.storage],
            }
        return claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a verifier asks for: a level, an age in seconds (None: any), a quorum of witnesses."""

    level: Level
    max_age: int | None
    cosigned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """All that a verifier knows of chains (section 8.2); `extensions` are by (old size, new size)."""

    chains: tuple[TrustedChain, ...]
    heads: tuple[ObservedHead, ...]
    trusted_blocks: tuple[TrustedBlock, ...]
    extensions: Mapping[tuple[int, int], Sequence[bytes]]


def parse_claims(members: Members) -> tuple[AnchorClaim, ...]:
    """Take the optional member `anchors`."""
    if "anchors" not in members:
        return ()
    return tuple(_parse_claim(item) for item in members.objects("anchors", max_items=MAX_ANCHORS))


def _parse_claim(members: Members) -> AnchorClaim:
    block = members.object("block")
    claim = AnchorClaim(
        chain=_chain(members),
        contract=encode_hex(members.hexadecimal("contract", 20)),
        log_id=members.hexadecimal("logId", 32),
        block_number=block.integer("number"),
        block_hash=block.hexadecimal("hash", 32),
        state=_state(members.object("state")) if "state" in members else None,
    )
    block.done()
    members.done()
    return claim


def _chain(members: Members) -> str:
    chain = members.text("chain", max_chars=64)
    if not _CHAIN.fullmatch(chain):
        raise members.fault("chain reads eip155: and a decimal number without leading zeros")
    return chain


def _kind(members: Members) -> ChainKind:
    kind = members.text("kind", max_chars=16)
    if kind not in set(ChainKind) or kind == ChainKind.FILE:
        raise members.fault("kind is public, consortium or local")
    return ChainKind(kind)


def _state(members: Members) -> StateProof:
    caps = {"max_items": _MAX_NODES, "max_chars": _NODE_CHARS}
    proof = StateProof(
        header=members.base64url("header", max_chars=_MAX_HEADER),
        account=members.byte_strings("account", **caps),
        storage=members.byte_string_lists("storage", **caps),
    )
    members.done()
    return proof
