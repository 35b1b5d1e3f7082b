"""What every service needs: settings, clock and randomness, store, vault, pool, registry."""

from __future__ import annotations

import asyncio
import functools
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from api.errors import ApiError
from did.encoding import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.bulk import BulkIssuing
    from api.egress import EgressClient
    from api.keys.vault import Vault
    from api.registry.entries import Entries
    from api.registry.registry import Registry
    from api.registry.standing import Standing
    from api.services.documents import Documents
    from api.services.elsewhere import Elsewhere
    from api.services.revocation.serving import Revocations
    from api.services.status.lists import StatusLists
    from api.services.suites import Suites
    from api.services.witnessing import Witness
    from api.settings import Settings
    from api.store.reader import Reader
    from api.store.writer import Writer
    from api.system import System
    from schemas.sources import Sources

P = ParamSpec("P")
T = TypeVar("T")

POOL_THREADS: Final = 2
POOL_WAITING: Final = 64
"""Pieces of heavy work that may wait: a few seconds' worth."""


class Pool:
    """A bounded thread pool for work above a millisecond; a full one refuses (`service.busy`)."""

    def __init__(self, threads: int = POOL_THREADS, waiting: int = POOL_WAITING) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="avow-work")
        self._room = threads + waiting

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a thread."""
        if self._room <= 0:
            raise ApiError("service.busy", "too much heavy work waits", remedy="Try again in a second.")
        self._room -= 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._executor, functools.partial(work, *args, **kwargs))
        future.add_done_callback(self._free)
        return await future

    def _free(self, _done: object) -> None:
        self._room += 1

    def close(self) -> None:
        """Wait for what runs and drop what waits."""
        self._executor.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: tenant and client come from the token and from nowhere else."""

    tenant: str
    client_id: str
    scopes: frozenset[str]


@dataclass(slots=True)
class Core:
    """The running service, handed to each transaction script."""

    settings: Settings
    system: System
    writer: Writer
    reader: Reader
    vault: Vault
    pool: Pool
    registry: Registry
    entries: Entries
    standing: Standing
    witness: Witness
    documents: Documents
    suites: Suites
    egress: EgressClient
    elsewhere: Elsewhere | None
    known: Sources
    statuses: StatusLists
    revocations: Revocations
    bulk: BulkIssuing

    def token(self, size: int = 32) -> str:
        """Fresh unpredictable text: `size` random bytes in base64url."""
        return encode_base64url(self.system.random_bytes(size))


def digest(text: str) -> bytes:
    """SHA-256 of a text: how tokens, secrets and challenges are stored."""
    return hashlib.sha256(text.encode()).digest()
