"""Verifying and deriving credentials."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.models import CredentialAnswer, DeriveBody, VerdictAnswer, VerifyBody
from api.services import deriving, verifying
from api.services.core import Caller

router = APIRouter(route_class=StrictRoute, tags=["Verifying"])


@router.post("/credentials/verify", summary="Verify a credential", response_model=VerdictAnswer)
async def verify(
    body: VerifyBody, core: Service, caller: Annotated[Caller, may("write:/credentials/verify")]
) -> Response:
    """Judge a credential by a policy of the caller's; 400 with the verdict where it does not hold.

    `options.checks: ["proof"]` looks at the proof alone and trusts no issuer; the answer says so.
    """
    options = body.options
    found = await verifying.credential(
        core,
        caller,
        body.verifiableCredential,
        policy=options.policy if options else None,
        proof_only=bool(options and options.checks),
    )
    return answer(found)


@router.post(
    "/credentials/derive", status_code=201, summary="Derive a credential", response_model=CredentialAnswer
)
async def derive(
    body: DeriveBody, core: Service, caller: Annotated[Caller, may("write:/credentials/derive")], key: OnceKey
) -> Response:
    """Reveal part of a bbs-2023 credential, bound to domain, challenge and holder key.

    For machines: a wallet derives on its holder's own computer.
    """
    options = body.options
    derived = await deriving.derive(
        core,
        caller,
        body.verifiableCredential,
        pointers=tuple(options.selectivePointers),
        domain=options.domain,
        challenge=options.challenge,
        holder=options.holder,
        key=key,
    )
    return answer(derived, 201)
