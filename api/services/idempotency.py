"""Idempotency-Key: the first answer to a key is kept, sealed, in the transaction that made it.

The same key with the same request gets that answer again; with another request, `idempotency.mismatch`.
Stored answers may hold a secret or a claim, so they are sealed, and dropped after a day.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import Row, Select, insert, select, update
from sqlmodel import col

from api.errors import ApiError
from api.keys.vault import Label, Sealed
from api.services.core import Caller, Core, digest
from api.store.tables import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.store.writer import Unit

MAX_KEY: Final = 255
KEPT_SECONDS: Final = 86_400

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Once:
    """One request that carries a key."""

    key: bytes
    request: bytes


def once(key: str | None, *, method: str, path: str, body: bytes) -> Once | None:
    """Read the header; `idempotency.key` for one that is empty, long or not printable."""
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise ApiError("idempotency.key", f"an Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters")
    request = hashlib.sha256()
    for part in (method.encode(), path.encode(), body):
        request.update(len(part).to_bytes(8) + part)
    return Once(digest(key), request.digest())


def earlier(core: Core, caller: Caller, key: Once | None) -> Json | None:
    """The answer that this key got before, looked up ahead of any work."""
    if key is None:
        return None
    return _open(core, caller, key, core.reader.first(_query(caller, key)))


def keeping(
    core: Core, caller: Caller, key: Once | None, command: Callable[[Unit], Json]
) -> Callable[[Unit], Json]:
    """`command`, and its answer kept in the same transaction; or the earlier answer and no command."""
    if key is None:
        return command

    def guarded(unit: Unit) -> Json:
        before = _open(core, caller, key, unit.connection.execute(_query(caller, key)).first())
        if before is not None:
            return before
        answer = command(unit)
        sealed = core.vault.seal(_label(caller, key), orjson.dumps(answer))
        unit.connection.execute(
            insert(Answer).values(
                tenant=caller.tenant,
                client_id=caller.client_id,
                key_digest=key.key,
                request_digest=key.request,
                nonce=sealed.nonce,
                sealed=sealed.text,
                created=core.system.seconds(),
            )
        )
        return answer

    return guarded


async def run(core: Core, caller: Caller, key: Once | None, command: Callable[[Unit], Json]) -> Json:
    """Run `command` in the writer, at most once for this key."""
    return await core.writer.run(keeping(core, caller, key, command))


def forget_request(unit: Unit, *, tenant: str, client_id: str, key_digest: bytes) -> None:
    """Forget what was asked under a key, because its digest could confirm a guess; the key stays used.

    A repeat then gets `idempotency.mismatch`: never a second effect.
    """
    unit.connection.execute(
        update(Answer)
        .where(
            col(Answer.tenant) == tenant,
            col(Answer.client_id) == client_id,
            col(Answer.key_digest) == key_digest,
        )
        .values(request_digest=bytes(32))
    )


def _query(caller: Caller, key: Once) -> Select[bytes, bytes, bytes]:
    return select(col(Answer.request_digest), col(Answer.nonce), col(Answer.sealed)).where(
        col(Answer.tenant) == caller.tenant,
        col(Answer.client_id) == caller.client_id,
        col(Answer.key_digest) == key.key,
    )


def _label(caller: Caller, key: Once) -> Label:
    return Label(caller.tenant, f"{caller.client_id}/{key.key.hex()}", "answer", 1)


def _open(core: Core, caller: Caller, key: Once, row: Row[*tuple[Any, ...]] | None) -> Json | None:
    if row is None:
        return None
    if row.request_digest != key.request:
        raise ApiError(
            "idempotency.mismatch",
            "this Idempotency-Key was used for another request",
            remedy="Use a fresh key for each new request.",
        )
    found: Json = orjson.loads(core.vault.open(_label(caller, key), Sealed(row.nonce, row.sealed)))
    return found
