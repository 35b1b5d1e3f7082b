"""The single writer: group commit, savepoints, and what a rollback leaves behind (nothing)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from api.errors import ApiError
from api.store.engine import reading_engine, writing_engine
from api.store.migrate import migrate
from api.store.reader import Reader
from api.store.tables import Meta
from api.store.writer import Unit, Writer

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "avow.sqlite3"
    engine = writing_engine(path)
    with engine.connect() as connection:
        migrate(connection)
    yield path, engine
    engine.dispose()


@pytest.fixture
def writer(database):
    writer = Writer(database[1])
    writer.start()
    yield writer
    writer.close()


def names(path):
    with sqlite3.connect(path) as connection:
        found = {row[0] for row in connection.execute("select name from meta")}
    connection.close()
    return found


def put(name):
    def command(unit: Unit) -> str:
        unit.connection.execute(insert(Meta).values(tenant="t", name=name, value="v"))
        return name

    return command


def test_the_writer_is_durable_by_configuration(database):
    with database[1].connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_rolled_back_outer_transaction_leaves_nothing_behind(database):
    path, engine = database
    with engine.connect() as connection:
        outer = connection.begin()
        with connection.begin_nested():
            put("inner")(Unit(connection))
        put("after")(Unit(connection))
        outer.rollback()
    assert names(path) == set()


async def test_results_are_released_after_the_commit(database, writer):
    path, _ = database
    seen = []

    def command(unit: Unit) -> None:
        put("a")(unit)
        unit.after_commit(lambda: seen.append(names(path)))

    await writer.run(command)
    assert seen == [{"a"}]


async def test_a_failing_command_rolls_back_only_itself(database, writer):
    path, _ = database
    done = []

    def failing(unit: Unit) -> None:
        put("lost")(unit)
        unit.after_commit(lambda: done.append("never"))
        raise ApiError("did.exists", "as a test")

    gate = await hold(writer)
    jobs = [asyncio.ensure_future(writer.run(c)) for c in (put("one"), failing, put("two"))]
    await queued()
    gate.set()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert results[0] == "one"
    assert results[2] == "two"
    assert results[1].code == "did.exists"
    assert done == []
    assert names(path) == {"one", "two"}


async def test_a_failing_statement_rolls_back_only_its_command(database, writer):
    path, _ = database

    def twice(unit: Unit) -> None:
        put("x")(unit)
        put("x")(unit)

    gate = await hold(writer)
    jobs = [asyncio.ensure_future(writer.run(c)) for c in (put("one"), twice, put("two"))]
    await queued()
    gate.set()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert isinstance(results[1], IntegrityError)
    assert names(path) == {"one", "two"}


async def hold(writer):
    """Keep the writer busy until the returned event is set, so that commands gather behind it."""
    gate, held = threading.Event(), threading.Event()
    asyncio.ensure_future(writer.run(lambda _unit: held.set() or gate.wait(60)))  # noqa: RUF006
    await asyncio.to_thread(held.wait, 60)
    return gate


async def queued():
    """Let what was begun run to where it waits for the writer: one turn of the loop."""
    await asyncio.sleep(0)


async def test_commands_that_wait_together_share_a_commit(writer):
    gate = await hold(writer)
    before = writer.commits
    jobs = [asyncio.ensure_future(writer.run(put(f"n{i}"))) for i in range(100)]
    await queued()
    gate.set()
    await asyncio.gather(*jobs)
    assert writer.commits - before == 2  # the one that held, and all hundred


async def test_a_failing_commit_fails_the_whole_group(database, writer):
    path, _ = database
    done = []

    def breaking(unit: Unit) -> None:
        put("broken")(unit)
        unit.after_commit(lambda: done.append("never"))
        # What SQLite does by itself when the disk is full: the transaction is gone.
        unit.connection.exec_driver_sql("ROLLBACK")

    gate = await hold(writer)
    jobs = [asyncio.ensure_future(writer.run(c)) for c in (put("one"), breaking, put("two"))]
    await queued()
    gate.set()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [r.code for r in results] == ["store.failed"] * 3
    assert done == []
    assert names(path) == set()
    assert await writer.run(put("later")) == "later"


async def test_a_command_alone_has_a_transaction_of_its_own(database, writer):
    path, _ = database
    seen = []
    gate = await hold(writer)
    jobs = [
        asyncio.ensure_future(writer.run(put("before"))),
        asyncio.ensure_future(writer.run(lambda _unit: seen.append(names(path)), alone=True)),
        asyncio.ensure_future(writer.run(put("after"))),
    ]
    await queued()
    gate.set()
    await asyncio.gather(*jobs)
    assert seen == [{"before"}]


async def test_a_full_queue_refuses_at_once(database):
    writer = Writer(database[1], capacity=2)
    writer.start()
    gate = await hold(writer)
    jobs = [asyncio.ensure_future(writer.run(put(f"n{i}"))) for i in range(5)]
    await queued()
    gate.set()
    results = await asyncio.gather(*jobs, return_exceptions=True)
    writer.close()
    assert [getattr(r, "code", r) for r in results] == ["n0", "n1", *["service.busy"] * 3]


async def test_closing_finishes_what_waits(database):
    path, engine = database
    writer = Writer(engine)
    writer.start()
    gate = await hold(writer)
    jobs = [asyncio.ensure_future(writer.run(put(f"n{i}"))) for i in range(5)]
    await queued()
    gate.set()
    await asyncio.to_thread(writer.close)
    assert await asyncio.gather(*jobs) == [f"n{i}" for i in range(5)]
    assert len(names(path)) == 5
    with pytest.raises(ApiError) as caught:
        await writer.run(put("late"))
    assert caught.value.code == "service.stopping"


async def test_memory_that_cannot_follow_stops_the_writer(writer):
    def command(unit: Unit) -> None:
        unit.after_commit(lambda: 1 / 0)

    await writer.run(command)
    with pytest.raises(ApiError) as caught:
        await writer.run(put("x"))
    assert caught.value.code == "store.failed"


async def test_readers_cannot_write(database, writer):
    path, _ = database
    await writer.run(put("a"))
    engine = reading_engine(path)
    reader = Reader(engine)
    assert reader.first(select(col(Meta.name))).name == "a"
    with engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.execute(insert(Meta).values(tenant="t", name="b", value="v"))
    reader.close()


async def test_groups_are_counted_by_their_size(writer):
    started, go_on = threading.Event(), threading.Event()

    def waits(_unit: Unit) -> None:
        started.set()
        go_on.wait(10)

    first = asyncio.ensure_future(writer.run(waits))
    await asyncio.to_thread(started.wait, 10)
    rest = [asyncio.ensure_future(writer.run(put(f"n{at}"))) for at in range(5)]
    await asyncio.sleep(0)  # each puts its command into the queue at its first step
    assert writer.waiting == 5
    go_on.set()
    await asyncio.gather(first, *rest)
    assert (writer.commits, writer.commands) == (2, 6)
    assert writer.groups == [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
