"""What has had its time is dropped, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from api.services import housekeeping
from api.services.idempotency import KEPT_SECONDS
from api.store.tables import Answer, Challenge, Token

from .conftest import world

pytestmark = pytest.mark.anyio


async def test_expired_rows_go(tmp_path):
    async with world(tmp_path) as avow:
        await avow.post("/challenges", {"domain": "x"}, status=201, headers={"Idempotency-Key": "k"})

        def counts():
            tables = (Token, Challenge, Answer)
            return [avow.core.reader.first(select(func.count()).select_from(t))[0] for t in tables]

        async def after(seconds):
            now = avow.core.system.seconds() + seconds
            await avow.core.writer.run(lambda unit: housekeeping.clean(unit, now=now))
            return counts()

        assert counts() == [1, 1, 1]
        assert await after(0) == [1, 1, 1]
        assert await after(901) == [0, 1, 1]
        assert await after(300 + housekeeping.CHALLENGE_KEPT_SECONDS) == [0, 0, 1]
        assert await after(KEPT_SECONDS + 1) == [0, 0, 0]
