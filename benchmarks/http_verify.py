"""Verifying over HTTP on the hot route, against the raw work: what a whole request costs the server.

    python benchmarks/http_verify.py [--json]

A real service runs as a process of its own; its CPU time (user and system) is read from the kernel before and
after each round of requests, so the client's work is not in it. Raw is: parse, one SHA-256, Ed25519,
measured here between the rounds. Client authentication (finding the token in the store) is measured here too,
and taken off: the bar is for what verifying costs.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nacl.bindings
import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))
from api.services import access
from benchmarks.harness import Ratio, report
from schemas import examples
from tests.api.conftest import world
from tests.api.service import Service, free_port

ROUNDS = 15
REQUESTS = 200
HTTP, RAW, AUTH = "request, authentication apart", "raw (parse, SHA-256, Ed25519)", "client authentication"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder) / "data", free_port(), AVOW_CHAIN="memory", AVOW_LOG_LEVEL="error")
        service.start()
        try:
            figures = measured(service)
        finally:
            service.stop()
    return report("POST /credentials/verify, eddsa-jcs-2022", figures, [Ratio(HTTP, RAW, at_most=2.0)])


def measured(service: Service) -> dict[str, float]:
    """Median microseconds of each, interleaved."""
    client = Client(service)
    body = client.prepare()
    _, secret = nacl.bindings.crypto_sign_seed_keypair(bytes(32))
    signed = nacl.bindings.crypto_sign(bytes(64), secret)

    def raw():
        orjson.loads(body)
        hashlib.sha256(body).digest()
        nacl.bindings.crypto_sign_open(signed, secret[32:])

    authentication = asyncio.run(authenticating())
    for _ in range(REQUESTS):
        client.verify(body)
    samples = {HTTP: [], RAW: []}
    for _ in range(ROUNDS):
        samples[RAW].append(timed(raw))
        before = spent(service)
        for _ in range(REQUESTS):
            client.verify(body)
        samples[HTTP].append((spent(service) - before) / REQUESTS * 1e6)
    figures = {name: statistics.median(values) for name, values in samples.items()}
    return {
        RAW: figures[RAW],
        "request": figures[HTTP],
        AUTH: authentication,
        HTTP: figures[HTTP] - authentication,
    }


def timed(work) -> float:
    begun = time.process_time_ns()
    for _ in range(REQUESTS):
        work()
    return (time.process_time_ns() - begun) / REQUESTS / 1000


def spent(service: Service) -> float:
    """Seconds of CPU that the service's process has used: on Linux by nanoseconds of its scheduler."""
    threads = Path(f"/proc/{service.process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


async def authenticating() -> float:
    """Microseconds to find a token."""
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder) / "data") as avow:
            bearer = (await avow.headers())["Authorization"]
            return statistics.median(
                timed(lambda: access.authenticate(avow.core, bearer)) for _ in range(ROUNDS)
            )


class Client:
    """One connection that stays open."""

    def __init__(self, service: Service) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", int(service.url.rpartition(":")[2]))
        self.headers = {"Authorization": f"Bearer {service.token()}", "Content-Type": "application/json"}

    def prepare(self) -> bytes:
        """Issue a credential; gives the request to verify it."""
        did = self.ask("POST", "/dids", {"name": "city"})["did"]
        schema = "https://avow.example/schemas/employment/v1"
        self.ask("PUT", "/issuers/city", {"did": did, "formats": ["eddsa-jcs-2022"], "schema": schema})
        self.ask("PUT", "/policies/default", {"trustedIssuers": [did]})
        claims = {"credentialSubject": examples.load("employment")}
        issued = self.ask("POST", "/issuers/city/credentials/issue", {"credential": claims})
        return orjson.dumps({"verifiableCredential": issued["verifiableCredential"]})

    def ask(self, method, path, value):
        """Send JSON; gives the JSON of the answer."""
        self.connection.request(method, path, orjson.dumps(value), self.headers)
        answer = self.connection.getresponse()
        return orjson.loads(answer.read())

    def verify(self, body: bytes) -> None:
        """Send the request once more."""
        self.connection.request("POST", "/credentials/verify", body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"the service answers {answer.status}")


if __name__ == "__main__":
    sys.exit(main())
