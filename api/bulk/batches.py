"""Batches as their clients see them: made once, filled in chunks, closed or cancelled, erased.

Invariants:
- An answer to rows means that they are durable: a crash loses none of them.
- A row is known by the key that its client gave. The same row sent again gets what is there; another row
  under that key is refused with its whole chunk (`batch.row-mismatch`), and nothing of it is kept.
- Whatever stands in a batch is sealed under its own key (`api.bulk.sealing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import func, insert, select
from sqlmodel import col

from api.bulk import rows
from api.bulk.rows import Found
from api.bulk.sealing import TEMPLATE, forget_key, new_key
from api.errors import ApiError
from api.services import issuers
from api.services.enrolment import profiles
from api.store.tables import Batch, BatchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.bulk.sealing import BatchKey
    from api.keys.vault import Sealed
    from api.services.core import Caller, Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.types import JsonObject

ID_BYTES: Final = 16
LISTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class NewRow:
    """One row as its client sends it: its own key for it, the template, and what is wanted beside."""

    key: str
    credential: JsonObject
    mandatory_pointers: tuple[str, ...] | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A row ready to be stored."""

    key: str
    key_digest: bytes
    content_digest: bytes
    sealed: Sealed


async def create(core: Core, caller: Caller, profile_name: str, key: Once | None) -> tuple[Json, bool]:
    """Make a batch, or find the one that this Idempotency-Key made; tells whether it is new.

    Codes `idempotency.key`, `idempotency.mismatch`, `issuer.*`, `issue.commitment`, `batch.limit`,
    `batch.erased`.
    """
    if key is None:
        raise ApiError(
            "idempotency.key",
            "a batch is made under an Idempotency-Key, so that it can be found again",
            remedy="Send the header with a text of your choosing, for instance a digest of your file.",
        )
    profile = issuers.get(core, caller, profile_name)
    profiles.check_unlisted(profile.formats, profile.feature)
    issuers.settle(core, caller, profile)
    batch_id = core.token(ID_BYTES)
    sealed = new_key(core, caller.tenant, batch_id)
    now = core.system.seconds()
    values = {
        "batch_id": batch_id,
        "tenant": caller.tenant,
        "client_id": caller.client_id,
        "key_digest": key.key,
        "request_digest": key.request,
        "profile": profile_name,
        "settings": orjson.dumps(profile.to_json()).decode(),
        "state": rows.OPEN,
        "rows": 0,
        "issued": 0,
        "refused": 0,
        "nonce": sealed.nonce,
        "wrapped": sealed.text,
        "created": now,
        "expires": now + core.settings.batch_hours * 3600,
    }

    def command(unit: Unit) -> tuple[Json, bool]:
        known = _earlier(unit, caller, profile_name, key)
        if known is not None:
            return known.to_json(), False
        _check_room(unit, core, caller)
        unit.connection.execute(insert(Batch).values(**values))
        return rows.find_in(unit, caller, profile_name, batch_id).to_json(), True

    return await core.writer.run(command)


def show(core: Core, caller: Caller, profile: str, batch_id: str) -> Json:
    """Say how far a batch has got."""
    return rows.find(core, caller, profile, batch_id).to_json()


def listed(core: Core, caller: Caller, profile: str) -> Json:
    """The batches of a profile that are kept, the newest first."""
    found = core.reader.all(
        select(*rows.FIND.selected_columns)
        .where(
            col(Batch.tenant) == caller.tenant,
            col(Batch.profile) == profile,
            col(Batch.state) != rows.ERASED,
        )
        .order_by(col(Batch.created).desc(), col(Batch.batch_id))
        .limit(LISTED)
    )
    return {"batches": [Found.of(row).to_json() for row in found]}


async def append(core: Core, caller: Caller, profile: str, batch_id: str, chunk: Sequence[NewRow]) -> Json:
    """Add rows; once this answers they are durable and will be settled.

    Codes `batch.closed`, `batch.rows`, `batch.row-mismatch`.
    """
    key = rows.find(core, caller, profile, batch_id).key(core)
    prepared = await core.pool.run(_prepare, key, chunk)

    def command(unit: Unit) -> Json:
        found = rows.find_in(unit, caller, profile, batch_id)
        known = _known(unit, batch_id, prepared)
        fresh = _fresh(prepared, known)
        if fresh:
            _check_open(core, found, len(fresh))
            _insert(unit, found, fresh, known)
            rows.touch(unit, core, batch_id, rows=found.rows + len(fresh))
        answers = [
            {"key": row.key, "row": number, "state": rows.ROW_STATES[state]}
            for row in prepared
            for number, state, _ in [known[row.key_digest]]
        ]
        return {"added": len(fresh), "rows": answers}

    answer = await core.writer.run(command)
    core.bulk.wake()
    return answer


async def close(core: Core, caller: Caller, profile: str, batch_id: str) -> Json:
    """Say that all rows are there; the batch is done when the last one is settled. Safe to repeat."""

    def command(unit: Unit) -> Json:
        found = rows.find_in(unit, caller, profile, batch_id)
        if found.state == rows.OPEN:
            rows.touch(unit, core, batch_id, state=rows.CLOSED)
            unit.connection.execute(rows.END, {"id": batch_id})
        return rows.find_in(unit, caller, profile, batch_id).to_json()

    return await core.writer.run(command)


async def cancel(core: Core, caller: Caller, profile: str, batch_id: str) -> Json:
    """Settle no more rows: those that wait are refused (`batch.cancelled`). Safe to repeat."""

    def command(unit: Unit) -> Json:
        found = rows.find_in(unit, caller, profile, batch_id)
        if not found.ended:
            rows.touch(unit, core, batch_id, state=rows.CANCELLING)
            unit.connection.execute(rows.END, {"id": batch_id})
        return rows.find_in(unit, caller, profile, batch_id).to_json()

    answer = await core.writer.run(command)
    core.bulk.wake()
    return answer


async def erase(core: Core, caller: Caller, profile: str, batch_id: str) -> Json:
    """Forget what a batch was sent and what it gave: nothing of it can be read once this answers."""

    def command(unit: Unit) -> Json:
        rows.find_in(unit, caller, profile, batch_id)
        rows.touch(unit, core, batch_id, state=rows.ERASED, nonce=None, wrapped=None)
        unit.after_commit(lambda: forget_key(core, caller.tenant, batch_id))
        return {"batch": batch_id, "state": rows.ERASED}

    answer = await core.writer.run(command)
    core.bulk.wake()
    return answer


def _earlier(unit: Unit, caller: Caller, profile: str, key: Once) -> Found | None:
    row = unit.connection.execute(
        select(col(Batch.batch_id), col(Batch.request_digest)).where(
            col(Batch.tenant) == caller.tenant,
            col(Batch.client_id) == caller.client_id,
            col(Batch.key_digest) == key.key,
        )
    ).first()
    if row is None:
        return None
    if row.request_digest != key.request:
        raise ApiError(
            "idempotency.mismatch",
            "this Idempotency-Key was used for another request",
            remedy="Use a fresh key for each new batch.",
        )
    return rows.find_in(unit, caller, profile, row.batch_id)


def _check_room(unit: Unit, core: Core, caller: Caller) -> None:
    kept = unit.connection.execute(
        select(func.count())
        .select_from(Batch)
        .where(col(Batch.tenant) == caller.tenant, col(Batch.state) != rows.ERASED)
    ).scalar_one()
    if kept >= core.settings.batches_at_a_time:
        raise ApiError(
            "batch.limit",
            f"{kept} batches are kept here, and that is as many as there may be",
            remedy="Fetch the results of one that is done, then DELETE it.",
        )


def _prepare(key: BatchKey, chunk: Sequence[NewRow]) -> list[_Prepared]:
    prepared = []
    for row in chunk:
        members = {"c": row.credential, "p": row.mandatory_pointers, "h": row.holder}
        content = orjson.dumps({"k": row.key, **members})
        digest = key.row_digest(row.key)
        sealed = key.seal(digest, TEMPLATE, content)
        prepared.append(_Prepared(row.key, digest, key.content_digest(content), sealed))
    return prepared


def _known(unit: Unit, batch_id: str, prepared: Sequence[_Prepared]) -> dict[bytes, tuple[int, int, bytes]]:
    """Number, state and content of the rows that are there already, by the digest of their keys."""
    found = unit.connection.execute(
        select(
            col(BatchRow.key_digest), col(BatchRow.number), col(BatchRow.state), col(BatchRow.content_digest)
        ).where(
            col(BatchRow.batch_id) == batch_id,
            col(BatchRow.key_digest).in_([row.key_digest for row in prepared]),
        )
    )
    return {row.key_digest: (row.number, row.state, row.content_digest) for row in found}


def _fresh(
    prepared: Sequence[_Prepared], known: dict[bytes, tuple[int, int, bytes]]
) -> dict[bytes, _Prepared]:
    """The rows that are not there yet, in order."""
    fresh: dict[bytes, _Prepared] = {}
    for place, row in enumerate(prepared):
        there = known[row.key_digest][2] if row.key_digest in known else None
        if there is None:
            there = fresh.setdefault(row.key_digest, row).content_digest
        if there != row.content_digest:
            raise ApiError(
                "batch.row-mismatch",
                f"/rows/{place}: another row was sent under this key; nothing of this chunk was kept",
                remedy="Give each row a key of its own, and repeat a row unchanged.",
            )
    return fresh


def _check_open(core: Core, found: Found, more: int) -> None:
    if found.state != rows.OPEN:
        raise ApiError(
            "batch.closed",
            f"the batch is {found.state} and takes no further rows",
            remedy="Make another batch for them.",
        )
    if found.rows + more > core.settings.batch_rows:
        raise ApiError(
            "batch.rows",
            f"a batch has at most {core.settings.batch_rows} rows",
            remedy="Make another batch for the rest.",
        )


def _insert(
    unit: Unit,
    found: Found,
    fresh: dict[bytes, _Prepared],
    known: dict[bytes, tuple[int, int, bytes]],
) -> None:
    """Store rows, and enter them under what is known."""
    stored = []
    for number, row in enumerate(fresh.values(), found.rows + 1):
        known[row.key_digest] = (number, rows.PENDING_ROW, row.content_digest)
        stored.append(
            {
                "batch_id": found.batch_id,
                "number": number,
                "tenant": found.tenant,
                "key_digest": row.key_digest,
                "content_digest": row.content_digest,
                "state": rows.PENDING_ROW,
                "nonce": row.sealed.nonce,
                "sealed": row.sealed.text,
            }
        )
    unit.connection.execute(insert(BatchRow), stored)
