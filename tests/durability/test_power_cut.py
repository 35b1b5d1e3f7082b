"""The power fails: what a real service wrote and synced is replayed, and what was not synced is dropped.

A service is recorded from its first start through work, a stop, a start and more work. The record holds its
answers too, so that at every moment it is known what was acknowledged by then. At hundreds of moments the
disk is laid out as a power cut could leave it; it must keep every promise, and a service must start from it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.journey.process import free_port
from did.chain import abi
from did.registry.checkpoint import parse_checkpoint
from did.registry.register import Register
from tests.support import network_world
from tests.support.anvil import Anvil
from tests.support.customers import Auditor, Customers, settle
from tests.support.dying import DyingService
from tests.support.power import Disk, Survives
from tests.support.promises import Directory, Logged, Promises, Sent, Truth, Version
from tests.support.recording import Call, Recorded, available

pytestmark = pytest.mark.slow

URL = "http://localhost:8000"
ORIGIN = "localhost:8000/log"
CUTS = 600
STARTS = 16
SEEDS = 50
SETTINGS = {"AVOW_SEAL_INTERVAL_MS": "30", "AVOW_ANCHOR_INTERVAL_MS": "100", "AVOW_LOG_LEVEL": "warning"}


@dataclass(frozen=True, slots=True)
class Record:
    """The calls of several processes on one directory, one after the other; what they said, and the truth."""

    data: Path
    runs: list[list[Call]]
    customers: Customers
    truth: Truth


def record(folder, weakening="nothing", *, rounds=4, **settings):
    """Run the real service under the recorder: first start, work, stop, start, work, kill."""
    available()
    data, customers, runs = folder / "disk" / "data", Customers(), []
    data.parent.mkdir()
    for number, end in enumerate((signal.SIGTERM, signal.SIGKILL)):
        port = free_port()
        environment = {name: text for name, text in os.environ.items() if not name.startswith("AVOW_")}
        environment |= SETTINGS | settings
        environment |= {"AVOW_DATA": str(data), "AVOW_PORT": str(port), "AVOW_PUBLIC_URL": URL}
        command = [sys.executable, "-m", "tests.support.weakened", weakening]
        process = Recorded(folder / f"record-{number}.txt", command, environment, folder / "service.log")
        try:
            work(f"http://127.0.0.1:{port}", data, process, customers, rounds)
        finally:
            runs.append(process.end(end))
    kept = folder / "kept"
    shutil.copytree(data, kept)
    return Record(data, runs, customers, Truth(Directory(kept).entries))


def work(address, data, process, customers, rounds):
    wait_ready(address, process)
    client = json.loads((data / "bootstrap-client.json").read_text())
    answer = httpx.post(
        f"{address}/token",
        data={"grant_type": "client_credentials"},
        auth=(client["client_id"], client["client_secret"]),
    )
    token = answer.json()["access_token"]
    stop = threading.Event()
    workers = [
        threading.Thread(
            target=customers.work, args=(address, token), kwargs={"rounds": rounds, "stop": stop}
        )
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    settle(address, customers.promises)


def wait_ready(address, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.alive
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError("not ready")


class Answers:
    """What left the process over its connections, read as answers of HTTP."""

    def __init__(self) -> None:
        self._streams: dict[int, bytes] = {}

    def feed(self, call: Call):
        """Take a call that was about no file; gives what it told somebody, if an answer became whole."""
        if call.name.startswith("accept"):
            self._streams[call.result] = b""
        if call.name == "write" and call.texts:
            for raw in re.findall(rb'"eth_sendRawTransaction".*?"0x([0-9a-f]+)"', call.texts[0]):
                yield Sent(bytes.fromhex(raw.decode()))
        if call.name != "write" or call.number(0) not in self._streams:
            return
        stream = self._streams[call.number(0)] + call.texts[0]
        while b"\r\n\r\n" in stream:
            head, _, rest = stream.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            [length] = [int(line.split(":")[1]) for line in lines if line.startswith("content-length:")]
            if len(rest) < length:
                break
            yield from told(lines[0], rest[:length])
            stream = rest[length:]
        self._streams[call.number(0)] = stream


def told(status, body):
    """The promises in one answer."""
    if status.split()[1] not in {"200", "201"}:
        return
    if body.startswith(ORIGIN.encode()):
        yield body.decode()
        return
    found = json.loads(body)
    if "versionId" in found:
        yield Version(found["did"], found["versionId"], found["logIndex"])
    elif "logIndex" in found or "evidence" in found:
        for each in found.get("evidence", [found]):
            yield Logged(each["id"], each["logIndex"])


def promise(promises, what):
    match what:
        case Version():
            promises.versions.append(what)
        case Logged():
            promises.evidence.append(what)
        case Sent():
            promises.transactions.append(what)
        case str():
            promises.checkpoints.append(what)


def replayed(recorded):
    """The disk after every call, what was promised by then, the call, whether it told somebody something."""
    disk = Disk(recorded.data.parent)
    promises = Promises()
    for calls in recorded.runs:
        disk.restart()
        answers = Answers()
        for call in calls:
            here = disk.replay(call)
            new = [] if here else list(answers.feed(call))
            for what in new:
                promise(promises, what)
            if here or new:
                yield disk, promises, call.name, bool(new)


def moments(recorded):
    """Where to cut: after answers, just before syncs, where most is at stake, and at random elsewhere."""
    names, told_at = [], []
    for at, (_, _, name, told_now) in enumerate(replayed(recorded)):
        names.append(name)
        if told_now:
            told_at.append(at)
    syncing = [at for at in range(len(names) - 1) if "sync" in names[at + 1]]
    rng = random.Random(5)
    chosen = set(told_at) | set(rng.sample(syncing, min(len(syncing), CUTS // 3)))
    others = [at for at in range(len(names)) if at not in chosen]
    return sorted(chosen | set(rng.sample(others, max(CUTS - len(chosen), 0))))


def cuts(recorded, folder, chosen=None):
    """Lay the disk out at each chosen moment; gives the moment, how it was cut, the place, the promises."""
    wanted = set(moments(recorded) if chosen is None else chosen)
    for at, (disk, promises, *_) in enumerate(replayed(recorded)):
        if at not in wanted:
            continue
        survives = list(Survives)[at % len(Survives)]
        place = folder / f"cut-{at}"
        disk.write_after_cut(place, survives, random.Random(at))
        yield at, survives, place / "data", promises
        shutil.rmtree(place)


@pytest.fixture
def memory(tmp_path):
    """A place in memory, where there is one: laid out disks need no syncs."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recorded"))


def test_the_record_is_complete(recorded, tmp_path):
    """Everything replayed and nothing dropped, the disk is what the process left, byte for byte."""
    *_, (disk, promises, _, _) = replayed(recorded)
    disk.write_after_cut(tmp_path / "whole", Survives.ALL, random.Random(0))
    assert files_below(tmp_path / "whole" / "data") == files_below(recorded.data)
    known = recorded.customers.promises
    assert set(promises.versions) == set(known.versions)
    assert {each.evidence_id for each in promises.evidence} == {each.evidence_id for each in known.evidence}
    assert set(known.checkpoints) <= set(promises.checkpoints)


def files_below(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_no_cut_loses_what_was_acknowledged(recorded, memory):
    broken = {}
    count = 0
    for at, survives, place, promises in cuts(recorded, memory):
        count += 1
        found = Directory(place, recorded.truth).broken(promises)
        if found:
            broken[at, survives.value] = found
    assert broken == {}
    assert count >= CUTS


def test_a_line_of_the_register_is_there_or_not(recorded):
    """The line's sectors reach the disk one by one: a later one may be there and an earlier one not."""
    count = 0
    for at, (disk, promises, *_) in enumerate(replayed(recorded)):
        data = disk.top.now().get("data")
        file = data.now().get("checkpoint-register.txt") if data else None
        if file is None or not any(change.data for change in file.pending):
            continue
        count += 1
        served = {parse_checkpoint(note)[0].size for note in promises.checkpoints}
        for seed in range(SEEDS):
            register = Register.parse(file.after_cut(Survives.SOME, random.Random(seed)))
            assert all(register.find(size) for size in served), (at, seed)
    assert count >= 10


def test_no_transaction_is_sent_that_the_outbox_could_forget(tmp_path, memory):
    """On a network: whatever a node was sent is kept, so that after any cut it is watched and not doubled."""
    node = Anvil()
    try:
        settings = network_settings(network_world.opened(node, tmp_path), node, tmp_path)
        recorded = record(tmp_path, rounds=2, **settings)
    finally:
        node.stop()
    sent = 0
    for at, survives, place, promises in cuts(recorded, memory):
        assert Directory(place, recorded.truth).broken(promises) == [], (at, survives)
        sent = len(promises.transactions)
    assert sent >= 4


def network_settings(opened, node, folder):
    key = folder / "publisher.key"
    key.write_text("0b" * 32)
    key.chmod(0o600)
    return {
        "AVOW_CHAIN": "evm",
        "AVOW_CHAIN_RPC": node.url,
        "AVOW_CHAIN_ID": str(network_world.CHAIN_ID),
        "AVOW_CHAIN_CONTRACT": abi.address_text(opened.contract),
        "AVOW_CHAIN_ADMIN": abi.address_text(opened.admin),
        "AVOW_CHAIN_KEY_FILE": str(key),
        "AVOW_CHAIN_FINALITY": "0",
        "AVOW_CHAIN_WAIT_MS": "20",
    }


def test_a_service_starts_after_any_cut(recorded, memory):
    chosen = random.Random(11).sample(moments(recorded), STARTS)
    for at, survives, place, promises in cuts(recorded, memory, chosen):
        service = DyingService(place, URL, seal_interval_ms="30", anchor_interval_ms="30")
        service.start()
        try:
            service.wait_ready()
            settle(service.address, promises)
            Auditor(memory / f"auditor-{at}.json").look(service.address)
            service.stop()
        finally:
            service.kill()
        assert Directory(place).broken(promises) == [], (at, survives)


@pytest.mark.parametrize(
    ("weakening", "findings"),
    [
        ("database", {"lost: version", "lost: evidence", "the register holds size"}),
        ("chain", {"lost: size"}),
        ("register", {"the register does not hold it"}),
        ("names", {"the public folder does not hold"}),
    ],
)
def test_a_weaker_promise_to_the_disk_is_caught(weakening, findings, tmp_path, memory):
    recorded = record(tmp_path, weakening, rounds=2)
    missing = set(findings)
    for _, _, place, promises in cuts(recorded, memory):
        broken = Directory(place, recorded.truth).broken(promises)
        missing -= {finding for finding in missing if any(finding in each for each in broken)}
        if not missing:
            return
    assert not missing
