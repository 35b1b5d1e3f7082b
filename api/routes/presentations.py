"""Presentations: verifying the answer to a challenge, and making one for a hosted DID."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.hot import HotRoute
from api.routes.models import (
    NewPresentation,
    PresentationAnswer,
    PresentBody,
    QueueAnswer,
    QueueBody,
    VerdictAnswer,
)
from api.routes.signed_bodies import also_taken
from api.services import presenting, queues, verifying
from api.services.core import Caller
from api.services.presenting import Wanted
from api.services.queues import Queued
from credentials.dialects.wrapping import DEFAULT

hot = APIRouter(route_class=HotRoute, tags=["Verifying"])
router = APIRouter(route_class=StrictRoute, tags=["Presenting"])


@hot.post(
    "/presentations/verify",
    summary="Verify a presentation",
    response_model=VerdictAnswer,
    openapi_extra=also_taken("/presentations/verify"),
)
async def verify(
    body: PresentBody, core: Service, caller: Annotated[Caller, may("write:/presentations/verify")]
) -> Response:
    """Judge the answer to one of the caller's challenges; the challenge is used up whatever comes out.

    A presentation is an object with its proof, an envelope, or a signed text (JWT, or SD-JWT with key
    binding); texts, and COSE bytes, may also be the whole body under their media type; options then stand in
    the query. 200 with `claims` where the policy holds, 400 with the verdict where it does not.
    """
    found = await verifying.presentation(
        core,
        caller,
        body.verifiablePresentation,
        challenge=body.options.challenge,
        domain=body.options.domain,
        policy=body.options.policy,
    )
    return answer(found)


@router.post(
    "/presentations/verify-queue", summary="Verify a queue of presentations", response_model=QueueAnswer
)
async def verify_queue(
    body: QueueBody, core: Service, caller: Annotated[Caller, may("write:/presentations/verify")]
) -> Response:
    """Judge up to 64 answers to challenges of the caller's at once, by one policy.

    Each is judged as `/presentations/verify` does it, and its challenge is used up. Composite proofs
    (bbs-predicates-2026) share one pairing check, so that many cost less together than one by one.
    """
    queue = [
        Queued(item.verifiablePresentation, item.options.challenge, item.options.domain)
        for item in body.presentations
    ]
    policy = None if body.options is None else body.options.policy
    return answer(await queues.presentations(core, caller, queue, policy))


@router.post(
    "/presentations", status_code=201, summary="Make a presentation", response_model=PresentationAnswer
)
async def create(
    body: NewPresentation, core: Service, caller: Annotated[Caller, may("write:/presentations")], key: OnceKey
) -> Response:
    """Sign a presentation as a DID whose keys are kept here; for organisations and machines.

    The form is a cryptosuite (eddsa-jcs-2022 by default), vp+jwt or vp+cose. Verifiers accept such holders
    where their policy names webvh in `holderMethods`.
    """
    options = body.options
    wanted = Wanted(options.challenge, options.domain, options.form or DEFAULT, options.verificationMethod)
    return answer(await presenting.create(core, caller, body.presentation, wanted, key), 201)
