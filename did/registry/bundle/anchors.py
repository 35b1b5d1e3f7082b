"""Anchors: what a chain says about a checkpoint, and how far that raises its level.

Registry protocol version 1, section 8.3 steps 10 to 12, and 8.4.

Invariants:
- Chain, contract, log id and code are those of the verifier's own list; an anchor elsewhere is passed over.
- A head comes from the verifier's own node, or out of a header that the verifier trusts.
- A head of the same size has the same roots, a longer one extends the checkpoint; otherwise nothing counts.

Not here: reading a chain (`did.chain`), the state proof itself (`stateproof`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from did.chain import ChainKind
from did.chain.abi import keccak
from did.encoding import encode_base64url, encode_hex
from did.errors import DidError
from did.registry.bundle.members import Members
from did.registry.bundle.stateproof import StateProof, verify_state
from did.registry.tree import verify_consistency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from did.chain import BlockRef, ChainInfo, Head
    from did.chain.reader import Reading
    from did.registry.checkpoint import Checkpoint
    from did.types import JsonObject, JsonValue

MAX_ANCHORS: Final = 8
CLOCK_SKEW: Final = 60
"""Seconds by which another clock may be ahead (section 8.3, step 12)."""

_CHAIN: Final = re.compile(r"eip155:[1-9][0-9]{0,31}")
_MAX_NODES: Final = 64
_MAX_NODE: Final = 4096
_NODE_CHARS: Final = (_MAX_NODE * 4 + 2) // 3
_MAX_HEADER: Final = 64 * 1024
"""Far above any header; the protocol caps it by the bundle's size only."""


class Level(IntEnum):
    """How much a proof shows (section 8.4); higher is more."""

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


@dataclass(frozen=True, slots=True)
class AnchorVerdict:
    """What the anchors came to. `times`: of heads at the very size; `reasons`: why others did not count."""

    level: Level
    chains: tuple[TrustedChain, ...]
    times: tuple[int, ...]
    reasons: tuple[str, ...]


def parse_claims(members: Members) -> tuple[AnchorClaim, ...]:
    """Take the optional member `anchors`."""
    if "anchors" not in members:
        return ()
    return tuple(_parse_claim(item) for item in members.objects("anchors", max_items=MAX_ANCHORS))


def judge_anchors(
    claims: Sequence[AnchorClaim], *, checkpoint: Checkpoint, map_root: bytes | None, view: ChainView
) -> AnchorVerdict:
    """Step 10 of section 8.3: the level that the anchors give. `map_root` is None for receipts.

    Raises ``anchor.block``, ``anchor.state``, ``anchor.code``, ``anchor.extension`` and ``log.forked``;
    what is merely no help ends among the reasons.
    """
    counted: dict[TrustedChain, bool] = {}
    times: list[int] = []
    reasons: list[str] = []
    for claim in claims:
        trusted = _find_chain(claim, view.chains)
        if isinstance(trusted, str):
            reasons.append(trusted)
            continue
        found = _find_head(claim, trusted, view)
        if found is None:
            reasons.append("anchor.unverified")
            continue
        reason = _compare(found, trusted, checkpoint, map_root, view)
        if reason:
            reasons.append(reason)
            continue
        counted[trusted] = counted.get(trusted, False) or found.final
        if found.head.size == checkpoint.size:
            times.append(found.head.time)
    level = Level.FINAL if any(counted.values()) else Level.ANCHORED if counted else Level.SEALED
    return AnchorVerdict(level, tuple(counted), tuple(times), tuple(reasons))


def require_level(verdict: AnchorVerdict, requirement: Requirement) -> None:
    """Step 11: below the level asked for, the first reason collected says why."""
    if verdict.level >= requirement.level:
        return
    fallback = "anchor.not-final" if verdict.level is Level.ANCHORED else "anchor.missing"
    code = verdict.reasons[0] if verdict.reasons else fallback
    raise DidError(
        code,
        f"the proof is {verdict.level.label}, {requirement.level.label} is required",
        remedy="ask for a fresh proof, or bring a head or a trusted block of a chain that you rely on",
        clause="registry 8.3 (11)",
    )


def require_age(times: Sequence[int], requirement: Requirement, *, now: int) -> int | None:
    """Step 12: the newest trusted time, none of them in the future, and within the age asked for."""
    as_of = max(times, default=None)
    if as_of is not None and as_of > now + CLOCK_SKEW:
        raise DidError(
            "age.future", f"a time lies {as_of - now} seconds ahead of now", clause="registry 8.3 (12)"
        )
    if requirement.max_age is None:
        return as_of
    if as_of is None:
        raise DidError(
            "age.unknown",
            "an age is required and nothing here bears a trusted time",
            clause="registry 8.3 (12)",
        )
    if now - as_of > requirement.max_age:
        raise DidError(
            "age.exceeded",
            f"the proof is {now - as_of} seconds old, at most {requirement.max_age} are accepted",
            remedy="ask for a fresh proof",
            clause="registry 8.3 (12)",
        )
    return as_of


def _find_chain(claim: AnchorClaim, chains: Sequence[TrustedChain]) -> TrustedChain | str:
    """The verifier's entry for a claim, or the reason why it has none."""
    on_chain = [entry for entry in chains if entry.chain == claim.chain]
    in_contract = [entry for entry in on_chain if entry.contract == claim.contract]
    for entry in in_contract:
        if _place(entry) == _place(claim):
            return entry
    if in_contract:
        return "anchor.log-id"
    return "anchor.contract" if on_chain else "anchor.chain"


def _find_head(claim: AnchorClaim, trusted: TrustedChain, view: ChainView) -> ObservedHead | None:
    """The verifier's own head, else the one in a state proof under a trusted block."""
    for observed in view.heads:
        if _place(observed) == _place(trusted):
            return observed
    if claim.state is None:
        return None
    block_hash = keccak(claim.state.header)
    for block in view.trusted_blocks:
        if (block.chain, block.hash) == (trusted.chain, block_hash):
            code_hash, head = verify_state(
                claim.state,
                contract=trusted.contract,
                log_id=trusted.log_id,
                block_number=claim.block_number,
            )
            return ObservedHead(
                chain=trusted.chain,
                contract=trusted.contract,
                log_id=trusted.log_id,
                code_hash=code_hash,
                head=head,
                final=block.final,
            )
    raise DidError(
        "anchor.block",
        f"the state proof stands under block {encode_hex(block_hash)}, which is not trusted",
        remedy="bring a head from your own node, or trust the block, or leave the chain out of your list",
        clause="registry 8.3 (10)",
    )


def _place(named: ObservedHead | TrustedChain | AnchorClaim) -> tuple[str, str, bytes]:
    return named.chain, named.contract, named.log_id


def _compare(
    observed: ObservedHead,
    trusted: TrustedChain,
    checkpoint: Checkpoint,
    map_root: bytes | None,
    view: ChainView,
) -> str | None:
    """Hold a head against the checkpoint: None if it counts, else the reason why it is no help."""
    if observed.code_hash != trusted.code_hash:
        raise DidError(
            "anchor.code",
            f"other code lives at {trusted.contract} than the one relied on",
            clause="registry 8.3 (10)",
        )
    head = observed.head
    if head.size == checkpoint.size:
        if head.root != checkpoint.root or (map_root is not None and head.map_root != map_root):
            raise DidError(
                "log.forked",
                f"the chain holds other roots for size {head.size} than this proof",
                remedy="keep both: two histories of one log convict its operator",
                clause="registry 8.3 (10)",
            )
        return None
    older, newer = sorted(((checkpoint.size, checkpoint.root), (head.size, head.root)))
    extension = view.extensions.get((older[0], newer[0]))
    if extension is not None:
        verify_consistency(older[0], newer[0], older[1], newer[1], extension, code="anchor.extension")
    if head.size < checkpoint.size:
        return "anchor.behind"
    return "anchor.extension" if extension is None else None


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
    if kind not in set(ChainKind):
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
