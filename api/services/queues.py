"""Verifying a queue of presentations in one request: their composite proofs share a pairing check.

Invariants:
- each presentation is judged, and its challenge used up, as `/presentations/verify` does it; one that is
  refused costs the others nothing.
- all verdicts of a queue are stored in one transaction, before the answer goes out.
- two that answer one challenge cannot both have it: the later one is refused.

Not here: judging (`credentials.verifying.queue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from api import problems
from api.errors import ApiError
from api.services import policies, reaching, verifying
from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.verifying.presentation_walk import Expected
from credentials.verifying.queue import Waiting, verify_queue
from did.errors import DidError
from schemas.errors import SchemasError
from zk.errors import ZkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.services.challenges import Asked
    from api.services.core import Caller, Core
    from api.services.idempotency import Json
    from api.services.policies import Chosen
    from api.store.writer import Unit
    from credentials.verifying.means import Means
    from credentials.verifying.verdict import Verdict
    from credentials.verifying.verified import VerifiedPresentation
    from did.types import JsonObject

MOST: Final = 64
"""Presentations in a request: about a second of work."""
_SEED_BYTES: Final = 32
_FAULTS: Final = (ApiError, CredentialError, DidError, SchemasError, ZkError)


@dataclass(frozen=True, slots=True)
class Queued:
    """A presentation of the queue, and what it says that it answers."""

    document: JsonObject | str
    challenge: str
    domain: str


async def presentations(core: Core, caller: Caller, queue: Sequence[Queued], policy: str | None) -> Json:
    """Verify presentations by one policy; a result for each, in order, with the status it has alone."""
    chosen = policies.choose(core, caller, policy)
    results: dict[int, Json] = {}
    asked: dict[int, Asked] = {}
    for number, item in enumerate(queue):
        try:
            asked[number] = _asked(core, caller, chosen, item, asked.values())
        except _FAULTS as fault:
            results[number] = _refused(fault)
    waiting = {number: _waiting(queue[number], found) for number, found in asked.items()}
    verdicts = await _judged(core, chosen, [*waiting.values()])

    def store(unit: Unit) -> None:
        for (number, found), verdict in zip(asked.items(), verdicts, strict=True):
            try:
                with unit.connection.begin_nested():
                    document = queue[number].document
                    verifying.record(unit, core, caller, found, chosen, document, verdict)
            except ApiError as fault:
                results[number] = _refused(fault)

    await core.writer.run(store)
    for number, verdict in zip(asked, verdicts, strict=True):
        if number not in results:
            results[number] = _result(chosen, verdict)
    return {"results": [results[number] for number in range(len(queue))]}


def _asked(core: Core, caller: Caller, chosen: Chosen, item: Queued, others: Iterable[Asked]) -> Asked:
    found = verifying.asked_for(
        core, caller, chosen, item.document, challenge=item.challenge, domain=item.domain
    )
    if any(other.digest == found.digest for other in others):
        raise ApiError(
            "challenge.used",
            "another presentation of the queue answers the same challenge",
            remedy="Send one presentation for each challenge.",
        )
    return found


def _waiting(item: Queued, asked: Asked) -> Waiting:
    query = None if asked.query is None else Query.parse(asked.query)
    return Waiting(item.document, Expected(item.challenge, asked.domain, query))


async def _judged(
    core: Core, chosen: Chosen, waiting: Sequence[Waiting]
) -> tuple[Verdict[VerifiedPresentation], ...]:
    """Judge all with what is at hand, and again where something was fetched."""

    async def judge(means: Means) -> tuple[Verdict[VerifiedPresentation], ...]:
        seed = core.system.random_bytes(_SEED_BYTES)
        return await core.pool.run(partial(verify_queue, waiting, means, weight_seed=seed))

    return await reaching.judged(core, chosen, judge)


def _result(chosen: Chosen, verdict: Verdict[VerifiedPresentation]) -> Json:
    try:
        return {"status": 200, **verifying.answered(chosen, verdict)}
    except ApiError as fault:
        return _refused(fault)


def _refused(fault: ApiError | problems.DomainError) -> Json:
    return problems.as_json(fault)
