"""Settling rows: each becomes a credential or a refusal, signed in a thread and stored in one transaction.

Invariants:
- A row's result replaces its template in the transaction that counts it, and only while the row waits: there
  is one result for each row, whatever crashes or is tried again.
- Where the profile gives a status, a row's index is reserved and written beside it before anything is signed:
  what a crash interrupts is signed again with the same index, never with a second one.
- A row that is refused stops nothing; the others go on.
- A refusal says code, place and what was expected, and never the value of a claim.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import bindparam, select, update
from sqlmodel import col

from api.bulk import rows
from api.bulk.sealing import RESULT, TEMPLATE
from api.errors import ApiError
from api.keys.vault import Sealed
from api.logs import logger
from api.places import place_of
from api.problems import DomainError
from api.services import issuers
from api.services.issuers import Wanted
from api.services.status import allocating
from api.store.tables import Batch, BatchRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from api.bulk.rows import Found
    from api.bulk.sealing import BatchKey
    from api.services.core import Core
    from api.services.issuers import Profile, Settled
    from api.store.writer import Unit

OurError = (ApiError, *DomainError.__args__)
WAITING: Final = (
    select(
        col(BatchRow.number),
        col(BatchRow.key_digest),
        col(BatchRow.nonce),
        col(BatchRow.sealed),
        col(BatchRow.status),
    )
    .where(col(BatchRow.batch_id) == bindparam("id"), col(BatchRow.number) > bindparam("after"))
    .order_by(col(BatchRow.number))
    .limit(bindparam("most"))
)
_STORE: Final = (
    update(BatchRow)
    .where(
        col(BatchRow.batch_id) == bindparam("id"),
        col(BatchRow.number) == bindparam("row"),
        col(BatchRow.state) == rows.PENDING_ROW,
    )
    .values(state=bindparam("to"), nonce=bindparam("with"), sealed=bindparam("what"))
)
_RESERVE: Final = (
    update(BatchRow)
    .where(col(BatchRow.batch_id) == bindparam("id"), col(BatchRow.number) == bindparam("row"))
    .values(status=bindparam("given"))
)
_COUNT: Final = (
    update(Batch)
    .where(col(Batch.batch_id) == bindparam("id"))
    .values(
        issued=col(Batch.issued) + bindparam("good"),
        refused=col(Batch.refused) + bindparam("bad"),
        expires=bindparam("until"),
    )
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits, as stored; `status` is what was reserved for it, `refusal` why nothing can be."""

    number: int
    digest: bytes
    sealed: Sealed
    status: str | None = None
    refusal: ApiError | DomainError | None = None
    identifier: str | None = None

    @classmethod
    def of(cls, row: Row[*tuple[Any, ...]]) -> Waiting:
        """Read a row of `WAITING`."""
        return cls(row.number, row.key_digest, Sealed(row.nonce, row.sealed), row.status)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: the state that it gets, and its result, sealed."""

    number: int
    state: int
    sealed: Sealed


def check_some(core: Core, key: BatchKey, waiting: Sequence[Waiting], settled: Settled) -> list[Waiting]:
    """Find out which rows can be issued, ahead of their status. Runs in a thread."""
    return [row if row.status is not None else _checked(core, key, row, settled) for row in waiting]


def reserve(
    unit: Unit, core: Core, found: Found, profile: Profile, waiting: Sequence[Waiting]
) -> list[Waiting]:
    """Give an index to each row that can be issued and has none yet."""
    lacking = [row for row in waiting if row.status is None and row.refusal is None]
    named = [row.identifier for row in lacking]
    given = allocating.allocate_in(unit, core, found.tenant, profile.did, profile.status, named)
    texts = {
        row.number: orjson.dumps(issuers.status_of(one)).decode()
        for row, one in zip(lacking, given, strict=True)
    }
    values = [{"id": found.batch_id, "row": number, "given": text} for number, text in texts.items()]
    if values:
        unit.connection.execute(_RESERVE, values)
    return [replace(row, status=texts.get(row.number, row.status)) for row in waiting]


def sign_some(
    core: Core, key: BatchKey, waiting: Sequence[Waiting], settled: Settled, seconds: float
) -> list[Outcome]:
    """Settle rows in order, for about so long: the rest is for the next turn. Runs in a thread."""
    end = core.system.monotonic() + seconds
    outcomes: list[Outcome] = []
    for row in waiting:
        outcomes.append(_settle(key, row, partial(_signed, core, settled, row)))
        if core.system.monotonic() >= end:
            break
    return outcomes


def refuse_all(key: BatchKey, waiting: Sequence[Waiting], error: ApiError | DomainError) -> list[Outcome]:
    """Refuse rows for a reason that is the same for all. Runs in a thread."""

    def refuse(_content: dict[str, Any]) -> dict[str, object]:
        raise error

    return [_settle(key, row, refuse) for row in waiting]


def store(unit: Unit, core: Core, batch_id: str, outcomes: Sequence[Outcome]) -> int:
    """Keep what became of rows, count them, and end the batch if they were the last; gives how many."""
    found = unit.connection.execute(rows.FIND, {"id": batch_id}).first()
    if found is None or found.state == rows.ERASED:
        return 0
    fresh = [outcome for outcome in outcomes if outcome.number > found.issued + found.refused]
    if not fresh:
        return 0
    unit.connection.execute(
        _STORE,
        [
            {
                "id": batch_id,
                "row": outcome.number,
                "to": outcome.state,
                "with": outcome.sealed.nonce,
                "what": outcome.sealed.text,
            }
            for outcome in fresh
        ],
    )
    good = sum(outcome.state == rows.ISSUED_ROW for outcome in fresh)
    until = core.system.seconds() + core.settings.batch_hours * 3600
    unit.connection.execute(_COUNT, {"id": batch_id, "good": good, "bad": len(fresh) - good, "until": until})
    unit.connection.execute(rows.END, {"id": batch_id})
    return len(fresh)


def _settle(key: BatchKey, row: Waiting, work: Callable[[dict[str, Any]], dict[str, object]]) -> Outcome:
    content = orjson.loads(key.open(row.digest, TEMPLATE, row.sealed))
    result: dict[str, object] = {"row": row.number, "key": content["k"], "state": "issued"}
    state = rows.ISSUED_ROW
    try:
        result |= work(content)
    except OurError as error:
        state = rows.REFUSED_ROW
        result |= _refusal(error)
    except Exception as error:  # noqa: BLE001  one row that we did not foresee must not stop the others
        state = rows.REFUSED_ROW
        logger.error("batch.row-failed", error=type(error).__name__, batch=key.batch_id, row=row.number)
        failure = ApiError("internal.error", "the service failed at something it should not fail at")
        result |= _refusal(failure)
    return Outcome(row.number, state, key.seal(row.digest, RESULT, orjson.dumps(result)))


def _checked(core: Core, key: BatchKey, row: Waiting, settled: Settled) -> Waiting:
    credential = orjson.loads(key.open(row.digest, TEMPLATE, row.sealed))["c"]
    identifier = credential.get("id")
    try:
        issuers.check_allocatable(core, settled, credential)
    except OurError as error:
        return replace(row, refusal=error)
    return replace(row, identifier=identifier if isinstance(identifier, str) else None)


def _signed(core: Core, settled: Settled, row: Waiting, content: dict[str, Any]) -> dict[str, object]:
    if row.refusal is not None:
        raise row.refusal
    shown, credential = content["p"], content["c"]
    if row.status is not None:
        credential = {**credential, "credentialStatus": orjson.loads(row.status)}
    wanted = Wanted(None if shown is None else tuple(shown), content["h"])
    return issuers.sign(core, settled, credential, wanted)


def _refusal(error: ApiError | DomainError) -> dict[str, object]:
    members = {
        "code": error.code,
        "pointer": place_of(error.detail),
        "detail": error.detail,
        "remedy": error.remedy,
        "clause": error.clause,
    }
    return {"state": "refused", **{name: text for name, text in members.items() if text}}
