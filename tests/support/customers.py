"""Customers of a running service: they create and change DIDs and log evidence, and note what they were told.

A request whose answer never came is kept too: sent again with its Idempotency-Key, it must happen once.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx

from api.client.service_client import ServiceClient
from api.client.watching import Memory, look_once
from did import jcs
from did.encoding import encode_base64url
from did.registry.bundle import Level
from tests.support.promises import Logged, Promises, Version
from tests.support.relying import verify_receipt_with_node

if TYPE_CHECKING:
    from pathlib import Path

    from api.client.chain_reading import Call

BATCH = 5
MAX_AGE = 3600


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it can be sent again; `digests` are what it logs."""

    path: str
    body: dict[str, Any]
    key: str
    digests: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Customers:
    """What customers of one service were told over its whole life."""

    promises: Promises = field(default_factory=Promises)
    unanswered: list[Request] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """The DIDs by their names."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def copy(self) -> Customers:
        """The same customers with a memory of their own."""
        known = self.promises
        promises = Promises(known.versions[:], known.evidence[:], known.checkpoints[:])
        return Customers(promises, self.unanswered[:], dict(self.names))

    def work(self, address: str, token: str, *, rounds: int = 10**6, stop: threading.Event) -> None:
        """One customer: do everything in turn until the service is gone, told to stop, or through."""
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=10) as client:
            for _ in range(rounds):
                name = f"d{secrets.token_hex(8)}"
                for request in (
                    Request("/dids", {"name": name}, name),
                    evidence(1),
                    Request(f"/dids/{name}/update", {"rotate": True}, name + "-1"),
                    evidence(BATCH),
                ):
                    if stop.is_set() or not self.send(client, request):
                        return
                if not self.read_checkpoint(client):
                    return

    def send(self, client: httpx.Client, request: Request) -> bool:
        """Send one request and note the answer; tells whether the service still answers."""
        while True:
            try:
                answer = client.post(
                    request.path, json=request.body, headers={"Idempotency-Key": request.key}
                )
            except httpx.TransportError:
                with self.lock:
                    self.unanswered.append(request)
                return False
            if answer.status_code != 503:
                break
            time.sleep(0.05)
        assert answer.status_code in {200, 201}, answer.text
        with self.lock:
            self._note(request, answer.json())
        return True

    def read_checkpoint(self, client: httpx.Client) -> bool:
        try:
            answer = client.get("/log/checkpoint")
        except httpx.TransportError:
            return False
        assert answer.status_code == 200, answer.text
        with self.lock:
            self.promises.checkpoints.append(answer.text)
        return True

    def watch(self, address: str, stop: threading.Event) -> None:
        """Read checkpoints all the time, until the service is gone or `stop` is set."""
        with httpx.Client(base_url=address, timeout=10) as client:
            while not stop.is_set() and self.read_checkpoint(client):
                time.sleep(0.002)

    def ask_again(self, address: str, token: str) -> None:
        """Send what was never answered once more; each must be taken now, and must have happened once."""
        again, self.unanswered = self.unanswered, []
        with httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=10
        ) as client:
            for request in again:
                assert self.send(client, request)

    def _note(self, request: Request, found: dict[str, Any]) -> None:
        promises = self.promises
        if "did" in found:
            promises.versions.append(Version(found["did"], found["versionId"], found["logIndex"]))
            self.names[found["did"].rpartition(":")[2]] = found["did"]
            return
        records = found.get("evidence", [found])
        for record, digest in zip(records, request.digests, strict=True):
            promises.evidence.append(Logged(record["id"], record["logIndex"], digest))


def evidence(count: int) -> Request:
    """Log so many digests at once."""
    digests = tuple(sha256(secrets.token_bytes(16)).digest() for _ in range(count))
    texts = [encode_base64url(digest) for digest in digests]
    body = {"digest": texts[0]} if count == 1 else {"digests": texts}
    return Request("/evidence", body, secrets.token_hex(8), digests)


class Auditor:
    """Looks at a service from outside, and remembers what it saw over crashes and restarts.

    It asks the node behind `call` about the chain, or the service itself where that has the chain inside.
    """

    def __init__(self, memory: Path, *, call: Call | None = None) -> None:
        self._path = memory
        self._call = call

    def look(self, address: str) -> int:
        """Replay what is new; gives the size that was seen. Any finding fails."""
        now = int(time.time()) + 60
        with closing(ServiceClient(address)) as service:
            memory = Memory.recall(self._path, service, None, now=now)
            call = self._call or service.rpc
            memory, seen = look_once(memory, service, call=call, now=now, max_age=MAX_AGE)
            memory.keep(self._path)
        assert [(found.code, found.detail) for found in seen.findings] == []
        return seen.checkpoint.size

    def verify(self, address: str, token: str, logged: Logged) -> None:
        """Check the receipt of a digest as its owner would, down to the chain."""
        headers = {"Authorization": f"Bearer {token}"}
        record = httpx.get(f"{address}/evidence/{logged.evidence_id}", headers=headers).json()
        assert record["logIndex"] == logged.index
        assert logged.digest is not None
        with closing(ServiceClient(address)) as service:
            memory = Memory.recall(self._path, service, None, now=0)
            found = verify_receipt_with_node(
                jcs.canonicalize(record["receipt"]),
                expected_digest=logged.digest,
                anchors=memory.anchors,
                level=Level.FINAL,
                now=int(time.time()) + 60,
                call=self._call or service.rpc,
            )
        assert (found.index, found.level) == (logged.index, Level.FINAL)


def settle(address: str, promises: Promises, *, seconds: float = 15) -> int:
    """Wait until everything acknowledged is sealed, anchored, final and published; gives the size."""
    needed = max((each.index for each in promises.operations), default=-1) + 1
    end = time.monotonic() + seconds
    with httpx.Client(base_url=address, timeout=10) as client:
        while True:
            note = client.get("/log/checkpoint").text
            size = int(note.split("\n")[1])
            anchors = client.get("/log/anchors").json()
            rows = anchors["anchors"]
            if (
                size > needed
                and anchors["head"]["size"] == size
                and rows
                and rows[0]["size"] == size
                and all(row["state"] == "final" for row in rows)
            ):
                break
            assert time.monotonic() < end, f"not settled: {size} of {needed}, {anchors['head']}, {rows[:2]}"
            time.sleep(0.01)
    counted = Counter(row["size"] for row in rows)
    assert max(counted.values()) == 1
    return size


def histories(address: str, customers: Customers) -> None:
    """Read every DID's history: each acknowledged version stands in it."""
    by_did: dict[str, set[str]] = {}
    for made in customers.promises.versions:
        by_did.setdefault(made.did, set()).add(made.version_id)
    with httpx.Client(base_url=address, timeout=10) as client:
        for name, did in customers.names.items():
            answer = client.get(f"/dids/{name}/did.jsonl")
            assert answer.status_code == 200, (name, answer.text)
            found = {
                line.partition('"versionId":"')[2].partition('"')[0] for line in answer.text.splitlines()
            }
            assert by_did[did] <= found, name
