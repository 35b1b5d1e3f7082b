"""Verifying credentials and presentations for a client, by its policy.

A refusal answers 400 with the whole verdict as problem details; its `code` is the first that did not pass.
What only warns (a date or a status that the policy lets pass) answers 200 and shows in the tree.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from api.errors import ApiError, RefusedError
from api.services import challenges, policies
from api.store.tables import VerdictRow
from credentials import formats
from credentials.exchange.dcql import Query
from credentials.model import Presentation
from credentials.suites import Reader
from credentials.verifying import verifier
from credentials.verifying.means import Means
from did.jcs import canonicalize

if TYPE_CHECKING:
    from api.services.challenges import Asked
    from api.services.core import Caller, Core
    from api.services.idempotency import Json
    from api.services.policies import Chosen
    from api.store.writer import Unit
    from credentials.verifying.verdict import Verdict
    from credentials.verifying.verified import VerifiedPresentation
    from did.types import JsonObject

PROOF_ONLY: Final = "proof"


async def credential(
    core: Core, caller: Caller, document: JsonObject, *, policy: str | None, proof_only: bool
) -> Json:
    """Verify a credential that stands alone; raises the problem where it does not hold."""
    chosen = policies.choose(core, caller, policy)
    work = partial(verifier.verify_credential, document, _means(core, chosen), reader=Reader.VERIFIER)
    verdict = await core.pool.run(work) if _heavy(document) else work()
    holds = verdict.verified if proof_only else verdict.accepted
    answer = _answer(chosen, verdict)
    if proof_only:
        answer["checks"] = [PROOF_ONLY]
    if not holds:
        raise _refused(verdict.codes(), answer, verdict)
    return answer


async def presentation(
    core: Core,
    caller: Caller,
    document: JsonObject,
    *,
    challenge: str,
    domain: str,
    policy: str | None,
) -> Json:
    """Verify the answer to a challenge and use the challenge up with the verdict.

    1. the presentation parses: what does not is no attempt
    2. the challenge is this client's, unused and in time, and was made for this domain
    3. verify, with domain, challenge and query as they were fixed when the challenge was made
    4. in one transaction: use the challenge up, or find that another answer was first; store the verdict
    """
    chosen = policies.choose(core, caller, policy)
    Presentation.parse(document, limits=chosen.policy.limits)  # 1
    asked = challenges.find(core, caller, challenge)  # 2
    if asked.domain != domain:
        raise ApiError(
            "challenge.domain",
            "the challenge was made for another domain than options.domain",
            remedy="Send the domain that the challenge was made for.",
        )
    work = partial(  # 3
        verifier.verify_presentation,
        document,
        _means(core, chosen),
        expected_challenge=challenge,
        expected_domain=asked.domain,
        expected_query=None if asked.query is None else Query.parse(asked.query),
    )
    verdict = await core.pool.run(work) if _heavy(document) else work()
    await core.writer.run(lambda unit: _record(unit, core, caller, asked, chosen, document, verdict))  # 4
    answer = _answer(chosen, verdict)
    if verdict.result is None:
        raise _refused(verdict.codes(), answer, verdict)
    answer["holder"] = verdict.result.holder
    answer["claims"] = verdict.result.claims()
    return answer


def _answer(chosen: Chosen, verdict: Verdict[object]) -> Json:
    return {
        "verified": verdict.verified,
        "accepted": verdict.accepted,
        "policy": {"name": chosen.name, "version": chosen.version},
        "verdict": verdict.to_json(),
    }


def _record(
    unit: Unit,
    core: Core,
    caller: Caller,
    asked: Asked,
    chosen: Chosen,
    document: JsonObject,
    verdict: Verdict[VerifiedPresentation],
) -> None:
    now = core.system.seconds()
    challenges.consume(unit, asked, now)
    codes = verdict.codes()
    unit.connection.execute(
        insert(VerdictRow).values(
            challenge_digest=asked.digest,
            tenant=caller.tenant,
            client_id=caller.client_id,
            policy=chosen.name,
            policy_version=chosen.version,
            presentation_digest=hashlib.sha256(canonicalize(document)).digest(),
            verified=verdict.verified,
            accepted=verdict.accepted,
            code="" if verdict.accepted or not codes else codes[0],
            at=now,
        )
    )


def _means(core: Core, chosen: Chosen) -> Means:
    return Means(
        documents=core.documents,
        suites=core.suites.by_name,
        policy=chosen.policy,
        now=core.system.now(),
        assurances=core.documents,
        statuses=core.statuses,
    )


_OVER_RDF: Final = frozenset(
    {
        formats.EDDSA_RDFC_2022,
        formats.ECDSA_RDFC_2019,
        formats.ECDSA_SD_2023,
        formats.BBS_2023,
        formats.ED25519_SIGNATURE_2020,
    }
)


def _heavy(document: JsonObject) -> bool:
    """Whether a proof over RDF is anywhere in it: canonicalization, pairings, many signatures."""
    level: list[object] = [document]
    while level:
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                if str(item.get("cryptosuite", item.get("type"))) in _OVER_RDF:
                    return True
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        level = deeper
    return False


def _refused(codes: tuple[str, ...], answer: Json, verdict: Verdict[object]) -> RefusedError:
    failed = [c for c in verdict.not_passed() if c.outcome.value in {"failed", "indeterminate"} and c.code]
    first = failed[0] if failed else None
    return RefusedError(
        first.code if first else (codes[0] if codes else "credential.refused"),
        first.detail if first else "the policy is not met",
        remedy=first.remedy if first else "",
        clause=first.clause if first else "",
        members=answer,
    )
