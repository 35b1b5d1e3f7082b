"""Doing what time asks for: dropping what has had its time, publishing epochs.

Tokens, challenges, offers, stored answers, batches and gaps have their time.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete
from sqlmodel import col

from api.bulk import retention
from api.errors import ApiError
from api.logs import logger
from api.services.enrolment import offers
from api.services.idempotency import KEPT_SECONDS
from api.services.revocation import epochs
from api.store.tables import Answer, Challenge, Token

if TYPE_CHECKING:
    from api.services.core import Core
    from api.store.writer import Unit

EVERY_SECONDS: Final = 60.0
CHALLENGE_KEPT_SECONDS: Final = 3600
"""An expired challenge is remembered a while, to be called expired and not unknown."""


async def run(core: Core) -> None:
    """Clean up for ever."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            now = core.system.seconds()
            await core.writer.run(partial(clean, now=now))
            await core.writer.run(partial(retention.expire, now=now, keep=core.settings.batch_hours * 3600))
            core.bulk.wake()
            await core.writer.run(partial(epochs.clean, now=now))
            await core.revocations.publish_due(core)
        except ApiError as error:
            logger.warning("housekeeping.failed", reason=error.code, task="housekeeping")


def clean(unit: Unit, *, now: int) -> None:
    """Delete what expired before `now`."""
    for statement in (
        delete(Token).where(col(Token.expires) <= now),
        delete(Challenge).where(col(Challenge.expires) <= now - CHALLENGE_KEPT_SECONDS),
        delete(Answer).where(col(Answer.created) <= now - KEPT_SECONDS),
    ):
        unit.connection.execute(statement)
    offers.clean(unit, now=now)
