"""Verify many presentations with one pairing check.

Text: `bbs-predicates-2026` version 1, section 4.12, last sentence. The text leaves the weights of a batch
open; ours hash, in order, the SHA-256 of every statement and of every proof, where a single check hashes one
of each.

Each presentation passes V3 to V8 of `verifying` by itself. The pairing equations of all that do are merged:
as many Miller loops as there are different keys, and one more, whatever the number of presentations. Where
the merged check fails, halves are checked, down to the presentations that are at fault.

Invariants
- One presentation's outcome does not depend on the others: a bad one takes no good one with it.
- Weights are drawn anew for every half, over just what is in it.
- The seed is 32 octets of the verifier's randomness (`predicates.weight-seed`): whoever sends a queue of
  proofs could otherwise search for weights.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, TypeAlias

from zk.errors import ZkError
from zk.predicates.pairings import check_pairings, draw_weights
from zk.predicates.verifying import Verified, check_before_pairing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zk.predicates.statement import Statement
    from zk.predicates.system import System
    from zk.predicates.trust import Trust
    from zk.predicates.verifying import Unpaired

SEED_LENGTH: Final = 32

Outcome: TypeAlias = Verified | ZkError
"""What holds, or why not."""


def verify_many(
    system: System,
    presentations: Iterable[tuple[Statement, bytes]],
    *,
    trust: Trust,
    weight_seed: bytes,
) -> tuple[Outcome, ...]:
    """Verify presentations, each a statement and its proof; outcomes in the same order.

    Args:
        system: the system.
        presentations: how many at once is the caller's limit; each stays in memory until the end.
        trust: what the verifier accepts, the same for all.
        weight_seed: 32 fresh random octets.
    """
    each = ((statement, proof, trust) for statement, proof in presentations)
    return verify_each(system, each, weight_seed=weight_seed)


def verify_each(
    system: System, presentations: Iterable[tuple[Statement, bytes, Trust]], *, weight_seed: bytes
) -> tuple[Outcome, ...]:
    """Verify presentations as `verify_many` does, each by what the verifier accepts for this one."""
    if len(weight_seed) != SEED_LENGTH:
        raise ZkError(
            "predicates.weight-seed",
            f"a seed of {len(weight_seed)} octets, expected {SEED_LENGTH}",
            remedy="draw the seed anew for each batch",
        )
    outcomes: dict[int, Outcome] = {}
    unpaired: list[tuple[int, Unpaired]] = []
    for n, (statement, proof, trust) in enumerate(presentations):
        try:
            unpaired.append((n, check_before_pairing(system, statement, proof, trust=trust)))
        except ZkError as fault:
            outcomes[n] = fault
    if unpaired:
        _settle(system, unpaired, weight_seed, outcomes)
    return tuple(outcomes[n] for n in sorted(outcomes))


def _settle(
    system: System,
    unpaired: Sequence[tuple[int, Unpaired]],
    weight_seed: bytes,
    outcomes: dict[int, Outcome],
) -> None:
    """Check pairings together; where they fail, in halves."""
    items = [item for _, part in unpaired for item in part.items]
    weights = draw_weights(
        system,
        len(items),
        statement=_digests(part.statement_octets for _, part in unpaired),
        proof=_digests(part.proof for _, part in unpaired),
        seed=weight_seed,
    )
    try:
        check_pairings(system, items, weights)
    except ZkError as fault:
        if len(unpaired) == 1:
            outcomes[unpaired[0][0]] = fault
            return
        middle = len(unpaired) // 2
        _settle(system, unpaired[:middle], weight_seed, outcomes)
        _settle(system, unpaired[middle:], weight_seed, outcomes)
    else:
        outcomes.update((n, part.verified) for n, part in unpaired)


def _digests(octets: Iterable[bytes]) -> bytes:
    return b"".join(hashlib.sha256(part).digest() for part in octets)
