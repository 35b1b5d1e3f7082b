"""Verifying and deriving credentials."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import OnceKey, Service, answer, may
from api.routes.hot import HotRoute
from api.routes.models import CredentialAnswer, DeriveBody, VerdictAnswer, VerifyBody, VerifyOptions
from api.routes.signed_bodies import also_taken
from api.services import deriving, verifying
from api.services.core import Caller
from api.services.deriving import Wanted
from api.services.verifying import Question

hot = APIRouter(route_class=HotRoute, tags=["Verifying"])
router = APIRouter(route_class=StrictRoute, tags=["Verifying"])


@hot.post(
    "/credentials/verify",
    summary="Verify a credential",
    response_model=VerdictAnswer,
    openapi_extra=also_taken("/credentials/verify"),
)
async def verify(
    body: VerifyBody, core: Service, caller: Annotated[Caller, may("write:/credentials/verify")]
) -> Response:
    """Judge a credential by a policy of the caller's; 400 with the verdict where it does not hold.

    A credential is an object with its proof, an envelope, or a signed text (JWT, SD-JWT). A signed text, or
    COSE bytes, may also be the whole body under its own media type; options then stand in the query.
    `options.checks: ["proof"]` looks at the proof alone and trusts no issuer; the answer says so.
    `options.domain` and `options.challenge` are what embedded proofs must state.
    `problemDetails` in an accepted answer are warnings.
    """
    options = body.options or VerifyOptions()
    question = Question(
        policy=options.policy,
        proof_only=bool(options.checks),
        domain=options.domain,
        challenge=options.challenge,
    )
    return answer(await verifying.credential(core, caller, body.verifiableCredential, question))


@router.post(
    "/credentials/derive", status_code=201, summary="Derive a credential", response_model=CredentialAnswer
)
async def derive(
    body: DeriveBody, core: Service, caller: Annotated[Caller, may("write:/credentials/derive")], key: OnceKey
) -> Response:
    """Reveal part of a credential: what `selectivePointers` lead to, and what is mandatory.

    bbs-2023 is bound to domain, challenge and holder key, which it demands; ecdsa-sd-2023 and SD-JWT take
    none of them. An SD-JWT loses disclosures; its key binding is its holder's to make. Other forms are shown
    whole.
    For machines: a wallet derives on its holder's own computer.
    """
    options = body.options
    derived = await deriving.derive(
        core,
        caller,
        body.verifiableCredential,
        Wanted(tuple(options.selectivePointers), options.domain, options.challenge, options.holder),
        key,
    )
    return answer(derived, 201)
