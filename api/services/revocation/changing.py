"""Revoking and suspending by identifier: what an issuer kept of issuing, `{"list": URL, "identifier": n}`.

Invariants:
- as for status lists: a revocation is final, a suspension can be lifted, a repeat changes nothing and leaves
  no row; each change stands in `status_changes`, in one transaction with the state.
- a tenant reaches its own identifiers only; another's is unknown, as one that was never given out.
- a change counts from the next epoch on: gap files that are out stay as they are.

Not here: publishing (`publishing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency
from api.services.revocation.places import list_of, list_url
from api.services.status.changing import after, changes_of
from api.services.status.places import STATES
from api.store.tables import RevocationIdentifier, StatusChange
from credentials.status.faults import fault
from credentials.status.references import REVOCATION
from did.timestamps import format_timestamp

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that is asked for."""

    list_id: str
    identifier: int
    purpose: str
    value: bool


def is_meant(entry: JsonObject | None) -> bool:
    """Tell whether a `credentialStatus` names an identifier of a revocation list."""
    return entry is not None and "identifier" in entry


def wanted(core: Core, *, entry: JsonObject, value: bool) -> Wanted:
    """Read a request. Codes: status.entry, status.purpose, status.unknown."""
    url, identifier = entry.get("list"), entry.get("identifier")
    if not isinstance(url, str) or not isinstance(identifier, int) or isinstance(identifier, bool):
        raise fault("status.entry", "expected list, a URL, and identifier, an integer")
    if entry.keys() - {"list", "identifier", "statusPurpose"}:
        raise fault("status.entry", "expected list, identifier and statusPurpose, and nothing else")
    purpose = entry.get("statusPurpose", REVOCATION)
    if not isinstance(purpose, str) or purpose not in STATES:
        raise ApiError("status.purpose", f"statusPurpose must be one of {', '.join(STATES)}")
    list_id = list_of(core.settings.public_url, url)
    if list_id is None or not 0 < identifier < 1 << 32:
        raise _unknown()
    return Wanted(list_id, identifier, purpose, value)


async def change(core: Core, caller: Caller, asked: Wanted, key: Once | None) -> Json:
    """Set or lift a status. Codes: status.unknown, status.final."""
    return await idempotency.run(core, caller, key, partial(_change, core, caller, asked))


def history(core: Core, caller: Caller, list_id: str, identifier: int) -> Json:
    """The state of an identifier, and every change of it (`status.unknown`)."""
    row = core.reader.first(
        select(col(RevocationIdentifier.state), col(RevocationIdentifier.created)).where(
            col(RevocationIdentifier.list_id) == list_id,
            col(RevocationIdentifier.identifier) == identifier,
            col(RevocationIdentifier.tenant) == caller.tenant,
        )
    )
    if row is None:
        raise _unknown()
    return {
        "list": list_url(core.settings.public_url, list_id),
        "identifier": identifier,
        **{purpose: bool(row.state & bit) for purpose, bit in STATES.items()},
        "allocated": row.created,
        "changes": changes_of(core, list_id, identifier),
    }


def _change(core: Core, caller: Caller, asked: Wanted, unit: Unit) -> Json:
    this = (
        col(RevocationIdentifier.list_id) == asked.list_id,
        col(RevocationIdentifier.identifier) == asked.identifier,
        col(RevocationIdentifier.tenant) == caller.tenant,
    )
    state = unit.connection.execute(select(col(RevocationIdentifier.state)).where(*this)).scalar()
    if state is None:
        raise _unknown()
    now, new = core.system.now(), after(state, asked.purpose, value=asked.value)
    if new != state:
        at = core.system.seconds()
        unit.connection.execute(update(RevocationIdentifier).where(*this).values(state=new, changed=at))
        unit.connection.execute(
            insert(StatusChange).values(
                tenant=caller.tenant,
                list_id=asked.list_id,
                position=asked.identifier,
                purpose=asked.purpose,
                value=asked.value,
                client_id=caller.client_id,
                at=at,
            )
        )
    metadata = core.revocations.find(asked.list_id).metadata
    return {
        "credentialStatus": {
            "list": metadata.url,
            "identifier": asked.identifier,
            "statusPurpose": asked.purpose,
        },
        "status": asked.value,
        "changed": int(new != state),
        "at": format_timestamp(now),
        "effective": format_timestamp(metadata.begins(metadata.epoch_at(now) + 1)),
    }


def _unknown() -> ApiError:
    return ApiError(
        "status.unknown",
        "no credential with that identifier was issued here",
        remedy="Send list and identifier as they were kept when the credential was issued.",
    )
