"""Being a witness: other logs show their checkpoints, and each that only extends the last one is cosigned.

Invariants:
- What is held of a log is compared and replaced within one command of the single writer, so of two requests
  from one size one wins and the other is told the new size.
- The cosignature is made after that command is durable, never before.
- A log that shows a second root for a size leaves evidence behind: both notes, in the data directory.

Not here: the decision (`did.registry.witness`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert, select, update
from sqlmodel import col

from api import files
from api.logs import logger
from api.services.policy_files import read_policy_file
from api.store.tables import SERVICE_TENANT, WitnessedRow
from did.errors import DidError
from did.keys import Ed25519Signer
from did.registry.judging import Evidence
from did.registry.note import Cosigner
from did.registry.policy import parse_logs
from did.registry.witness import (
    NOTHING,
    Accepted,
    AuthenticRequest,
    Witnessed,
    authenticate,
    by_origin,
    decide,
    parse_request,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from api.keys.secret import Secret
    from api.services.core import Core
    from api.settings import Settings
    from api.store.writer import Unit
    from did.registry.note import VerifierKey


@dataclass(frozen=True, slots=True)
class Witness:
    """This service as a witness: its key, and the keys of the logs that it serves, by origin."""

    cosigner: Cosigner
    logs: Mapping[str, tuple[VerifierKey, ...]]

    @classmethod
    def configured(cls, settings: Settings, secret: Secret) -> Witness:
        """Read AVOW_WITNESS_LOGS; without it no log is served (`settings.invalid`)."""
        path = settings.witness_logs
        logs = read_policy_file(path, "AVOW_WITNESS_LOGS", parse_logs) if path else ()
        cosigner = Cosigner(settings.witness_name, Ed25519Signer(secret.reveal()))
        return cls(cosigner, by_origin(logs))


async def add_checkpoint(core: Core, body: bytes) -> str:
    """Cosign a checkpoint (C2SP tlog-witness): the line, with its line feed. Codes ``witness.*``."""
    authentic = authenticate(parse_request(body), logs=core.witness.logs)
    now = core.system.seconds()
    try:
        accepted = await core.writer.run(lambda unit: _compare_and_persist(unit, authentic, now))
    except DidError as error:
        if error.code == "witness.forked":
            await _keep_evidence(core, authentic, error)
        raise
    return accepted.cosign(core.witness.cosigner).text


def _compare_and_persist(unit: Unit, authentic: AuthenticRequest, now: int) -> Accepted:
    """Decide by the stored checkpoint, and store the new one, in the writer's transaction."""
    origin = authentic.request.checkpoint.origin
    row = _row(unit.connection, origin)
    held = NOTHING if row is None else Witnessed(row.size, row.root)
    accepted = decide(authentic, held=held, now=now)
    values = {
        "size": accepted.checkpoint.size,
        "root": accepted.checkpoint.root,
        "note": accepted.note.text,
        "time": accepted.time,
    }
    if row is None:
        unit.connection.execute(insert(WitnessedRow).values(origin=origin, tenant=SERVICE_TENANT, **values))
    elif accepted.extends:
        unit.connection.execute(
            update(WitnessedRow).where(col(WitnessedRow.origin) == origin).values(**values)
        )
    return accepted


def _row(connection: Connection, origin: str) -> Row[*tuple[Any, ...]] | None:
    held = select(col(WitnessedRow.size), col(WitnessedRow.root))
    return connection.execute(held.where(col(WitnessedRow.origin) == origin)).first()


async def _keep_evidence(core: Core, authentic: AuthenticRequest, error: DidError) -> None:
    """Write both notes to a file that `avow log judge` checks; once for each log."""
    request = authentic.request
    origin = request.checkpoint.origin
    logger.error("witness.forked", origin=origin, size=request.checkpoint.size)
    held = core.reader.first(select(col(WitnessedRow.note)).where(col(WitnessedRow.origin) == origin))
    if held is None:
        return
    evidence = Evidence(notes=(held.note, request.note.text))
    value = evidence.to_json(code="log.forked", detail=error.detail, origin=origin)
    name = f"witness-fork-{hashlib.sha256(origin.encode()).hexdigest()[:12]}.json"
    await asyncio.to_thread(partial(_write_once, core.settings.data / name, orjson.dumps(value)))


def _write_once(path: Path, content: bytes) -> None:
    with contextlib.suppress(FileExistsError):
        files.write_new(path, content)
