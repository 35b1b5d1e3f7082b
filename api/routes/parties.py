"""Challenges and policies: what a relying party sets up before it verifies."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import Name, OnceKey, Service, answer, may
from api.routes.models import (
    ChallengeAnswer,
    NewChallenge,
    PolicyAnswer,
    PolicyBody,
    SetAnswer,
    SetBody,
)
from api.services import challenges, policies, sets
from api.services.core import Caller
from api.services.sets import Wanted

router = APIRouter(route_class=StrictRoute, tags=["Relying parties"])


@router.post("/challenges", status_code=201, summary="Get a challenge", response_model=ChallengeAnswer)
async def challenge(
    body: NewChallenge, core: Service, caller: Annotated[Caller, may("write:/challenges")], key: OnceKey
) -> Response:
    """Get a challenge for one presentation, with the domain and the query that its answer must meet."""
    return answer(await challenges.create(core, caller, domain=body.domain, query=body.query, key=key), 201)


@router.put("/policies/{name}", summary="Set a policy", response_model=PolicyAnswer)
async def put_policy(
    name: Name,
    body: PolicyBody,
    core: Service,
    caller: Annotated[Caller, may("write:/policies")],
    key: OnceKey,
) -> Response:
    """Say whom to trust and what else must hold. Nobody is trusted by default; a change is a new version."""
    return answer(await policies.put(core, caller, name, body.model_dump(exclude_none=True), key))


@router.get("/policies/{name}", summary="Read a policy", response_model=PolicyAnswer)
async def get_policy(name: Name, core: Service, caller: Annotated[Caller, may("read:/policies")]) -> Response:
    """The newest version of one of the caller's policies."""
    return answer(policies.get(core, caller, name))


@router.post("/sets", status_code=201, summary="Publish a set", response_model=SetAnswer)
async def publish_set(
    body: SetBody, core: Service, caller: Annotated[Caller, may("write:/policies")], key: OnceKey
) -> Response:
    """Publish values of a claim, so that a holder can prove to have one of them without saying which.

    The set is public and never changes; its digest names it in expressions. For up to 16 values a list in the
    expression itself does the same without publishing.
    """
    wanted = Wanted(body.schema_, body.claim, body.values)
    return answer(await sets.publish(core, caller, wanted, key), 201)
