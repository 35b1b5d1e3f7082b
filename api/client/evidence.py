"""Evidence as its owner sees it: files are hashed here, and only digests go to the service.

Nothing of a file but its SHA-256 leaves this module towards a service: no content, no name, no size.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from api.client.failures import UnreachableError
from api.client.files import os_failure
from api.client.resolving import wait_for
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from api.client.service_client import ServiceClient
    from did.types import JsonObject

READ = "read:/evidence"
WRITE = "write:/evidence"
# What the service takes in one request.
BATCH = 10_000
_CHUNK_BYTES = 1024 * 1024


def digest_file(path: Path, advance: Callable[[int], None] | None = None) -> bytes:
    """Hash a file of any size, 1 MiB at a time; `advance` hears of each piece. Raises `file.*`."""
    running = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK_BYTES):
                running.update(piece)
                if advance:
                    advance(len(piece))
    except OSError as error:
        raise os_failure(error, path) from error
    return running.digest()


def log_digests(service: ServiceClient, digests: Sequence[bytes]) -> list[JsonObject]:
    """Log digests in their order; gives a record with id, state and index for each."""
    records: list[JsonObject] = []
    for at in range(0, len(digests), BATCH):
        part = digests[at : at + BATCH]
        body = {"digests": [encode_base64url(digest) for digest in part]}
        answer = service.post("/evidence", body, scope=WRITE).get("evidence")
        found = [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []
        if len(found) != len(part):
            raise UnreachableError(
                "service.answer", f"{service.url} gave {len(found)} records for {len(part)} digests"
            )
        records += found
    return records


def fetch(service: ServiceClient, evidence_id: str) -> JsonObject:
    """Read one record, with its receipt once it is sealed."""
    return service.get(f"/evidence/{quote(evidence_id, safe='')}", scope=READ)


def find(service: ServiceClient, digest: bytes) -> JsonObject:
    """Read the first record of a digest."""
    return service.get(f"/evidence?digest={encode_base64url(digest)}", scope=READ)


def erase(service: ServiceClient, evidence_id: str) -> JsonObject:
    """Let the service forget digest and salt."""
    return service.delete(f"/evidence/{quote(evidence_id, safe='')}", scope=WRITE)


def wait_until(service: ServiceClient, evidence_id: str, state: str) -> str:
    """Wait until evidence has come as far as `state`, and say how far it came (`evidence.not-yet`)."""

    def ask() -> JsonObject:
        return fetch(service, evidence_id)

    return wait_for(ask, state, code="evidence.not-yet", what=f"evidence {evidence_id}")
