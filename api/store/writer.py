"""The single writer: every change of the database goes through this one thread and its one connection.

Invariants:
- Commands that wait together share one `BEGIN IMMEDIATE … COMMIT` (group commit), each in a savepoint.
- A result is released only after the COMMIT that made it durable.
- A failing command rolls back its savepoint and nothing else; a failing COMMIT fails the whole group.
- What a command asked to happen `after_commit` happens in order, before any result is released, and
  never for work that was rolled back.
- The queue is bounded: a full one refuses at once (`service.busy`).

Not here: what the commands do.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError

from api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

GROUP = 256
"""Commands that share a commit: one fsync's cost is then under a microsecond each; more only adds delay."""
CAPACITY = 4096
"""Commands that may wait: about a second's work."""


@dataclass(slots=True)
class Unit:
    """One command's share of the open transaction."""

    connection: Connection
    actions: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Let `action` run once this command is durable, before its result is released."""
        self.actions.append(action)


@dataclass(slots=True, eq=False)
class _Job:
    command: Callable[[Unit], Any]
    alone: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    outcome: Any = None
    error: BaseException | None = None
    unit: Unit | None = None


class Writer:
    """Runs commands one after the other in its own thread; see the module's invariants."""

    def __init__(self, engine: Engine, *, capacity: int = CAPACITY, group: int = GROUP) -> None:
        self._engine = engine
        self._queue: queue.Queue[_Job | None] = queue.Queue(maxsize=capacity)
        self._group = group
        self._thread = threading.Thread(target=self._serve, name="avow-writer", daemon=True)
        self._closing = False
        self.broken: str | None = None
        """Why the writer refuses everything, once memory and disk could disagree."""
        self.commits = self.commands = 0
        """Durable groups, and commands in them: since the start."""
        self.groups = [0] * (group.bit_length() + 1)
        """How many groups had at most 1, 2, 4, 8, … commands, and more than the step before."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Commands that wait now."""
        return self._queue.qsize()

    async def run(self, command: Callable[[Unit], T], *, alone: bool = False) -> T:
        """Run `command` in the writer and return what it returned, once that is durable.

        `alone`: in a transaction of its own, after everything before it was committed.
        Codes `service.busy`, `service.stopping`, `store.failed`; otherwise whatever the command raised.
        """
        if self._closing:
            raise ApiError("service.stopping", "the service is shutting down", remedy="Try again soon.")
        if self.broken is not None:
            raise ApiError("store.failed", self.broken, remedy="Restart the service.")
        loop = asyncio.get_running_loop()
        job = _Job(command, alone, loop, loop.create_future())
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise ApiError(
                "service.busy", "too many changes wait to be written", remedy="Try again in a second."
            ) from None
        return await job.future  # type: ignore[no-any-return]

    def close(self) -> None:
        """Finish what waits, then stop; safe to call twice."""
        if not self._closing:
            self._closing = True
            if self._thread.is_alive():
                self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        with self._engine.connect() as connection:
            held: _Job | None = None
            while True:
                job = held or self._queue.get()
                held = None
                if job is None:
                    return
                jobs, held, last = self._gather(job)
                self._commit(connection, jobs)
                if last:
                    if held is not None:
                        self._commit(connection, [held])
                    return

    def _gather(self, first: _Job) -> tuple[list[_Job], _Job | None, bool]:
        """The group that begins with `first`, the job that must wait for the next, and whether to stop."""
        jobs = [first]
        while not first.alone and len(jobs) < self._group:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, None, True
            if job.alone:
                return jobs, job, False
            jobs.append(job)
        return jobs, None, False

    def _commit(self, connection: Connection, jobs: list[_Job]) -> None:
        """Run a group in one transaction and release its results."""
        try:
            with connection.begin():
                for job in jobs:
                    self._attempt(connection, job)
        except Exception as error:  # noqa: BLE001  whatever stopped the commit, nobody may be told "done"
            failure = ApiError(
                "store.failed", "the change could not be made durable", remedy="Check disk and its space."
            )
            failure.__cause__ = error
            for job in jobs:
                job.error = failure
        else:
            self.commits += 1
            self.commands += len(jobs)
            self.groups[(len(jobs) - 1).bit_length()] += 1
            for job in jobs:
                self._act(job.unit.actions if job.unit else [])
        _release(jobs)

    def _attempt(self, connection: Connection, job: _Job) -> None:
        """Run one command in a savepoint; its own failure stays its own."""
        if job.future.cancelled():
            job.error = asyncio.CancelledError()
            return
        unit = job.unit = Unit(connection)
        try:
            with connection.begin_nested():
                job.outcome = job.command(unit)
        except Exception as error:
            driver: Any = connection.connection.dbapi_connection
            if isinstance(error, DBAPIError) and not driver.in_transaction:
                raise  # SQLite gave up the whole transaction (disk full, input/output error)
            job.error = error
            job.unit = None

    def _act(self, actions: list[Callable[[], None]]) -> None:
        for action in actions:
            try:
                action()
            except Exception as error:  # noqa: BLE001  memory may now differ from disk: stop writing
                self.broken = f"memory could not follow the database ({type(error).__name__})"


def _release(jobs: list[_Job]) -> None:
    """Hand the outcomes to the callers' event loops, one wake-up for each loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        loops.setdefault(job.loop, []).append(job)
    for loop, group in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, group)


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.outcome)
