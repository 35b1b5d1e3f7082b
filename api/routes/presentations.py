"""Verifying presentations: the answer to a challenge."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.routes.common import Service, answer, may
from api.routes.hot import HotRoute
from api.routes.models import PresentBody, VerdictAnswer
from api.routes.signed_bodies import also_taken
from api.services import verifying
from api.services.core import Caller

hot = APIRouter(route_class=HotRoute, tags=["Verifying"])


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
