"""Verifying credentials and presentations for a client, by its policy, in whatever form they come.

A refusal answers 400 with the whole verdict as problem details; its `code` is the first that did not pass.
What only warns (a date or a status that the policy lets pass) answers 200 and shows in the tree.

Not here: answers and refusals (`api.services.verdicts`), which form it is (`credentials.dialects`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import insert

from api.errors import ApiError
from api.services import challenges, policies, reaching, verdicts
from api.store.tables import VerdictRow
from credentials import formats
from credentials.dialects import presenting, recognition
from credentials.errors import CredentialError
from credentials.exchange.dcql import Query
from credentials.suites import Reader
from credentials.verifying import verifier
from did.encoding import encode_base64url
from did.jcs import canonicalize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.services.challenges import Asked
    from api.services.core import Caller, Core
    from api.services.idempotency import Json
    from api.services.policies import Chosen
    from api.store.writer import Unit
    from credentials.verifying.composite import ProvenNym
    from credentials.verifying.means import Means
    from credentials.verifying.verdict import Verdict
    from credentials.verifying.verified import VerifiedCredential, VerifiedPresentation
    from did.types import JsonObject

PROOF_ONLY: Final = "proof"
LIGHT_BYTES: Final = 16_384
"""What is no larger is parsed, hashed and checked in well under a millisecond, proofs over RDF apart."""
_OVER_RDF: Final = frozenset(
    {
        formats.EDDSA_RDFC_2022,
        formats.ECDSA_RDFC_2019,
        formats.ECDSA_SD_2023,
        formats.BBS_2023,
        formats.BBS_PREDICATES_2026,
        formats.ED25519_SIGNATURE_2020,
    }
)
_ENVELOPES: Final = frozenset({"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"})


@dataclass(frozen=True, slots=True)
class Question:
    """How to judge a credential: by which policy, or only its proofs.

    `domain` and `challenge` are what its embedded proofs must state, where a caller says so.
    """

    policy: str | None
    proof_only: bool
    domain: str | None
    challenge: str | None


async def credential(core: Core, caller: Caller, document: JsonObject | str, question: Question) -> Json:
    """Verify a credential that stands alone; raises the problem where it does not hold."""
    chosen = policies.choose(core, caller, question.policy)
    heavy = _over_rdf(document) or _large(document)

    async def judge(means: Means) -> Verdict[VerifiedCredential]:
        work = partial(_judged, document, means, question)
        return await core.pool.run(work) if heavy else work()

    verdict = await reaching.judged(core, chosen, judge)
    answer = verdicts.answer(chosen, verdict)
    if question.proof_only:
        answer["checks"] = [PROOF_ONLY]
    if not (verdict.verified if question.proof_only else verdict.accepted):
        raise verdicts.refused(verdict, answer)
    return answer


async def presentation(
    core: Core,
    caller: Caller,
    document: JsonObject | str,
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
    asked = asked_for(core, caller, chosen, document, challenge=challenge, domain=domain)  # 1, 2
    query = None if asked.query is None else Query.parse(asked.query)
    heavy = _heavy(document)

    async def judge(means: Means) -> Verdict[VerifiedPresentation]:
        work = partial(
            verifier.verify_presentation,
            document,
            means,
            expected_challenge=challenge,
            expected_domain=asked.domain,
            expected_query=query,
        )
        return await core.pool.run(work) if heavy else work()

    verdict = await reaching.judged(core, chosen, judge)  # 3
    await core.writer.run(lambda unit: record(unit, core, caller, asked, chosen, document, verdict))  # 4
    return answered(chosen, verdict)


def asked_for(
    core: Core, caller: Caller, chosen: Chosen, document: JsonObject | str, *, challenge: str, domain: str
) -> Asked:
    """Find the challenge that a presentation of good form answers (steps 1 and 2)."""
    means = reaching.Reach(core, chosen).means()
    if isinstance(presenting.read(document, chosen.policy.limits), presenting.KeyBound):
        recognition.read(document, means)
    asked = challenges.find(core, caller, challenge)
    if asked.domain != domain:
        raise ApiError(
            "challenge.domain",
            "the challenge was made for another domain than options.domain",
            remedy="Send the domain that the challenge was made for.",
        )
    return asked


def answered(chosen: Chosen, verdict: Verdict[VerifiedPresentation]) -> Json:
    """Give what a relying party may rely on, or raise the refusal."""
    answer = verdicts.answer(chosen, verdict)
    if verdict.result is None:
        raise verdicts.refused(verdict, answer)
    answer["holder"] = verdict.result.holder
    answer["claims"] = verdict.result.claims()
    if verdict.result.proven:
        answer["proven"] = [
            {"query": item.query, "expressions": [expression.text() for expression in item.expressions]}
            for item in verdict.result.proven
        ]
    if verdict.result.nyms:
        answer["pseudonyms"] = [_nym(nym) for nym in verdict.result.nyms]
    return answer


def _nym(nym: ProvenNym) -> Json:
    """A pseudonym or nullifier, by which a relying party knows its visitor again."""
    named: Json = {
        "query": nym.query,
        "issuer": nym.issuer,
        "suite": nym.suite,
        "kind": nym.kind,
        "sector": nym.sector,
    }
    if nym.scope:
        named["scope"] = nym.scope
    return {**named, "value": encode_base64url(nym.value)}


def _judged(document: JsonObject | str, means: Means, question: Question) -> Verdict[VerifiedCredential]:
    stated = {"expected_domain": question.domain, "expected_challenge": question.challenge}
    if any(stated.values()) and (isinstance(document, str) or "proof" not in document):
        raise CredentialError(
            "proof.domain",
            "domain and challenge are stated by embedded proofs, and here is none",
            clause="VC-DI 1.0, 4.4",
            remedy="leave options.domain and options.challenge out, or verify a presentation",
        )
    if question.proof_only:
        return verifier.verify_proofs(document, means, **stated)
    return verifier.verify_credential(document, means, reader=Reader.VERIFIER, **stated)


def record(
    unit: Unit,
    core: Core,
    caller: Caller,
    asked: Asked,
    chosen: Chosen,
    document: JsonObject | str,
    verdict: Verdict[VerifiedPresentation],
) -> None:
    """Use the challenge up and keep the verdict, in the transaction of `unit` (step 4)."""
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
            presentation_digest=_digest(document),
            verified=verdict.verified,
            accepted=verdict.accepted,
            code="" if verdict.accepted or not codes else codes[0],
            at=now,
        )
    )


def _digest(document: JsonObject | str) -> bytes:
    """Of an object its canonical form, of a text the text itself."""
    return hashlib.sha256(document.encode() if isinstance(document, str) else canonicalize(document)).digest()


def _over_rdf(document: JsonObject | str) -> bool:
    """Whether a proof of it is over RDF: canonicalization, pairings, many signatures."""
    proof = None if isinstance(document, str) else document.get("proof")
    proofs = proof if isinstance(proof, list) else [proof]
    return any(isinstance(item, dict) and _suite(item) in _OVER_RDF for item in proofs)


def _large(document: JsonObject | str) -> bool:
    return len(document if isinstance(document, str) else orjson.dumps(document)) > LIGHT_BYTES


def _heavy(document: JsonObject | str) -> bool:
    """Whether milliseconds of work are in it: proofs over RDF, or signed texts, that may hold anything."""
    if isinstance(document, str):
        return True
    level: list[object] = [document]
    while level:
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                if _suite(item) in _OVER_RDF or _is_envelope(item.get("type")):
                    return True
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        level = deeper
    return False


def _suite(proof: Mapping[str, object]) -> str:
    return str(proof.get("cryptosuite", proof.get("type")))


def _is_envelope(found: object) -> bool:
    listed = found if isinstance(found, list) else [found]
    return any(isinstance(name, str) and name in _ENVELOPES for name in listed)
