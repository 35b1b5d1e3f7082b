"""Giving out indexes: random, never twice, durable before a credential leaves.

Invariants:
- an index is drawn uniformly among those of the list that are free, so it tells no order of issuance.
- the primary key of the row is what makes an index unique; one that was given out stays so, whether or not
  its credential was ever delivered.
- a list is full at seven eighths: beyond that, drawing a free index takes too many tries, and the credentials
  in a list are the crowd in which one of them hides.

Not here: what becomes of an entry (`api.services.status.changing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col

from api.services.core import digest
from api.services.status.places import ID_BYTES, Allocation, list_uri
from api.store.tables import StatusEntry, StatusList
from credentials.status.bitstring import MIN_ENTRIES
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services.core import Core
    from api.store.writer import Unit

ENTRIES: Final = MIN_ENTRIES
FULL: Final = ENTRIES * 7 // 8
_DRAWN_BYTES: Final = 3
_OPEN: Final = (
    select(col(StatusList.list_id), col(StatusList.allocated))
    .where(
        col(StatusList.tenant) == bindparam("tenant"),
        col(StatusList.did) == bindparam("did"),
        col(StatusList.purposes) == bindparam("purposes"),
        col(StatusList.allocated) < bindparam("full"),
    )
    .limit(1)
)
_TAKE: Final = sqlite_insert(StatusEntry).on_conflict_do_nothing()
_COUNT: Final = (
    update(StatusList)
    .where(col(StatusList.list_id) == bindparam("of"))
    .values(allocated=col(StatusList.allocated) + bindparam("more"))
)


async def allocate(
    core: Core, tenant: str, did: str, purposes: tuple[str, ...], credential_ids: Sequence[str | None]
) -> list[Allocation]:
    """Give out one index for each credential; durable when this returns.

    A credential's id, where it has one, finds its entry again; all forms of one credential share one index.
    """
    return await core.writer.run(lambda unit: allocate_in(unit, core, tenant, did, purposes, credential_ids))


def allocate_in(
    unit: Unit,
    core: Core,
    tenant: str,
    did: str,
    purposes: tuple[str, ...],
    credential_ids: Sequence[str | None],
) -> list[Allocation]:
    """Do the same inside a command of the caller's."""
    given: list[Allocation] = []
    while len(given) < len(credential_ids):
        list_id, room = _open_list(unit, core, tenant, did, purposes)
        some = credential_ids[len(given) : len(given) + room]
        uri = list_uri(core.settings.public_url, list_id)
        given += [
            Allocation(uri, _take(unit, core, tenant, list_id, identifier), purposes) for identifier in some
        ]
        unit.connection.execute(_COUNT, {"of": list_id, "more": len(some)})
    return given


def _open_list(unit: Unit, core: Core, tenant: str, did: str, purposes: tuple[str, ...]) -> tuple[str, int]:
    """A list with room, and how much it has; a fresh one where all are full."""
    names = " ".join(purposes)
    wanted = {"tenant": tenant, "did": did, "purposes": names, "full": FULL}
    row = unit.connection.execute(_OPEN, wanted).first()
    if row is not None:
        return row.list_id, FULL - row.allocated
    list_id = encode_base64url(core.system.random_bytes(ID_BYTES))
    unit.connection.execute(
        insert(StatusList).values(
            list_id=list_id,
            tenant=tenant,
            did=did,
            purposes=names,
            entries=ENTRIES,
            allocated=0,
            created=core.system.seconds(),
        )
    )
    return list_id, FULL


def _take(unit: Unit, core: Core, tenant: str, list_id: str, identifier: str | None) -> int:
    """Draw until a free index is met: at most eight times on average, when the list is nearly full."""
    row = {
        "list_id": list_id,
        "tenant": tenant,
        "state": 0,
        "credential_digest": None if identifier is None else digest(identifier),
        "created": core.system.seconds(),
    }
    while True:
        # A power of two divides what the bytes count, so each index is as likely as any other.
        index = int.from_bytes(core.system.random_bytes(_DRAWN_BYTES)) % ENTRIES
        if unit.connection.execute(_TAKE, {**row, "position": index}).rowcount:
            return index
