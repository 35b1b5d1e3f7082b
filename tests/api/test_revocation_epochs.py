"""Publishing an epoch: once however many ask, whole or not at all, and let go of when it has had its time."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from api.errors import ApiError
from api.services import evidence, housekeeping
from api.services.revocation import epochs, publishing
from api.services.revocation.serving import LASTS_SECONDS
from api.store.tables import EvidenceRow, RevocationEpoch

from .conftest import world
from .revocations import HOUR, again, epoch, holds, identifiers, issuer, later, mark, metadata, now_epoch

pytestmark = pytest.mark.anyio


@pytest.fixture
async def avow(tmp_path):
    async with world(tmp_path) as running:
        await issuer(running)
        yield running


def rows(running):
    found = select(RevocationEpoch.epoch, RevocationEpoch.digest, RevocationEpoch.content)
    return running.core.reader.all(found.order_by(col(RevocationEpoch.epoch)))


def logged(running):
    return len(running.core.reader.all(select(EvidenceRow.evidence_id)))


def counting(monkeypatch):
    made, real = [], publishing._packed

    def counted(*args):
        made.append(args)
        return real(*args)

    monkeypatch.setattr(publishing, "_packed", counted)
    return made


async def test_many_requests_make_an_epoch_once(avow, monkeypatch):
    made = counting(monkeypatch)
    number = now_epoch(avow)
    answers = await asyncio.gather(*(epoch(avow, number) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == len(made) == len(rows(avow)) == logged(avow) == 1


async def test_whoever_asked_may_go_and_the_epoch_is_made_all_the_same(avow, monkeypatch):
    begun, go_on, calls = asyncio.Event(), asyncio.Event(), []
    real = publishing._signed

    async def slow(*args):
        calls.append(args)
        begun.set()
        await go_on.wait()
        return await real(*args)

    monkeypatch.setattr(publishing, "_signed", slow)
    number = now_epoch(avow)
    asking = asyncio.create_task(avow.core.revocations.epoch(avow.core, avow.list.list_id, number))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    assert (await epoch(avow, number)).status_code == 200
    assert len(rows(avow)) == len(calls) == 1


async def test_what_is_acknowledged_before_is_in_the_file_and_what_comes_between_is_not(avow, monkeypatch):
    early, late = await identifiers(avow, 2)
    await mark(avow, early)
    real = publishing._packed

    def packed(*args):
        loop.call_soon_threadsafe(revoking.set)
        assert revoked.wait(10)
        return real(*args)

    loop, revoking, revoked = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    monkeypatch.setattr(publishing, "_packed", packed)
    number = now_epoch(avow)
    asking = asyncio.create_task(epoch(avow, number))
    await revoking.wait()
    await mark(avow, late)
    revoked.set()
    await asking
    assert not await holds(avow, number, early)
    assert await holds(avow, number, late)
    later(avow)
    assert not await holds(avow, number + 1, late)


async def test_a_crash_in_the_middle_leaves_nothing_and_the_next_start_makes_it(tmp_path, monkeypatch):
    async with world(tmp_path) as running:
        await issuer(running)
        [identifier] = await identifiers(running)
        await mark(running, identifier)

        def dies(unit, core, tenant, digest):
            real(unit, core, tenant, digest)
            raise ApiError("test.died", "between evidence and row")

        real = evidence.log_in
        monkeypatch.setattr(evidence, "log_in", dies)
        number = now_epoch(running)
        assert (await epoch(running, number)).status_code == 500
        assert (rows(running), logged(running)) == ([], 0)
        monkeypatch.setattr(evidence, "log_in", real)
        before = running
    async with world(tmp_path) as running:
        again(running, before)
        assert not await holds(running, number, identifier)
        assert (len(rows(running)), logged(running)) == (1, 1)


async def test_after_a_restart_an_epoch_is_the_same_whatever_was_revoked_since(tmp_path, monkeypatch):
    async with world(tmp_path) as running:
        await issuer(running)
        [identifier] = await identifiers(running)
        number = now_epoch(running)
        content = (await epoch(running, number)).content
        await mark(running, identifier)
        before = running
    made = counting(monkeypatch)
    async with world(tmp_path) as running:
        again(running, before)
        assert (await epoch(running, number)).content == content
        assert made == []
        assert (await metadata(running)) == running.list.metadata


async def test_a_stop_gives_up_what_is_being_made(tmp_path, monkeypatch):
    async with world(tmp_path) as running:
        await issuer(running)

        async def never(*_):
            await asyncio.Event().wait()

        monkeypatch.setattr(publishing, "_signed", never)
        asking = asyncio.create_task(epoch(running, now_epoch(running)))
        await asyncio.sleep(0.1)
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_full_pool_delays_an_epoch_and_does_not_fail_it(avow, monkeypatch):
    real, refusals = avow.core.pool.run, [1, 1, 1]

    async def run(work, *args, **kwargs):
        if refusals:
            refusals.pop()
            raise ApiError("service.busy", "full")
        return await real(work, *args, **kwargs)

    monkeypatch.setattr(publishing, "_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(avow.core.pool, "run", run)
    assert (await epoch(avow, now_epoch(avow))).status_code == 200
    assert refusals == []


async def test_the_present_epoch_and_the_one_before_are_served(avow):
    number = now_epoch(avow)
    contents = [(await epoch(avow, number)).content]
    later(avow)
    contents.append((await epoch(avow, number + 1)).content)
    assert (await epoch(avow, number)).content == contents[0] != contents[1]
    early = (await epoch(avow, number + 2)).json()
    assert early["code"] == "revocation.epoch-unknown"
    assert "has not begun" in early["detail"]
    later(avow)
    gone = await epoch(avow, number)
    assert (gone.status_code, gone.json()["code"]) == (410, "revocation.epoch-past")
    assert (await epoch(avow, number + 1)).content == contents[1]


async def test_an_epoch_that_nobody_published_stays_unpublished(avow):
    number = now_epoch(avow)
    later(avow)
    answer = await epoch(avow, number)
    assert (answer.status_code, answer.json()["code"]) == (404, "revocation.epoch-unknown")
    assert rows(avow) == []


async def test_housekeeping_publishes_for_lists_in_use(avow):
    await avow.core.revocations.publish_due(avow.core)
    assert rows(avow) == []
    await identifiers(avow)
    for _ in range(2):
        await avow.core.revocations.publish_due(avow.core)
        assert len(rows(avow)) == 1
    later(avow)
    await avow.core.revocations.publish_due(avow.core)
    assert len(rows(avow)) == logged(avow) == 2


async def test_one_list_that_fails_does_not_keep_the_others_from_being_published(avow, monkeypatch):
    await identifiers(avow)
    ill = avow.list
    await issuer(avow, "second")
    await identifiers(avow)
    real = publishing.publish

    async def publish(core, own, number):
        if own == ill:
            raise ApiError("keys.missing", "gone")
        return await real(core, own, number)

    monkeypatch.setattr(publishing, "publish", publish)
    await avow.core.revocations.publish_due(avow.core)
    assert len(rows(avow)) == 1
    avow.clock.offset -= 100 * HOUR  # before the first epoch
    await avow.core.revocations.publish_due(avow.core)


async def test_housekeeping_does_both(avow, monkeypatch):
    await identifiers(avow)
    real, done = avow.core.revocations.publish_due, asyncio.Queue()

    async def publish_due(core):
        await real(core)
        done.put_nowait(len(rows(avow)))

    monkeypatch.setattr(avow.core.revocations, "publish_due", publish_due)
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.01)
    task = asyncio.create_task(housekeeping.run(avow.core))
    assert await done.get() == 1
    later(avow, 2)
    while await done.get() < 2:
        pass
    assert [row.content is None for row in rows(avow)] == [True, False]
    task.cancel()


async def test_gap_files_go_when_they_are_not_served_any_more_and_rows_much_later(avow):
    number = now_epoch(avow)
    for each in range(3):
        await epoch(avow, number + each)
        later(avow)

    async def clean(seconds=0):
        now = avow.core.system.seconds() + seconds
        await avow.core.writer.run(lambda unit: epochs.clean(unit, now=now))
        return [row.content is not None for row in rows(avow)]

    assert await clean(-2 * HOUR) == [True, True, True]
    assert await clean() == [False, False, True]
    assert await clean(epochs.ROWS_KEPT_SECONDS - 2 * HOUR) == [False]
    assert await clean(epochs.ROWS_KEPT_SECONDS) == []
    assert logged(avow) == 3


async def test_an_epoch_whose_file_is_gone_is_never_made_a_second_time(avow):
    number = now_epoch(avow)
    await epoch(avow, number)
    now = avow.core.system.seconds() + 5 * HOUR
    await avow.core.writer.run(lambda unit: epochs.clean(unit, now=now))
    avow.core.revocations._epochs.clear()
    answer = await epoch(avow, number)
    assert (answer.status_code, answer.json()["code"]) == (410, "revocation.epoch-past")
    assert (len(rows(avow)), logged(avow)) == (1, 1)


async def test_a_file_that_was_changed_in_the_database_is_not_served(avow):
    number = now_epoch(avow)
    content = bytearray((await epoch(avow, number)).content)
    content[-1] ^= 1

    def change(unit):
        unit.connection.execute(update(RevocationEpoch).values(content=bytes(content)))

    await avow.core.writer.run(change)
    avow.core.revocations._epochs.clear()
    answer = await epoch(avow, number)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal.error")


async def test_metadata_are_signed_anew_when_half_their_time_has_passed(avow):
    async def etag():
        return (await avow.client.get(avow.list.metadata.url)).headers["etag"]

    first = await etag()
    avow.clock.offset += LASTS_SECONDS // 2 - 60
    assert await etag() == first
    avow.clock.offset += 120
    assert await etag() != first
    assert await metadata(avow) == avow.list.metadata
