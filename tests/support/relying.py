"""A verifier with pinned trust anchors, for tests that check what a service shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.client.chain_reading import Node
from api.client.checking import Grounds, check_bundle, check_receipt
from did.registry.policy import parse_policy

if TYPE_CHECKING:
    from api.client.chain_reading import Call
    from api.client.trust import TrustAnchors
    from did.registry.bundle import Level, VerifiedState
    from did.registry.receipt import VerifiedReceipt


def grounds_of(anchors: TrustAnchors, level: Level, now: int) -> Grounds:
    """What one relies on with these anchors and nothing else."""
    return Grounds(
        origin=anchors.origin,
        stated_origin=None,
        policy=parse_policy(anchors.policy),
        root=None,
        chains=anchors.chains,
        level=level,
        max_age=None,
        cosigned=False,
        now=now,
    )


def verify(
    bundle: bytes, *, expected_did: str, anchors: TrustAnchors, level: Level, now: int
) -> VerifiedState:
    """Verify a bundle without a node."""
    return check_bundle(bundle, expected_did=expected_did, grounds=grounds_of(anchors, level, now))


def verify_receipt_with_node(
    receipt: bytes, *, expected_digest: bytes, anchors: TrustAnchors, level: Level, now: int, call: Call
) -> VerifiedReceipt:
    """Verify a receipt with what a node shows."""
    grounds = grounds_of(anchors, level, now)
    return check_receipt(receipt, expected_digest=expected_digest, grounds=grounds, node=Node(call))
