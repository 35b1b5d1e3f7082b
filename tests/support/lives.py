"""Deaths and recoveries of a service: how one is brought about, and what must hold after the next start."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from tests.support.customers import histories, settle
from tests.support.promises import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.customers import Auditor, Customers
    from tests.support.dying import DyingService, Failpoint

REACHED_SECONDS = 20.0
SETTLED_SECONDS = 15.0
WORKERS = 2


@contextlib.contextmanager
def finally_killed(service: DyingService) -> Iterator[None]:
    try:
        yield
    finally:
        service.kill()


def work_until_death(service: DyingService, customers: Customers, point: Failpoint) -> None:
    """Start, let two customers work, spring the trap, and wait for the death."""
    service.start(point)
    with finally_killed(service):
        service.wait_ready()
        token, stop = service.token(), threading.Event()
        workers = [
            threading.Thread(target=customers.work, args=(service.address, token), kwargs={"stop": stop})
            for _ in range(WORKERS)
        ]
        workers.append(threading.Thread(target=customers.watch, args=(service.address, stop)))
        for worker in workers:
            worker.start()
        service.arm()
        died = service.died(within=REACHED_SECONDS)
        stop.set()
        for worker in workers:
            worker.join()
        assert died, "the place was never reached"


def die_at_start(service: DyingService, point: Failpoint) -> None:
    """Start with the trap armed, and wait for the death."""
    service.start(point, armed=True)
    with finally_killed(service):
        assert service.died(within=REACHED_SECONDS), "the place was never reached"


def check_recovered(service: DyingService, customers: Customers, auditor: Auditor) -> None:
    """A plain start mends everything; what was never answered can be asked again."""
    service.start()
    with finally_killed(service):
        service.wait_ready()
        token = service.token()
        settle(service.address, customers.promises)
        histories(service.address, customers)
        customers.ask_again(service.address, token)
        size = settle(service.address, customers.promises)
        assert auditor.look(service.address) >= size
        for logged in customers.promises.evidence[-1:]:
            auditor.verify(service.address, token, logged)
        wait_published(service.data, size)
        service.stop()
    directory = Directory(service.data)
    assert directory.broken(customers.promises) == []
    assert directory.without_row() == []
    digests = [each.digest for each in customers.promises.evidence]
    for digest in digests:
        assert len(directory.rows(f"select 1 from evidence where digest = x'{digest.hex()}'")) == 1


def wait_published(data: Path, size: int) -> None:
    end = time.monotonic() + SETTLED_SECONDS
    while int((data / "public" / "log" / "checkpoint").read_text().split("\n")[1]) < size:
        assert time.monotonic() < end, "the public folder stays behind"
        time.sleep(0.01)
