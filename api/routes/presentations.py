"""Verifying presentations: the answer to a challenge."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import Service, answer, may
from api.routes.models import PresentBody, VerdictAnswer
from api.services import verifying
from api.services.core import Caller

router = APIRouter(route_class=StrictRoute, tags=["Verifying"])


@router.post("/presentations/verify", summary="Verify a presentation", response_model=VerdictAnswer)
async def verify(
    body: PresentBody, core: Service, caller: Annotated[Caller, may("write:/presentations/verify")]
) -> Response:
    """Judge the answer to one of the caller's challenges; the challenge is used up whatever comes out.

    200 with `claims` where the policy holds, 400 with the verdict where it does not.
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
