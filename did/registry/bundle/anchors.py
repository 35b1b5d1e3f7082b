"""Anchors: what a chain says about a checkpoint, and how far that raises its level.

Registry protocol version 1, section 8.3 steps 10 to 12, and 8.4.

Invariants:
- Chain, contract, log id and code are those of the verifier's own list; an anchor elsewhere is passed over.
- A head comes from the verifier's own node, or out of a header that the verifier trusts.
- A head of the same size has the same roots, a longer one extends the checkpoint; otherwise nothing counts.
- A head of the verifier's own is heeded though the proof does not name its chain: it can refuse, not raise.

Not here: reading a chain (`did.chain`), the state proof itself (`stateproof`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from did.chain.abi import keccak
from did.errors import DidError
from did.registry.bundle.stateproof import verify_state
from did.registry.bundle.trust import AnchorClaim, ChainView, Level, ObservedHead, Requirement, TrustedChain
from did.registry.tree import verify_consistency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from did.registry.checkpoint import Checkpoint

CLOCK_SKEW: Final = 60
"""Seconds by which another clock may be ahead (section 8.3, step 12)."""


@dataclass(frozen=True, slots=True)
class AnchorVerdict:
    """What the anchors came to.

    `chains` counted, and on those of `bearing` the level rests. `times`: of heads at the very size;
    `reasons`: why others did not count.
    """

    level: Level
    chains: tuple[TrustedChain, ...]
    bearing: tuple[TrustedChain, ...]
    times: tuple[int, ...]
    reasons: tuple[str, ...]


def judge_anchors(
    claims: Sequence[AnchorClaim],
    *,
    checkpoint: Checkpoint,
    map_root: bytes | None,
    view: ChainView,
    unanchored: Level,
) -> AnchorVerdict:
    """Step 10 of section 8.3: the level that the anchors give. `map_root` is None for receipts.

    `unanchored` is the level of the checkpoint without any. Raises ``anchor.state``, ``anchor.code``,
    ``anchor.extension`` and ``log.forked``; what is merely no help ends among the reasons.
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
        if isinstance(found, str):
            reasons.append(found)
            continue
        reason = _compare(found, trusted, checkpoint, map_root, view)
        if reason:
            reasons.append(reason)
            continue
        counted[trusted] = counted.get(trusted, False) or found.final
        if found.head.size == checkpoint.size:
            times.append(found.head.time)
    _heed_unnamed_heads(claims, checkpoint, map_root, view)
    level = Level.FINAL if any(counted.values()) else Level.ANCHORED if counted else unanchored
    bearing = tuple(chain for chain, final in counted.items() if final or level is not Level.FINAL)
    return AnchorVerdict(level, tuple(counted), bearing, tuple(times), tuple(reasons))


def require_level(verdict: AnchorVerdict, requirement: Requirement) -> None:
    """Step 11: below the level asked for, the first reason collected says why."""
    if verdict.level >= requirement.level:
        return
    if requirement.level is Level.SEALED:
        raise DidError(
            "root.only",
            "a signature of the log is required, and only a root was given to compare with",
            remedy="bring a policy with the log's key",
        )
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


def _heed_unnamed_heads(
    claims: Sequence[AnchorClaim], checkpoint: Checkpoint, map_root: bytes | None, view: ChainView
) -> None:
    """Heads that no claim names raise nothing, but what contradicts them is refused all the same.

    Otherwise whoever shows a forked log would leave its anchors away.
    """
    named = {_place(claim) for claim in claims}
    for trusted in view.chains:
        if _place(trusted) not in named:
            head = _own_head(trusted, view)
            if head is not None:
                _compare(head, trusted, checkpoint, map_root, view)


def _own_head(trusted: TrustedChain, view: ChainView) -> ObservedHead | None:
    return next((head for head in view.heads if _place(head) == _place(trusted)), None)


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


def _find_head(claim: AnchorClaim, trusted: TrustedChain, view: ChainView) -> ObservedHead | str:
    """The verifier's own head, else the one in a state proof under a trusted block, else the reason for none.

    A state proof under a header that nobody vouches for is worth what none is worth, so it is no error.
    """
    own = _own_head(trusted, view)
    if own is not None:
        return own
    if claim.state is None:
        return "anchor.unverified"
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
    return "anchor.block"


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
