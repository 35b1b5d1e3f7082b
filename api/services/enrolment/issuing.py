"""Issuing with a commitment: check it, sign blindly, and keep what makes it count once.

Checklist of `issue`
1. The profile signs blindly, and a commitment came; one goes with the other.
2. The commitment answers an offer of this profile that is neither used nor expired.
3. It opens under this issuer, nonce, profile and key, for N nym secrets.
4. Its tag is the one on file for this person, and on file for nobody else.
5. The credential can be made from the claims, before an identifier is used up.
6. Entropy follows from person and profile, the identifier is random and nobody else's.
7. In one transaction the offer is used up, the tag is on file, and the answer is kept under its key.

Invariants
- What is acknowledged is durable. A crash before step 7 leaves nothing but an identifier that nobody has:
  it stays given out, stands on no list, and does no harm.
- A commitment to bbs-2023 alone has no tag: by that text nothing ties it to a person. It is bound to one
  offer by the record only, and whoever answers a second one can take another pseudonym.
- Of two answers to one offer, or two persons with one tag, one transaction comes first, and the other one is
  refused in its own; what was signed for it is never shown.

Not here: offers (`offers`), the mathematics (`zk.predicates.issuance`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency, issuers
from api.services.enrolment import offers, persons, profiles
from api.services.revocation import allocating
from api.store.tables import Enrolment
from credentials.dialects.securing import Blind, Featured
from credentials.errors import CredentialError
from credentials.exchange.offers import CLAUSE, Commitment
from credentials.holder.secrets import NYMS
from credentials.suites.predicates.credential_suite import Predicates
from credentials.suites.predicates.suite import Binding
from credentials.suites.predicates.value import Revocable
from did.methods.webvh import WebvhDid
from zk.errors import ZkError
from zk.predicates.issuance import check_commitment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.services.core import Caller, Core
    from api.services.enrolment.offers import Open
    from api.services.enrolment.profiles import Published
    from api.services.idempotency import Json, Once
    from api.services.issuers import Settled, Wanted
    from api.services.revocation.allocating import Allocated
    from api.store.writer import Unit
    from did.types import JsonObject
    from zk.predicates.issuance import ProvenCommitment
    from zk.predicates.system import System


async def issue(
    core: Core,
    caller: Caller,
    name: str,
    credential: JsonObject,
    wanted: Wanted,
    commitment: JsonObject | None,
    key: Once | None,
) -> Json:
    """Sign a credential by a profile, for whoever made the commitment where its forms want one.

    Codes: those of `issuers.issue`; issue.commitment, commitment.malformed, offer.*, enrolment.*,
    predicates.*.
    """
    profile = issuers.get(core, caller, name)
    # 1
    if not _check_wanted(profiles.is_blind(profile.formats, profile.feature), commitment):
        return await issuers.issue(core, caller, name, credential, wanted, key)
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    answered = Commitment.parse(commitment or {})
    settled = issuers.settle(core, caller, profile)
    # 2
    found = offers.find(core, caller, settled, answered.nonce)
    _check_suites(settled, answered)
    # 3, 4
    proven = None
    if answered.octets:
        proven = await core.pool.run(partial(_prove, core, settled, found, answered))
        _check_enrolled(core, settled.profile.did, found.person, proven.enrolment)
    # 5
    issuers.check_allocatable(core, settled, credential)
    # 6
    published, given = await _allocated(core, caller, settled)
    blind = _blind(core, caller, settled, found, _Terms(answered, proven, published, given))
    answer = await core.pool.run(partial(issuers.sign, core, settled, credential, wanted, blind=blind))
    if given is not None:
        answer["revocation"] = given.to_json()
    # 7
    tag = None if proven is None else proven.enrolment
    command = partial(_keep, core, caller, settled, found, tag, answer)
    return await idempotency.run(core, caller, key, command)


@dataclass(frozen=True, slots=True, repr=False)
class _Terms:
    answered: Commitment
    proven: ProvenCommitment | None
    published: Published | None
    given: Allocated | None


def _check_wanted(blind: bool, commitment: JsonObject | None) -> bool:
    if blind and commitment is None:
        raise CredentialError(
            "issue.commitment",
            "the profile signs for a holder that has committed to its secrets",
            remedy="make an offer, let the wallet commit to it, and issue with the commitment",
            clause=CLAUSE,
        )
    if not blind and commitment is not None:
        raise CredentialError(
            "issue.commitment",
            "the profile signs nothing blindly, so a commitment would bind the credential to nobody",
            remedy=f"leave the commitment out, or put {profiles.BLIND} among the profile's formats",
            clause=CLAUSE,
        )
    return blind


def _prove(core: Core, settled: Settled, found: Open, answered: Commitment) -> ProvenCommitment:
    """(3, 4) Check the opening, and the tag against the one on file for this person."""
    did = settled.profile.did
    try:
        return check_commitment(
            _system(core),
            answered.octets,
            expected_issuer=did,
            expected_context=found.offer.context,
            expected_nyms=NYMS,
            expected_enrolment=_tag_of(core, did, found.person),
        )
    except ZkError as error:
        if error.code == "predicates.enrolment":
            raise _other_tag() from error
        raise


def _tag_of(core: Core, did: str, person: bytes) -> bytes | None:
    row = core.reader.first(
        select(col(Enrolment.tag)).where(col(Enrolment.did) == did, col(Enrolment.person) == person)
    )
    return None if row is None else row.tag


def _check_enrolled(core: Core, did: str, person: bytes, tag: bytes) -> None:
    """(4) Refuse a stranger's tag early; the transaction decides."""
    row = core.reader.first(
        select(col(Enrolment.person)).where(col(Enrolment.did) == did, col(Enrolment.tag) == tag)
    )
    if row is not None and row.person != person:
        raise _other_person()


def _check_suites(settled: Settled, answered: Commitment) -> None:
    """(1) What the offer names is committed to, no less and no more (`commitment.suites`)."""
    profile = settled.profile
    wanted = (profiles.BLIND in profile.formats, profile.feature is not None)
    if (bool(answered.octets), bool(answered.featured)) != wanted:
        raise CredentialError(
            "commitment.suites",
            "the commitment is not for the suites that the profile signs blindly",
            remedy="make an offer, and let the wallet commit to it as it is",
            clause=CLAUSE,
        )


async def _allocated(
    core: Core, caller: Caller, settled: Settled
) -> tuple[Published | None, Allocated | None]:
    """(6) Give the lists of the issuer, and an identifier; both durable."""
    profile = settled.profile
    if profiles.BLIND not in profile.formats:
        return None, None
    published = await profiles.publish(core, caller.tenant, profile.did, revocable=profile.revocable is True)
    if published.revocation is None:
        return published, None
    return published, await allocating.allocate(core, published.revocation)


def _blind(core: Core, caller: Caller, settled: Settled, found: Open, terms: _Terms) -> Blind:
    profile = settled.profile
    key = persons.stored(core, caller.tenant, WebvhDid.parse(profile.did).scid)
    if key is None:
        raise ApiError("keys.missing", "the enrolment key of an issuer that made an offer is not stored")
    predicates = featured = None
    if terms.proven is not None and terms.published is not None:
        given = terms.given
        predicates = Binding(
            commitment=terms.proven,
            entropy=key.entropy(found.person),
            typing=profiles.typing_for(core, profile.schema, revocable=given is not None),
            revocable=None if given is None else Revocable(given.url, given.width, given.identifier),
            digit_list=terms.published.digit_list,
        )
    if profile.feature is not None:
        names = profile.feature.names
        entropy = key.nym_entropy(found.person) if names else None
        featured = Featured(profile.feature, terms.answered.featured, entropy)
    return Blind(predicates, featured)


def _keep(
    core: Core, caller: Caller, settled: Settled, found: Open, tag: bytes | None, answer: Json, unit: Unit
) -> Json:
    """(7) Everything at once, or nothing."""
    now = core.system.seconds()
    offers.consume(unit, found, now)
    if tag is not None:
        _enrol(unit.connection, caller.tenant, settled.profile.did, found.person, tag, now)
    return answer


def _enrol(connection: Connection, tenant: str, did: str, person: bytes, tag: bytes, now: int) -> None:
    rows = connection.execute(
        select(col(Enrolment.person), col(Enrolment.tag)).where(
            col(Enrolment.did) == did, (col(Enrolment.person) == person) | (col(Enrolment.tag) == tag)
        )
    ).all()
    if any(row.person == person and row.tag != tag for row in rows):
        raise _other_tag()
    if any(row.person != person for row in rows):
        raise _other_person()
    if not rows:
        connection.execute(
            insert(Enrolment).values(did=did, person=person, tenant=tenant, tag=tag, created=now)
        )


def _system(core: Core) -> System:
    suite = core.suites.by_name[profiles.BLIND]
    if not isinstance(suite, Predicates):
        raise ApiError("internal.error", f"{profiles.BLIND} is not the suite that it should be")
    return suite.suite.system


def _other_tag() -> ApiError:
    return ApiError(
        "enrolment.other-tag",
        "this person is enrolled with other secrets than those of the commitment",
        remedy="Let the person answer a new offer with the wallet of the first issuance.",
    )


def _other_person() -> ApiError:
    return ApiError(
        "enrolment.other-person",
        "the secrets of the commitment are enrolled for another person",
        remedy="Look whether the reference is the right one; a wallet serves one person at an issuer.",
    )
