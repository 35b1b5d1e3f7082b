"""Kill -9 at random moments, thirty times, a third of them while the service is only starting.

Customers create and rotate DIDs and log evidence, single and in batches, all at once. An auditor looks at the
log after each start and remembers it.
"""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.support.customers import Auditor, Customers
from tests.support.dying import DyingService
from tests.support.lives import check_recovered

pytestmark = pytest.mark.slow

KILLS = 30
WORKERS = 3


def test_no_acknowledged_operation_is_lost(tmp_path):
    service = DyingService(
        tmp_path / "data", "http://localhost:8000", seal_interval_ms="50", anchor_interval_ms="100"
    )
    customers, auditor = Customers(), Auditor(tmp_path / "auditor.json")
    rng = random.Random(7)
    for round_ in range(KILLS):
        service.start()
        try:
            if round_ % 3 == 2:
                time.sleep(rng.uniform(0, 0.5))
                continue
            service.wait_ready()
            auditor.look(service.address)
            work_until_kill(service, customers, answers=rng.randint(1, 12), seconds=rng.uniform(0, 0.1))
        finally:
            service.kill()
    made = customers.promises
    assert len(made.versions) >= KILLS // 2
    assert len(made.evidence) >= KILLS
    check_recovered(service, customers, auditor)


def work_until_kill(service, customers, *, answers, seconds):
    """Let customers work; the kill comes a moment after so many answers."""
    wanted = len(customers.promises.operations) + answers
    token, stop = service.token(), threading.Event()
    workers = [
        threading.Thread(target=customers.work, args=(service.address, token), kwargs={"stop": stop})
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    while len(customers.promises.operations) < wanted and any(worker.is_alive() for worker in workers):
        time.sleep(0.001)
    time.sleep(seconds)
    service.kill()
    stop.set()
    for worker in workers:
        worker.join()
