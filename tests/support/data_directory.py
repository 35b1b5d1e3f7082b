"""A data directory as a real service left it: DIDs, updates, evidence, several batches, an embedded chain."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import sqlite3

from api.recovery.checking import Check
from api.recovery.mending import mend
from api.recovery.recovering import Given, Recovery
from api.recovery.sources import FolderSource
from api.settings import Settings
from api.store.lock import DataLock
from api.system import System
from did.encoding import encode_base64url
from tests.api.conftest import world
from tests.api.test_dids import settled
from tests.api.test_tiles import written

DIGESTS = [encode_base64url(hashlib.sha256(b"%d" % number).digest()) for number in range(300)]


def build(folder):
    """Make ``folder/data``, and beside it ``folder/older``: the same directory in the middle of its life."""
    asyncio.run(_first(folder / "data"))
    shutil.copytree(folder / "data", folder / "older")
    asyncio.run(_second(folder / "data"))


async def _first(data):
    async with world(data, chain="embedded") as avow:
        for name in ("one", "two"):
            made = await avow.post("/dids", {"name": name}, status=201)
            await settled(avow, made["did"])
        await avow.post("/evidence", {"digest": DIGESTS[0]}, status=201)
        await anchored(avow)


async def _second(data):
    async with world(data, chain="embedded") as avow:
        await avow.post("/dids/one/update", {"rotate": True})
        await avow.post("/dids", {"name": "three"}, status=201)
        await anchored(avow)
        await avow.post("/evidence", {"digests": DIGESTS}, status=201)
        await anchored(avow)
        await avow.post("/dids/two/deactivate", {})
        await avow.post("/dids/three/update", {"rotate": True})
        await anchored(avow)


async def anchored(avow):
    """Wait until all that is logged is sealed, signed, anchored and published, and nothing more comes."""
    registry, since = avow.core.registry, 0
    seen = None
    for _ in range(3000):
        newest, signed = registry._publisher.anchored, registry._sealer.signed
        sizes = {registry.sequencer.size, signed.size, newest.size if newest and newest.final else 0}
        since = since + 1 if len(sizes) == 1 and sizes == seen else 0
        seen = sizes
        if since == 10:
            await written(avow)
            return signed.size
        await asyncio.sleep(0.02)
    raise AssertionError("the log was never anchored")


def settings_of(data, **more):
    """The settings of the service that made a directory."""
    return Settings.checked({"data": data, "chain": "embedded", **more})


@contextlib.contextmanager
def unwatched(_what, _total):
    yield lambda _amount: None


def check(data, *, deep=None, call=None, **more):
    """Every check of a directory."""
    with DataLock(data):
        return Check(settings_of(data, **more), System(), deep=deep, call=call, watch=unwatched).run()


def repair(data, **more):
    """What `avow fsck --repair` does."""
    settings = settings_of(data, **more)
    with DataLock(data):
        run = Check(settings, System(), deep=None, call=None, watch=unwatched)
        wanted = {each for checked in run.run() for each in checked.findings.mends}
        mend(settings, wanted, policy=run.policy, watch=unwatched)


def codes(data, **more):
    """How often each code is found."""
    found = {}
    for checked in check(data, **more):
        for code, count in checked.findings.counts.items():
            found[code] = found.get(code, 0) + count
    return found


def recover(data, source, *, policy=None, call=None, register_lost=False, keys_lost=False, **more):
    """Bring the database back; the source is a directory or a source."""
    copy = source if hasattr(source, "tile") else FolderSource(source)
    given = Given(policy, call, register_lost=register_lost, keys_lost=keys_lost)
    with DataLock(data):
        return Recovery(settings_of(data, **more), System(), copy, given, watch=unwatched).run()


def sql(data, statement, *values):
    """Change the database behind the service's back; gives rows."""
    with contextlib.closing(sqlite3.connect(data / "avow.sqlite3", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def lose(data):
    """Lose the database."""
    for file in data.glob("avow.sqlite3*"):
        file.unlink()
