"""Publishing an epoch: its gaps signed, packed, stored and logged.

Invariants:
- what is revoked when the work begins is revoked in the file, so whatever was acknowledged before is in it;
  what comes later is in the next epoch's.
- gap file and evidence of its digest are one transaction: an epoch is published whole, or it is not, and a
  service that was killed in between makes it again. Once it is published, it never changes.
- signing happens in the pool, in pieces of some hundredths of a second, so that other work gets its turn.

Not here: which epoch is due, and who asked for it (`serving`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import bindparam, insert, select
from sqlmodel import col

from api.errors import ApiError
from api.logs import logger
from api.services import evidence
from api.services.revocation.lists import gap_key
from api.store.tables import RevocationEpoch, RevocationIdentifier
from credentials.revocation import WHOLE, EpochSummary, decode, summarize, whole_file
from zk.predicates.published.gaps import sign_gaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.services.core import Core
    from api.services.revocation.lists import OwnList
    from api.store.reader import Reader
    from api.store.writer import Unit
    from zk.predicates.published.gaps import Gap

Result = TypeVar("Result")
PIECE: Final = 128
"""Gaps signed in one go: about 40 ms."""
_PAUSE_SECONDS: Final = 0.2
_REVOKED: Final = select(col(RevocationIdentifier.identifier)).where(
    col(RevocationIdentifier.list_id) == bindparam("list_id"), col(RevocationIdentifier.state) > 0
)
_STORED: Final = select(
    col(RevocationEpoch.digest), col(RevocationEpoch.evidence_id), col(RevocationEpoch.content)
).where(
    col(RevocationEpoch.list_id) == bindparam("list_id"),
    col(RevocationEpoch.epoch) == bindparam("epoch"),
    col(RevocationEpoch.content).is_not(None),
)


@dataclass(frozen=True, slots=True)
class Published:
    """An epoch as it is served: summary, octets of the file and of each page, and the logged record's id."""

    summary: EpochSummary
    content: bytes
    pages: tuple[bytes, ...]
    evidence_id: str


async def publish(core: Core, own: OwnList, epoch: int) -> Published:
    """Make and store an epoch; durable when this returns. One call at a time for an epoch."""
    gaps = await _signed(core, own, epoch)
    summary, content, pages = await _patiently(core, partial(_packed, own, epoch, gaps))
    values = {
        "list_id": own.list_id,
        "epoch": epoch,
        "tenant": own.tenant,
        "digest": summary.digest,
        "revoked": summary.revoked,
        "gaps": summary.gaps,
        "content": content,
        "made": core.system.seconds(),
    }

    def command(unit: Unit) -> str:
        evidence_id = evidence.log_in(unit, core, own.tenant, summary.digest)
        unit.connection.execute(insert(RevocationEpoch).values(**values, evidence_id=evidence_id))
        return evidence_id

    evidence_id = await core.writer.run(command)
    logger.info("revocation.published", epoch=epoch, revoked=summary.revoked, gaps=summary.gaps)
    return Published(summary, content, pages, evidence_id)


async def load(core: Core, own: OwnList, epoch: int) -> Published | None:
    """Give an epoch that was published before; None where it was not, or its file is gone."""
    row = core.reader.first(_STORED, {"list_id": own.list_id, "epoch": epoch})
    if row is None or row.content is None:
        return None
    content: bytes = row.content
    summary, pages = await _patiently(core, partial(_unpacked, own, epoch, content))
    if summary.digest != row.digest:
        raise ApiError(
            "revocation.stored",
            "a gap file in the database is not the one that was logged",
            remedy="Restore the database from its backup.",
        )
    return Published(summary, content, pages, row.evidence_id)


def is_published(reader: Reader, own: OwnList, epoch: int) -> bool:
    """Tell whether an epoch was published."""
    found = select(col(RevocationEpoch.epoch)).where(
        col(RevocationEpoch.list_id) == own.list_id, col(RevocationEpoch.epoch) == epoch
    )
    return reader.first(found) is not None


async def _signed(core: Core, own: OwnList, epoch: int) -> list[Gap]:
    secret = gap_key(core, own)

    def begin() -> Iterator[Gap]:
        rows = core.reader.keyed(_REVOKED, {"list_id": own.list_id})
        revoked = [identifier for (identifier,) in rows]
        return sign_gaps(core.revocations.system, secret, revoked, scope=own.metadata.scope, epoch=epoch)

    signing = await _patiently(core, begin)
    gaps: list[Gap] = []
    while piece := await _patiently(core, lambda: list(islice(signing, PIECE))):
        gaps += piece
    return gaps


async def _patiently(core: Core, work: Callable[[], Result]) -> Result:
    """Run in the pool; where it is full, wait until it has room, since nobody else will do this."""
    while True:
        try:
            return await core.pool.run(work)
        except ApiError as error:
            if error.code != "service.busy":
                raise
        await asyncio.sleep(_PAUSE_SECONDS)


def _packed(own: OwnList, epoch: int, gaps: list[Gap]) -> tuple[EpochSummary, bytes, tuple[bytes, ...]]:
    file = whole_file(gaps, scope=own.metadata.scope, epoch=epoch)
    content = file.encode()
    summary, pages = summarize(file, content)
    return summary, content, pages


def _unpacked(own: OwnList, epoch: int, content: bytes) -> tuple[EpochSummary, tuple[bytes, ...]]:
    file = decode(content, expected_scope=own.metadata.scope, expected_epoch=epoch, expected_page=WHOLE)
    return summarize(file, content)
