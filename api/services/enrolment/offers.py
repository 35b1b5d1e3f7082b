"""Offers: a nonce for one person and one profile, which serves once.

Invariants:
- the nonce has 256 bits and is stored by its digest; the person by a keyed digest (`persons`).
- an offer is of one tenant and one profile; to any other it is unknown, as a made-up one is.
- it is used up in the transaction that keeps what was signed for it, so of many answers exactly one counts.
  An answer that was refused uses nothing up.
- one that has expired is remembered a while, to be called so, and then deleted (`housekeeping`).

Not here: what a commitment must be (`api.services.enrolment.issuing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency, issuers
from api.services.enrolment import persons
from api.services.enrolment.profiles import BLIND, is_blind
from api.store.tables import OfferRow
from credentials.exchange.offers import NONCE_BYTES, Offer
from credentials.formats import BBS_2023
from credentials.holder.secrets import NYMS
from did.methods.webvh import WebvhDid

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.services.issuers import Settled
    from api.store.writer import Unit
    from did.keys import PublicKey

VALID_SECONDS: Final = 86_400
MAX_VALID_SECONDS: Final = 2_592_000
MAX_OPEN: Final = 10_000
"""Of one issuer: offers that are neither used nor expired. Two megabytes; more are a fault or an attack."""
KEPT_SECONDS: Final = 86_400
_AGAIN: Final = "Make another with POST /issuers/{profile}/offers, and let the wallet commit anew."


@dataclass(frozen=True, slots=True)
class Open:
    """An offer that can still be answered: by whom, until when, and what it binds."""

    digest: bytes
    person: bytes
    offer: Offer


async def create(
    core: Core, caller: Caller, name: str, reference: str, seconds: int | None, key: Once | None
) -> Json:
    """Offer a person a credential of a profile.

    Codes `issuer.*`, `did.*`, `offer.profile`, `offer.limit`.
    """
    settled = issuers.settle(core, caller, issuers.get(core, caller, name))
    signing_key(settled)
    did = settled.profile.did
    enrolment = await persons.ensure(core, caller.tenant, WebvhDid.parse(did).scid)
    nonce, now = core.system.random_bytes(NONCE_BYTES), core.system.seconds()
    made = _offer(settled, nonce, now + (seconds or VALID_SECONDS))
    values = {
        "digest": persons.digest(nonce),
        "tenant": caller.tenant,
        "did": did,
        "profile": name,
        "person": enrolment.person(reference),
        "created": now,
        "expires": int(made.expires.timestamp()),
    }

    def command(unit: Unit) -> Json:
        _check_room(unit, caller, did, now)
        unit.connection.execute(insert(OfferRow).values(**values))
        return {**made.to_json()}

    return await idempotency.run(core, caller, enrolment.once(key), command)


def find(core: Core, caller: Caller, settled: Settled, nonce: bytes) -> Open:
    """Find an offer of this profile that can be answered now.

    Codes `offer.unknown`, `offer.used`, `offer.expired`.
    """
    row = core.reader.first(
        select(col(OfferRow.did), col(OfferRow.person), col(OfferRow.expires), col(OfferRow.used)).where(
            col(OfferRow.digest) == persons.digest(nonce),
            col(OfferRow.tenant) == caller.tenant,
            col(OfferRow.profile) == settled.profile.name,
        )
    )
    # A profile may have been put under another DID since: that one has offered nothing.
    if row is None or row.did != settled.profile.did:
        raise ApiError("offer.unknown", "this profile has made no such offer", remedy=_AGAIN)
    if row.used is not None:
        raise _used()
    if row.expires <= core.system.seconds():
        raise ApiError("offer.expired", "the offer has expired", remedy=_AGAIN)
    return Open(persons.digest(nonce), row.person, _offer(settled, nonce, row.expires))


def consume(unit: Unit, found: Open, now: int) -> None:
    """Use an offer up; `offer.used` where another answer was first."""
    done = unit.connection.execute(
        update(OfferRow)
        .where(col(OfferRow.digest) == found.digest, col(OfferRow.used).is_(None))
        .values(used=now)
    )
    if done.rowcount != 1:
        raise _used()


def clean(unit: Unit, *, now: int) -> None:
    """Delete what expired a day before `now`, used or not: no answer to it can ever count."""
    unit.connection.execute(delete(OfferRow).where(col(OfferRow.expires) <= now - KEPT_SECONDS))


def signing_key(settled: Settled) -> PublicKey:
    """Give the key that signs blindly for a profile; `offer.profile` where none does."""
    profile = settled.profile
    if not is_blind(profile.formats, profile.feature):
        raise ApiError(
            "offer.profile",
            "nothing is signed blindly by this profile, so its credentials need no offer",
            remedy=f"Issue without one, or put {BLIND} among the profile's formats.",
        )
    # Both forms take the same type of key, so it is the same key.
    return settled.keys[BLIND if BLIND in profile.formats else BBS_2023].key.public_key


def _offer(settled: Settled, nonce: bytes, expires: int) -> Offer:
    return Offer(
        nonce=nonce,
        issuer=settled.profile.did,
        profile=settled.profile.name,
        expires=datetime.fromtimestamp(expires, UTC),
        issuer_key=signing_key(settled),
        nyms=NYMS if BLIND in settled.profile.formats else None,
        feature=settled.profile.feature,
    )


def _check_room(unit: Unit, caller: Caller, did: str, now: int) -> None:
    opened = unit.connection.execute(
        select(func.count())
        .select_from(OfferRow)
        .where(
            col(OfferRow.tenant) == caller.tenant,
            col(OfferRow.did) == did,
            col(OfferRow.used).is_(None),
            col(OfferRow.expires) > now,
        )
    ).scalar_one()
    if opened >= MAX_OPEN:
        raise ApiError(
            "offer.limit",
            f"{MAX_OPEN} offers of this issuer wait for an answer",
            remedy="Let some be answered or expire; a shorter validSeconds makes room sooner.",
        )


def _used() -> ApiError:
    return ApiError("offer.used", "the offer was answered before", remedy=_AGAIN)
