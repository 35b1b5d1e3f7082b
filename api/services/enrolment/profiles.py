"""Profiles whose credentials are signed blindly: what they need before the first offer.

Invariants:
- the schema's claims can be typed, or the profile is refused: nothing could ever be issued by it.
- one digit list, and one revocation list, for each issuing DID; both are made with its first such profile and
  stay the same for ever after, since signed credentials name them.

Not here: the lists themselves (`api.services.revocation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.errors import ApiError
from api.services.revocation import lists, parameters
from api.services.revocation.lists import WIDTH
from api.services.revocation.places import parameters_url
from credentials.errors import CredentialError
from credentials.formats import BBS_2023, BBS_PREDICATES_2026
from credentials.suites.predicates.typings import typing_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.services.core import Core
    from api.services.idempotency import Json
    from api.services.revocation.lists import OwnList
    from credentials.predicates.claims import Typing
    from credentials.suites.bbs_features import Feature

BLIND: Final = BBS_PREDICATES_2026
"""The form that is signed for a commitment only."""


@dataclass(frozen=True, slots=True)
class Published:
    """What goes into every credential of an issuer: its digit list, and its revocation list if it has one."""

    digit_list: bytes
    revocation: OwnList | None

    def to_json(self, public_url: str) -> Json:
        """Say where both are published."""
        members: Json = {"digitList": parameters_url(public_url, self.digit_list)}
        if self.revocation is not None:
            members["revocationList"] = self.revocation.metadata.url
        return members


def is_blind(formats: Iterable[str], feature: Feature | None) -> bool:
    """Whether a holder's commitment is needed."""
    return BLIND in formats or feature is not None


def check_feature(formats: Iterable[str], feature: Feature | None) -> None:
    """Refuse a feature of a form that the profile has not (`issuer.feature`)."""
    if feature is not None and BBS_2023 not in formats:
        raise ApiError(
            "issuer.feature",
            f"bbs2023 chooses a feature of {BBS_2023}, which the profile does not issue",
            remedy=f"Put {BBS_2023} among the formats, or leave bbs2023 out.",
        )


def check_revocable(formats: Iterable[str], revocable: bool | None) -> bool | None:
    """Give what a profile says of revocation, in full: by default its credentials can be revoked so.

    Code `issuer.revocable`.
    """
    if BLIND in formats:
        return revocable is not False
    if revocable is not None:
        raise ApiError(
            "issuer.revocable",
            f"revocable says whether {BLIND} has a revocation identifier, and the profile has no such form",
            remedy="Leave revocable out; other forms are revoked by `status`.",
        )
    return None


def check_unlisted(formats: Iterable[str], feature: Feature | None) -> None:
    """Refuse what goes without a holder: rows of a table commit to nothing (`issue.commitment`)."""
    if is_blind(formats, feature):
        raise CredentialError(
            "issue.commitment",
            "the profile signs for one holder that has committed to its secrets, and a batch has none",
            remedy="make an offer for each person and issue with the commitment that comes back; "
            "or issue the batch by a profile without this form",
            clause="bbs-predicates-2026, 3",
        )


def typing_for(core: Core, schema: str | None, *, revocable: bool) -> Typing:
    """Type the slots of a profile's credentials. Codes issue.schema, schema.*, claims.*."""
    if schema is None:
        raise CredentialError(
            "issue.schema",
            f"{BLIND} types its slots by a schema, and the profile has none",
            remedy="give the profile a schema",
        )
    return typing_by(schema, core.known.schemas, width=WIDTH if revocable else None)


async def publish(core: Core, tenant: str, did: str, *, revocable: bool) -> Published:
    """Give the lists of an issuer, made now where there are none (`issuer.key-missing`)."""
    own = await lists.ensure_list(core, tenant, did) if revocable else None
    return Published(await parameters.ensure_digit_list(core, tenant, did), own)
