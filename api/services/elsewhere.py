"""Histories of did:webvh DIDs that other hosts publish: fetched, verified as if they were ours, kept a while.

Invariants:
- what is fetched goes through the egress client; nothing is believed before `verify_history` has read it
  whole, with the witnesses' approvals where the history asks for them, and with our clock.
- the history is of the DID that was asked for, or nothing comes back.
- how long an answer counts is the egress client's to say; here the same bytes are not verified twice.

Not here: evidence of a registry, which such a host does not give us; and policy, whose issuers to ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.egress import Origin
from api.egress.cache import Cache
from api.errors import ApiError
from did.errors import DidError
from did.identifiers import Did
from did.methods.webvh import MAX_HISTORY_BYTES, verify_history

if TYPE_CHECKING:
    from datetime import datetime

    from api.egress import EgressClient
    from api.services.core import Pool
    from api.system import System
    from did.methods.webvh import History, WebvhDid

# What file servers say of did.jsonl, whose own type is text/jsonl.
LOG_TYPES: Final = frozenset(
    {
        "text/jsonl",
        "application/jsonl",
        "application/x-ndjson",
        "application/json",
        "application/octet-stream",
        "text/plain",
    }
)
WITNESS_TYPES: Final = frozenset({"application/json", "application/octet-stream", "text/plain"})
_WITNESS: Final = b'"witness"'
KEPT_SECONDS: Final = 3600.0  # verifying a long history takes seconds


class Elsewhere:
    """Histories from other hosts."""

    def __init__(self, egress: EgressClient, pool: Pool, system: System) -> None:
        self._egress = egress
        self._pool = pool
        self._system = system
        self._verified: Cache[tuple[bytes, History]] = Cache(system.monotonic, max_age=KEPT_SECONDS)

    async def history(self, did: WebvhDid) -> History:
        """Fetch and verify a history.

        Codes: resolution.not-found where its host gives none, history.* for what does not hold; service.busy.
        """
        try:
            text = await self._get(self.place(did, did.log_url), LOG_TYPES)
            kept = self._verified.get(did.text)
            if kept is not None and kept[0] == text:
                return kept[1]
            # Where no line speaks of witnesses there is no file of theirs to ask for.
            approvals = await self._approvals(did) if _WITNESS in text else None
        except ApiError as error:
            raise DidError(
                "resolution.not-found",
                f"the DID's own host gives no history ({error.code}): {error.detail}",
                remedy=error.remedy,
            ) from error
        found = await self._pool.run(_verify, text, did.text, approvals, self._system.now())
        self._verified.put(did.text, (text, found), len(text))
        return found

    async def _approvals(self, did: WebvhDid) -> bytes | None:
        try:
            return await self._get(self.place(did, did.witness_url), WITNESS_TYPES)
        except ApiError as error:
            if error.code == "egress.not-found":
                return None
            raise

    async def _get(self, url: str, media_types: frozenset[str]) -> bytes:
        found = await self._egress.fetch(url, media_types=media_types, max_bytes=MAX_HISTORY_BYTES)
        return found.content

    def place(self, did: WebvhDid, url: str) -> str:
        """Give an address at a DID's host: over https, but for a host that the operator freed of that."""
        plain = Origin("http", did.host, did.port or 80)
        return url.replace("https:", "http:", 1) if plain in self._egress.unsafe_origins else url


def _verify(text: bytes, did: str, witnesses: bytes | None, now: datetime) -> History:
    return verify_history(text, expected_did=Did.parse(did), witnesses=witnesses, now=now)
