"""What is said of an epoch: counts and digests, when it lasts, and the receipt that its digest was logged.

Not here: the receipt's check, which is for whoever fetches it (`did.registry.receipt`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import ApiError
from api.services import evidence
from api.services.core import Caller
from did.registry.states import RegistryState
from did.timestamps import format_timestamp

if TYPE_CHECKING:
    from api.services.core import Core
    from api.services.idempotency import Json
    from api.services.revocation.publishing import Published


def summary_of(core: Core, published: Published, list_id: str) -> Json:
    """Give the summary of an epoch; once its digest is sealed, with the receipt."""
    own = core.revocations.find(list_id)
    epoch = published.summary.epoch
    issuer = Caller(own.tenant, "", frozenset())
    try:
        logged = evidence.by_id(core, issuer, published.evidence_id, RegistryState.SEALED)
    except ApiError as error:
        logged = {"state": error.code.partition(".")[2]}
    return {
        "list": own.metadata.url,
        **published.summary.to_json(),
        "begins": format_timestamp(own.metadata.begins(epoch)),
        "ends": format_timestamp(own.metadata.begins(epoch + 1)),
        "evidence": logged,
    }
