"""What batches have in common: their states, how one is found, and how it ends.

    open ──close──► closed ──all rows settled──► done ───────┐
      └──cancel────► cancelling ──rest refused──► cancelled ─┴──erase or expiry──► erased ──► forgotten

Invariants:
- Rows are settled in the order of their numbers, so the first `issued + refused` rows are the settled ones,
  and a row's number is a cursor into results and events.
- A batch of another tenant, or of another profile, is unknown (`batch.unknown`).
- An erased batch is remembered a while, so that its Idempotency-Key does not issue everything again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, bindparam, case, select, update
from sqlmodel import col

from api.bulk.sealing import BatchKey, open_key
from api.errors import ApiError
from api.keys.vault import Sealed
from api.store.tables import Batch

if TYPE_CHECKING:
    from api.services.core import Caller, Core
    from api.services.idempotency import Json
    from api.store.writer import Unit

OPEN, CLOSED, DONE = "open", "closed", "done"
CANCELLING, CANCELLED, ERASED = "cancelling", "cancelled", "erased"
ENDED: Final = frozenset({DONE, CANCELLED})
PENDING_ROW, ISSUED_ROW, REFUSED_ROW = 0, 1, 2
ROW_STATES: Final = {PENDING_ROW: "pending", ISSUED_ROW: "issued", REFUSED_ROW: "refused"}

_settled = col(Batch.issued) + col(Batch.refused)
FIND: Final = select(
    col(Batch.batch_id),
    col(Batch.tenant),
    col(Batch.client_id),
    col(Batch.profile),
    col(Batch.settings),
    col(Batch.state),
    col(Batch.rows),
    col(Batch.issued),
    col(Batch.refused),
    col(Batch.nonce),
    col(Batch.wrapped),
    col(Batch.created),
    col(Batch.expires),
).where(col(Batch.batch_id) == bindparam("id"))
END: Final = (
    update(Batch)
    .where(
        col(Batch.batch_id) == bindparam("id"),
        col(Batch.state).in_((CLOSED, CANCELLING)),
        _settled == col(Batch.rows),
    )
    .values(state=case((col(Batch.state) == CLOSED, DONE), else_=CANCELLED))
)
"""A batch ends when nothing more can come and nothing waits."""


@dataclass(frozen=True, slots=True)
class Found:
    """A batch as it stood at one moment."""

    batch_id: str
    tenant: str
    client_id: str
    profile: str
    settings: str
    state: str
    rows: int
    issued: int
    refused: int
    sealed: Sealed | None
    created: int
    expires: int

    @classmethod
    def of(cls, row: Row[*tuple[Any, ...]]) -> Found:
        """Read a row of `FIND`."""
        sealed = None if row.wrapped is None else Sealed(row.nonce, row.wrapped)
        return cls(
            batch_id=row.batch_id,
            tenant=row.tenant,
            client_id=row.client_id,
            profile=row.profile,
            settings=row.settings,
            state=row.state,
            rows=row.rows,
            issued=row.issued,
            refused=row.refused,
            sealed=sealed,
            created=row.created,
            expires=row.expires,
        )

    @property
    def settled(self) -> int:
        """How many rows have a result: the first so many."""
        return self.issued + self.refused

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in ENDED

    def key(self, core: Core) -> BatchKey:
        """Open its key (`batch.erased`)."""
        if self.sealed is None:
            raise erased()
        return open_key(core, self.tenant, self.batch_id, self.sealed)

    def to_json(self) -> Json:
        """How far it has got, as answers show it."""
        return {
            "batch": self.batch_id,
            "profile": self.profile,
            "state": self.state,
            "rows": self.rows,
            "pending": self.rows - self.settled,
            "issued": self.issued,
            "refused": self.refused,
            "created": self.created,
            "expires": self.expires,
        }


def find(core: Core, caller: Caller, profile: str, batch_id: str) -> Found:
    """Find a batch of the caller's tenant (`batch.unknown`, `batch.erased`)."""
    return _owned(core.reader.first(FIND, {"id": batch_id}), caller, profile)


def find_in(unit: Unit, caller: Caller, profile: str, batch_id: str) -> Found:
    """Find it inside a command."""
    return _owned(unit.connection.execute(FIND, {"id": batch_id}).first(), caller, profile)


def touch(unit: Unit, core: Core, batch_id: str, **values: object) -> None:
    """Change a batch; whatever changes it, it is kept for the whole time again."""
    expires = core.system.seconds() + core.settings.batch_hours * 3600
    unit.connection.execute(
        update(Batch).where(col(Batch.batch_id) == batch_id).values(expires=expires, **values)
    )


def erased() -> ApiError:
    """Say that a batch was erased."""
    return ApiError(
        "batch.erased",
        "this batch was erased, or its time was over",
        remedy="What it issued is with whoever fetched it; issue anew under a fresh Idempotency-Key.",
    )


def _owned(row: Row[*tuple[Any, ...]] | None, caller: Caller, profile: str) -> Found:
    if row is None or row.tenant != caller.tenant or row.profile != profile:
        raise ApiError(
            "batch.unknown",
            "there is no batch of that name here",
            remedy="POST /issuers/{profile}/batches makes one.",
        )
    if row.state == ERASED:
        raise erased()
    return Found.of(row)
