"""Evidence: digests that callers bring, committed to with a salt and logged; receipts; erasure.

Registry protocol version 1, sections 9.1 and 9.2.

Invariants:
- Leaf and record are one transaction: 201 means that both are durable, for the whole batch or for nothing.
- The log sees salted commitments only. The salt is made here, one for each digest, also of equal digests.
- A tenant sees and erases its own records only; another's is unknown, as a random id is.
- Answers to POST hold no digest, so an Idempotency-Key's stored answer has none to erase.

Not here: the receipt's form (`did.registry.receipt`), sealing and anchoring (`api.registry`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update
from sqlmodel import col

from api.errors import ApiError, RefusedError
from api.services import idempotency
from api.services.core import Caller
from api.store.tables import EvidenceRow
from did.encoding import decode_base64url, encode_base64url
from did.errors import DidError
from did.registry.entries import Evidence, evidence_commitment
from did.registry.receipt import EvidenceSubject, Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row

    from api.services.core import Core
    from api.services.idempotency import Json, Once
    from api.store.writer import Unit
    from did.registry.states import RegistryState

INLINE: Final = 50
"""Batches up to here take less than a millisecond to prepare and need no thread."""
DIGEST_BYTES: Final = 32
SALT_BYTES: Final = 32
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """One digest with its fresh id and salt, and the leaf that commits to it."""

    evidence_id: str
    digest: bytes
    salt: bytes
    entry: Evidence


async def log_one(core: Core, caller: Caller, digest: str, key: Once | None) -> Json:
    """Log one digest; codes `evidence.digest`, `idempotency.*`."""
    return await _log(core, caller, {"/digest": digest}, key, lambda records: records[0])


async def log_batch(core: Core, caller: Caller, digests: Sequence[str], key: Once | None) -> Json:
    """Log digests side by side in their order; codes `evidence.digest`, `idempotency.*`."""
    placed = {f"/digests/{at}": digest for at, digest in enumerate(digests)}
    return await _log(core, caller, placed, key, lambda records: {"evidence": records})


def by_id(core: Core, caller: Caller, evidence_id: str, wanted: RegistryState) -> Json:
    """A record with its state and, once sealed, its receipt; codes `evidence.unknown`, `evidence.erased`."""
    return _shown(core, _find(core, caller, col(EvidenceRow.evidence_id) == evidence_id), wanted)


def by_digest(core: Core, caller: Caller, digest: str, wanted: RegistryState) -> Json:
    """As `by_id`, the first record that the tenant logged of a digest; `evidence.digest` where it is none."""
    found = parse_digest(digest, where="query", pointer="/digest")
    return _shown(core, _find(core, caller, col(EvidenceRow.digest) == found), wanted)


async def erase(core: Core, caller: Caller, evidence_id: str) -> Json:
    """Delete digest and salt for ever, and what could confirm a guess of them; a repeat changes nothing."""
    where = (col(EvidenceRow.evidence_id) == evidence_id, col(EvidenceRow.tenant) == caller.tenant)

    def command(unit: Unit) -> Json:
        row = unit.connection.execute(
            select(col(EvidenceRow.log_index), col(EvidenceRow.client_id), col(EvidenceRow.key_digest)).where(
                *where
            )
        ).first()
        if row is None:
            raise _unknown()
        if row.key_digest is not None:
            idempotency.forget_request(
                unit, tenant=caller.tenant, client_id=row.client_id, key_digest=row.key_digest
            )
        unit.connection.execute(
            update(EvidenceRow).where(*where).values(digest=None, salt=None, client_id=None, key_digest=None)
        )
        return {"id": evidence_id, "state": "erased", "logIndex": row.log_index}

    return await core.writer.run(command)


def log_in(unit: Unit, core: Core, tenant: str, digest: bytes) -> str:
    """Log a digest of the service's own making for a tenant, inside a command; gives the record's id."""
    service = Caller(tenant, "", frozenset())
    [stored] = _store(core, service, [_salted(digest, core.system.random_bytes)], None, unit)
    return str(stored["id"])


def parse_digest(text: str, *, where: str, pointer: str) -> bytes:
    """Read a SHA-256 digest in canonical base64url; `evidence.digest` says where it stood in the request."""
    try:
        digest = decode_base64url(text, max_bytes=DIGEST_BYTES)
    except DidError as error:
        detail = error.detail
    else:
        if len(digest) == DIGEST_BYTES:
            return digest
        detail = f"{len(digest)} bytes"
    if len(text) == 2 * DIGEST_BYTES:
        detail = "64 characters, as hexadecimal has"
    raise RefusedError(
        "evidence.digest",
        f"{where} {pointer}: expected {DIGEST_BYTES} bytes in base64url, found {detail}",
        remedy="Send the SHA-256 digest in base64url without padding: 43 characters.",
        clause="registry 9.2",
        members={"errors": [{"in": where, "pointer": pointer, "detail": detail}]},
    )


async def _log(
    core: Core,
    caller: Caller,
    placed: Mapping[str, str],
    key: Once | None,
    answer: Callable[[list[Json]], Json],
) -> Json:
    """Log digests, given by their JSON pointers in the request."""
    before = idempotency.earlier(core, caller, key)
    if before is not None:
        return before
    work = partial(_prepare, placed, core.system.random_bytes)
    prepared = work() if len(placed) <= INLINE else await core.pool.run(work)

    def command(unit: Unit) -> Json:
        return answer(_store(core, caller, prepared, key, unit))

    return await idempotency.run(core, caller, key, command)


def _prepare(placed: Mapping[str, str], random_bytes: Callable[[int], bytes]) -> list[Prepared]:
    prepared = []
    for pointer, text in placed.items():
        digest = parse_digest(text, where="body", pointer=pointer)
        prepared.append(_salted(digest, random_bytes))
    return prepared


def _salted(digest: bytes, random_bytes: Callable[[int], bytes]) -> Prepared:
    salt = random_bytes(SALT_BYTES)
    entry = Evidence(evidence_commitment(salt, digest))
    return Prepared(encode_base64url(random_bytes(ID_BYTES)), digest, salt, entry)


def _store(
    core: Core, caller: Caller, prepared: Sequence[Prepared], key: Once | None, unit: Unit
) -> list[Json]:
    """Write leaves and records."""
    entries = [each.entry for each in prepared]
    first = core.registry.sequencer.append_all(unit, entries, tenant=caller.tenant)
    rows = [
        {
            "evidence_id": each.evidence_id,
            "tenant": caller.tenant,
            "log_index": index,
            "digest": each.digest,
            "salt": each.salt,
            "client_id": None if key is None else caller.client_id,
            "key_digest": None if key is None else key.key,
        }
        for index, each in enumerate(prepared, first)
    ]
    unit.connection.execute(insert(EvidenceRow), rows)
    return [{"id": row["evidence_id"], "state": "logged", "logIndex": row["log_index"]} for row in rows]


def _find(core: Core, caller: Caller, wanted: ColumnElement[bool]) -> Row[*tuple[Any, ...]]:
    row = core.reader.first(
        select(
            col(EvidenceRow.evidence_id),
            col(EvidenceRow.log_index),
            col(EvidenceRow.digest),
            col(EvidenceRow.salt),
        )
        .where(wanted, col(EvidenceRow.tenant) == caller.tenant)
        .order_by(col(EvidenceRow.log_index))
        .limit(1)
    )
    if row is None:
        raise _unknown()
    return row


def _shown(core: Core, row: Row[*tuple[Any, ...]], wanted: RegistryState) -> Json:
    if row.digest is None or row.salt is None:
        raise RefusedError(
            "evidence.erased",
            "digest and salt were erased: the leaf in the log says nothing any more",
            members={"logIndex": row.log_index},
        )
    opening = Opening(EvidenceSubject(row.digest), row.salt)
    evidence = core.registry.receipt(row.log_index, opening, wanted)
    shown: Json = {
        "id": row.evidence_id,
        "digest": encode_base64url(row.digest),
        **evidence.reached,
        "logIndex": row.log_index,
        "assurance": core.registry.assurance,
    }
    if evidence.proof is not None:
        shown |= {"receipt": evidence.proof, "receiptState": evidence.shows}
    return shown


def _unknown() -> ApiError:
    return ApiError(
        "evidence.unknown", "there is no such evidence here", remedy="POST /evidence logs a digest."
    )
