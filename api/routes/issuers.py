"""Profiles of issuers, and issuing by them."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.middleware.bodies import StrictRoute
from api.routes.common import Name, OnceKey, Service, answer, may
from api.routes.models import CredentialAnswer, IssueBody, IssueOptions, IssuerBody, OfferAnswer, OfferBody
from api.services import issuers
from api.services.core import Caller
from api.services.enrolment import issuing, offers
from api.services.issuers import Profile, Wanted
from credentials.status.references import REVOCATION
from credentials.suites.bbs_features import Feature

router = APIRouter(route_class=StrictRoute, tags=["Issuing"])


@router.put(
    "/issuers/{profile}", summary="Set a profile", responses={201: {"description": "The profile is new"}}
)
async def put(
    profile: Name,
    body: IssuerBody,
    core: Service,
    caller: Annotated[Caller, may("write:/issuers")],
    key: OnceKey,
) -> Response:
    """Say which DID issues under this name, in which forms, with which schema and validity.

    With bbs-predicates-2026 the issuer gets its digit list and its revocation list, which the answer names.
    """
    pointers = body.mandatoryPointers
    wanted = Profile(
        name=profile,
        did=body.did,
        formats=tuple(body.formats),
        schema=body.schema_,
        verification_methods=tuple(body.verificationMethods),
        validity_days=body.validityDays,
        vct=body.vct,
        mandatory_pointers=None if pointers is None else tuple(pointers),
        status=(REVOCATION,) if body.status is True else tuple(body.status or ()),
        revocable=body.revocable,
        feature=None if body.bbs2023 in {None, "baseline"} else Feature(str(body.bbs2023)),
    )
    stored, fresh = await issuers.put(core, caller, wanted, key)
    return answer(stored, 201 if fresh else 200)


@router.get("/issuers/{profile}", summary="Read a profile")
async def get(profile: Name, core: Service, caller: Annotated[Caller, may("read:/issuers")]) -> Response:
    """A profile of the caller's tenant."""
    return answer(issuers.get(core, caller, profile).to_json())


@router.post(
    "/issuers/{profile}/offers",
    status_code=201,
    summary="Offer a credential to a person",
    response_model=OfferAnswer,
)
async def offer(
    profile: Name,
    body: OfferBody,
    core: Service,
    caller: Annotated[Caller, may("write:/credentials/issue")],
    key: OnceKey,
) -> Response:
    """Make an offer that a wallet commits to, for forms that are signed blindly.

    These are bbs-predicates-2026, and bbs-2023 with a feature.

    `person` is the issuer's own reference, stored as a keyed digest only. Whoever holds the offer can enrol
    as that person: hand it to nobody else.
    """
    made = await offers.create(core, caller, profile, body.person, body.validSeconds, key)
    return answer(made, 201)


@router.post(
    "/issuers/{profile}/credentials/issue",
    status_code=201,
    summary="Issue a credential",
    response_model=CredentialAnswer,
)
async def issue(
    profile: Name,
    body: IssueBody,
    core: Service,
    caller: Annotated[Caller, may("write:/credentials/issue")],
    key: OnceKey,
) -> Response:
    """Sign a credential; the profile supplies issuer, types, schema and validity where they are left out.

    A profile with bbs-predicates-2026, or a feature of bbs-2023, wants the wallet's answer to an offer as
    `options.commitment`.
    """
    options = body.options or IssueOptions()
    shown = options.mandatoryPointers
    wanted = Wanted(None if shown is None else tuple(shown), options.holder)
    commitment = options.commitment
    done = await issuing.issue(core, caller, profile, body.credential, wanted, commitment, key)
    return answer(done, 201)
