"""Setting and lifting a status: by the credential's id, or by its entry; and who did it when.

Invariants:
- a revocation is final; a suspension can be lifted. A repeat changes nothing and leaves no row.
- state and audit row are one transaction; memory follows after its commit.
- a tenant reaches its own entries only; another's is unknown, as one that was never given out.
- where two credentials have one id, the change is for both: whoever revokes an id means all that bears it.

Not here: lists (`api.services.status.lists`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import idempotency
from api.services.core import digest
from api.services.status.places import REVOKED, STATES, Place, list_uri, place_of, purpose_uri
from api.store.tables import StatusChange, StatusEntry, StatusList
from credentials.limits import LIMITS
from credentials.status import publishing
from credentials.status.references import REVOCATION, bitstring_reference, token_reference
from did.timestamps import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that is asked for: of the entry at an index, or of all with a credential's id."""

    purpose: str
    value: bool
    place: Place | None = None
    index: int = 0
    credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    list_id: str
    index: int
    state: int
    purposes: tuple[str, ...]


def wanted(core: Core, *, credential_id: str | None, entry: JsonObject | None, value: bool) -> Wanted:
    """Read a request. Codes: request.invalid, status.entry, status.unknown, status.purpose."""
    if credential_id is None and entry is None:
        raise ApiError("request.invalid", "give credentialId, credentialStatus, or both")
    if entry is None or not ("status_list" in entry or "statusListIndex" in entry):
        purpose = REVOCATION if entry is None else entry.get("statusPurpose", REVOCATION)
        return Wanted(_purpose(purpose), value, credential_id=credential_id)
    if "status_list" in entry:
        reference = token_reference({"status": {"status_list": entry["status_list"]}}, limits=LIMITS)
        assert reference is not None
        purpose, uri, index = entry.get("statusPurpose", REVOCATION), reference.uri, reference.index
    else:
        found = bitstring_reference({"statusPurpose": REVOCATION, **entry}, limits=LIMITS)
        purpose, uri, index = found.purpose, found.uri, found.index
    place = place_of(core.settings.public_url, uri)
    if place is None:
        raise _unknown()
    return Wanted(_purpose(purpose), value, place, index, credential_id)


async def change(core: Core, caller: Caller, asked: Wanted, key: Once | None) -> Json:
    """Set or lift a status. Codes: status.unknown, status.purpose, status.final."""
    return await idempotency.run(core, caller, key, partial(_change, core, caller, asked))


def history(core: Core, caller: Caller, list_id: str, index: int) -> Json:
    """The state of an entry, and every change of it (`status.unknown`)."""
    row = core.reader.first(
        select(col(StatusEntry.state), col(StatusEntry.created)).where(
            col(StatusEntry.list_id) == list_id,
            col(StatusEntry.position) == index,
            col(StatusEntry.tenant) == caller.tenant,
        )
    )
    if row is None:
        raise _unknown()
    return {
        "statusListCredential": list_uri(core.settings.public_url, list_id),
        "statusListIndex": str(index),
        **{purpose: bool(row.state & bit) for purpose, bit in STATES.items()},
        "allocated": row.created,
        "changes": changes_of(core, list_id, index),
    }


def changes_of(core: Core, list_id: str, position: int) -> list[Json]:
    """Every change of an entry, oldest first."""
    rows = core.reader.all(
        select(
            col(StatusChange.purpose),
            col(StatusChange.value),
            col(StatusChange.client_id),
            col(StatusChange.at),
        )
        .where(col(StatusChange.list_id) == list_id, col(StatusChange.position) == position)
        .order_by(col(StatusChange.number))
    )
    return [
        {"statusPurpose": each.purpose, "status": each.value, "client": each.client_id, "at": each.at}
        for each in rows
    ]


def after(state: int, purpose: str, *, value: bool) -> int:
    """The state that follows when a purpose is set or lifted (`status.final`)."""
    if purpose == REVOCATION and not value and state & REVOKED:
        raise ApiError(
            "status.final",
            "a revocation is final",
            remedy="Issue a new credential; suspend where you may want to lift it again.",
        )
    return state | STATES[purpose] if value else state & ~STATES[purpose]


def _change(core: Core, caller: Caller, asked: Wanted, unit: Unit) -> Json:
    found = _find(unit, caller, asked)
    states = [(entry, _after(entry, asked)) for entry in found]
    changed = [(entry, state) for entry, state in states if state != entry.state]
    for entry, state in changed:
        _write(unit, core, caller, entry, asked, state)
    public = core.settings.public_url
    shown = [
        publishing.entry(
            uri=purpose_uri(list_uri(public, entry.list_id), asked.purpose),
            index=entry.index,
            purpose=asked.purpose,
        )
        for entry in found
    ]
    return {
        "credentialStatus": shown[0] if len(shown) == 1 else shown,
        "status": asked.value,
        "changed": len(changed),
        "at": format_timestamp(core.system.now()),
    }


def _after(entry: _Entry, asked: Wanted) -> int:
    """The state that an entry gets."""
    if asked.purpose not in entry.purposes:
        raise ApiError(
            "status.purpose",
            f"the credential has no status for {asked.purpose}",
            remedy="Revoke it, or issue with a profile whose status has that purpose.",
        )
    return after(entry.state, asked.purpose, value=asked.value)


def _write(unit: Unit, core: Core, caller: Caller, entry: _Entry, asked: Wanted, state: int) -> None:
    unit.connection.execute(
        update(StatusEntry)
        .where(col(StatusEntry.list_id) == entry.list_id, col(StatusEntry.position) == entry.index)
        .values(state=state)
    )
    unit.connection.execute(
        insert(StatusChange).values(
            tenant=caller.tenant,
            list_id=entry.list_id,
            position=entry.index,
            purpose=asked.purpose,
            value=asked.value,
            client_id=caller.client_id,
            at=core.system.seconds(),
        )
    )
    unit.after_commit(partial(core.statuses.follow, entry.list_id, entry.index, state))


def _find(unit: Unit, caller: Caller, asked: Wanted) -> Sequence[_Entry]:
    where: list[ColumnElement[bool]] = [col(StatusEntry.tenant) == caller.tenant]
    if asked.place is not None:
        where += [
            col(StatusEntry.list_id) == asked.place.list_id,
            col(StatusEntry.position) == asked.index,
        ]
    if asked.credential_id is not None:
        where.append(col(StatusEntry.credential_digest) == digest(asked.credential_id))
    rows = unit.connection.execute(
        select(
            col(StatusEntry.list_id),
            col(StatusEntry.position),
            col(StatusEntry.state),
            col(StatusList.purposes),
        )
        .join(StatusList, col(StatusList.list_id) == col(StatusEntry.list_id))
        .where(*where)
    ).all()
    if not rows:
        raise _unknown()
    return [_Entry(row.list_id, row.position, row.state, tuple(row.purposes.split())) for row in rows]


def _purpose(value: object) -> str:
    if not isinstance(value, str) or value not in STATES:
        raise ApiError("status.purpose", f"statusPurpose must be one of {', '.join(STATES)}")
    return value


def _unknown() -> ApiError:
    return ApiError(
        "status.unknown",
        "no credential of that id or entry was issued here with a status",
        remedy="Send the credential's own credentialStatus, or the id that it was issued with.",
    )
