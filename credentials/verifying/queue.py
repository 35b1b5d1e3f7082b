"""Verifying a queue of presentations: their composite proofs share one pairing check.

Text: bbs-predicates-2026, 4.12 (batches).

Invariants:
- every presentation is judged by the whole checklist, as `verify_presentation` does; what is shared is the
  pairing check of C7, with weights that nobody can foresee.
- one that does not hold costs the others nothing: proofs that fail together are checked in halves, and each
  is judged by the keys, lists and sector that are accepted for it alone.
- outcomes stand in the order of the queue.

What is not here: which challenges are the verifier's own and unused (`api`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.dialects import presenting
from credentials.dialects.presenting import KeyBound
from credentials.errors import CredentialError
from credentials.suites.predicates.suite import translated
from credentials.verifying import binding
from credentials.verifying.composite import Composite, Occasion, has_composite, state_composite, system_of
from credentials.verifying.presentation_walk import Expected, walk_presentation
from credentials.verifying.verdict import Verdict
from credentials.verifying.walk import Walk
from did.errors import DidError
from schemas.errors import SchemasError
from zk.errors import ZkError
from zk.predicates import verify_each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from credentials.verifying.composite import Stated
    from credentials.verifying.means import Means
    from credentials.verifying.verified import VerifiedPresentation
    from did.types import JsonValue


@dataclass(frozen=True, slots=True)
class Waiting:
    """A presentation that waits for its verdict, and what it must answer."""

    value: JsonValue
    expected: Expected


def verify_queue(
    queue: Sequence[Waiting], means: Means, *, weight_seed: bytes
) -> tuple[Verdict[VerifiedPresentation], ...]:
    """Verify presentations as `verify_presentation` does each.

    Args:
        queue: how many at once is the caller's limit.
        means: the same for all.
        weight_seed: 32 fresh random octets.
    """
    stated = {
        number: found
        for number, waiting in enumerate(queue)
        if (found := _stated(waiting, means)) is not None
    }
    proven = _proven(stated, means, weight_seed)
    return tuple(_verdict(waiting, means, proven.get(number)) for number, waiting in enumerate(queue))


def _stated(waiting: Waiting, means: Means) -> Stated | None:
    """Prepare the composite proof of a presentation; None where the walk has to say what is wrong."""
    try:
        reading = presenting.read(waiting.value, means.policy.limits)
        if isinstance(reading, KeyBound) or not has_composite(reading.credentials, means.suites):
            return None
        expected = waiting.expected
        header = binding.presentation_header(
            domain=expected.domain, challenge=expected.challenge, holder_key=reading.signer(means).key
        )
        return state_composite(reading.credentials, means, Occasion(expected.query, expected.domain, header))
    except (CredentialError, DidError, SchemasError, ZkError):
        return None


def _proven(
    stated: Mapping[int, Stated], means: Means, weight_seed: bytes
) -> dict[int, Composite | CredentialError]:
    if not stated:
        return {}
    outcomes = verify_each(
        system_of(means),
        [(item.statement, item.proof, item.trust) for item in stated.values()],
        weight_seed=weight_seed,
    )
    return {
        number: translated(outcome) if isinstance(outcome, ZkError) else item.shown(outcome)
        for (number, item), outcome in zip(stated.items(), outcomes, strict=True)
    }


def _verdict(
    waiting: Waiting, means: Means, proven: Composite | CredentialError | None
) -> Verdict[VerifiedPresentation]:
    walk = Walk(raising=False)
    found = walk_presentation(walk, waiting.value, means, waiting.expected, proven=proven)
    return Verdict(walk.verified, tuple(walk.checks), found, walk.cause)
