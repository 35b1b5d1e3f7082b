"""Checks of bundles and receipts on this machine: what the verifier brings, and a node of its own.

Nothing of it comes from what is checked. Where a policy stands alone, a log speaks for the DIDs of its own
host; trust anchors speak for the DIDs under their log's address. A log elsewhere speaks for a DID only where
the verifier says so, because a DID that moved away may have newer versions in its new host's log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from api.client.failures import LocalError, RejectedError
from did.registry.bundle import (
    ChainView,
    Expectations,
    Level,
    Requirement,
    TrustedRoot,
    VerifiedState,
    default_origin,
    lies_under,
    parse_bundle,
    verify_bundle,
)
from did.registry.receipt import EvidenceSubject, VerifiedReceipt, parse_receipt, verify_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from api.client.chain_reading import Node
    from did.registry.bundle import AnchorClaim, ObservedHead, TrustedBlock, TrustedChain
    from did.registry.policy import Policy

Verified = TypeVar("Verified", VerifiedState, VerifiedReceipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a verifier relies on and asks for. A policy, a root, or both.

    `origin` is the log of the trust anchors, `stated_origin` one that the verifier names for this very check.
    """

    origin: str | None
    stated_origin: str | None
    policy: Policy | None
    root: TrustedRoot | None
    chains: tuple[TrustedChain, ...]
    level: Level
    max_age: int | None
    cosigned: bool
    now: int

    def expectations(self, origin: str, view: ChainView) -> Expectations:
        """Put them together for one log."""
        believed = self.policy or self.root
        if believed is None:
            raise LocalError(
                "trust.missing",
                "evidence is checked against what you trust, and nothing was given",
                remedy="write trust anchors once with `avow log trust -o trust.json`, then add "
                "--trust trust.json; or give --policy or --root",
            )
        return Expectations(
            origin=origin,
            policy=believed,
            view=view,
            require=Requirement(level=self.level, max_age=self.max_age, cosigned=self.cosigned),
            now=self.now,
            known=((self.root.size, self.root.root),) if self.root else (),
        )

    def origin_for(self, did: str) -> str:
        """The log that speaks for a DID (`trust.origin`)."""
        if self.stated_origin is not None:
            return self.stated_origin
        if self.origin is None:
            return default_origin(did)
        if not lies_under(did, self.origin):
            raise RejectedError(
                "trust.origin",
                f"your trust anchors are of the log {self.origin}, and the DID lives elsewhere",
                remedy="bring those of its own host; or, if that log speaks for it too, "
                f"add --origin {self.origin}",
            )
        return self.origin

    def origin_of_receipts(self) -> str:
        """The log whose receipts are checked: the one named, else the only one of the policy."""
        named = self.stated_origin or self.origin
        logs = {key.name for key in self.policy.logs} if self.policy else set()
        if named is None and len(logs) == 1:
            return logs.pop()
        if named is None:
            raise LocalError(
                "trust.origin", "nothing says which log the receipt is of", remedy="add --origin HOST/log"
            )
        return named


def check_bundle(
    raw: bytes, *, expected_did: str, grounds: Grounds, node: Node | None = None
) -> VerifiedState:
    """Verify a bundle, with what a node shows if there is one."""
    origin = grounds.origin_for(expected_did)

    def check(asked: Grounds, view: ChainView) -> VerifiedState:
        return verify_bundle(raw, expected_did=expected_did, expectations=asked.expectations(origin, view))

    return _checked(check, grounds, node, lambda: parse_bundle(raw).anchors)


def check_receipt(
    raw: bytes, *, expected_digest: bytes, grounds: Grounds, node: Node | None = None
) -> VerifiedReceipt:
    """Verify the receipt of a digest (32 bytes), likewise."""
    origin = grounds.origin_of_receipts()

    def check(asked: Grounds, view: ChainView) -> VerifiedReceipt:
        subject = EvidenceSubject(expected_digest)
        return verify_receipt(raw, expected_subject=subject, expectations=asked.expectations(origin, view))

    return _checked(check, grounds, node, lambda: parse_receipt(raw).anchors)


def _checked(
    check: Callable[[Grounds, ChainView], Verified],
    grounds: Grounds,
    node: Node | None,
    claims: Callable[[], Sequence[AnchorClaim]],
) -> Verified:
    view = _view(grounds) if node is None else _best_view(check, grounds, node, claims)
    found, root = check(grounds, view), grounds.root
    if root is not None and found.size != root.size:
        raise RejectedError(
            "root.size",
            f"the proof is about {found.size} entries, the root that you hold about {root.size}",
            remedy="bring the root of that size, or leave --root away",
        )
    return found


def _best_view(
    check: Callable[[Grounds, ChainView], Verified],
    grounds: Grounds,
    node: Node,
    claims: Callable[[], Sequence[AnchorClaim]],
) -> ChainView:
    """What the node shows that raises the proof furthest."""
    lenient = replace(grounds, level=Level.ROOT, max_age=None, cosigned=False)
    check(lenient, _view(grounds))  # what does not hold by itself is not worth a question
    best, reached = None, Level.ROOT
    for view in _views(grounds, node, claims):
        level = check(lenient, view).level
        if best is None or level > reached:
            best, reached = view, level
        if level is Level.FINAL:
            break
    return best or _view(grounds)


def _views(grounds: Grounds, node: Node, claims: Callable[[], Sequence[AnchorClaim]]) -> Iterator[ChainView]:
    """Ask for the contract's final head, for its newest, then for the blocks that the proof names.

    A head that has moved on is no help without an extension; the state proof at its own block then is.
    """
    chains = node.served(grounds.chains)
    final = tuple(head for head in map(node.final, chains) if head is not None)
    if final:
        yield _view(grounds, heads=final)
    yield _view(grounds, heads=tuple(map(node.newest, chains)))
    yield _view(grounds, blocks=tuple(node.blocks(claims(), chains)))


def _view(
    grounds: Grounds, *, heads: tuple[ObservedHead, ...] = (), blocks: tuple[TrustedBlock, ...] = ()
) -> ChainView:
    return ChainView(chains=grounds.chains, heads=heads, trusted_blocks=blocks, extensions={})
