"""Where the log stands: how large it is in each state, and how far each state lags behind the one before.

Invariants:
- Everything is read from what the tasks hold in memory; nothing here asks a database, a file or a chain.
- Ages are by the clock on the wall, from times that survive a restart, and never negative.

Not here: what is done about a lag (`/readyz`, alerts), and how far one operation has got (`registry`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.registry.cosigning import Cosigning
    from api.registry.publisher import Publisher
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.registry.tiles import PublicFolder
    from api.settings import Settings
    from api.system import System
    from did.types import JsonObject


@dataclass(frozen=True, slots=True)
class Lag:
    """Entries that wait, and the age of the oldest in whole seconds; None where no age is kept."""

    entries: int
    seconds: int | None = None


class Standing:
    """Sizes, lags and ages of one log."""

    def __init__(
        self,
        *,
        settings: Settings,
        sequencer: Sequencer,
        sealer: Sealer,
        publisher: Publisher,
        cosigning: Cosigning,
        folder: PublicFolder,
        system: System,
    ) -> None:
        self._settings = settings
        self._sequencer = sequencer
        self._system = system
        self._cosigning = cosigning
        self.sealer = sealer
        self.publisher = publisher
        self.folder = folder

    def sizes(self) -> dict[str, int]:
        """The log's size in each state, from what is durable to what is final."""
        publisher, signed = self.publisher, self.sealer.signed
        return {
            "logged": self._sequencer.size,
            "sealed": self.sealer.sealed_size,
            "signed": signed.size if signed else 0,
            **({"cosigned": self._cosigning.quorum_size} if self._cosigning.asks else {}),
            "anchored": publisher.anchored.size if publisher.anchored else 0,
            "final": publisher.final_size,
        }

    def lags(self) -> dict[str, Lag]:
        """What waits for a seal, for an anchor (or its file), for finality, for the public folder."""
        sizes, publisher = self.sizes(), self.publisher
        unsealed = sizes["logged"] - sizes["sealed"]
        unanchored = sizes["signed"] - publisher.held_size
        return {
            "seal": Lag(max(unsealed, 0), self._age(self.sealer.unsealed_since) if unsealed > 0 else 0),
            "anchor": Lag(max(unanchored, 0), self._age(publisher.waiting_since) if unanchored > 0 else 0),
            "final": Lag(max(sizes["anchored"] - sizes["final"], 0)),
            "public": Lag(max(sizes["signed"] - self.folder.published, 0)),
        }

    def ages(self) -> dict[str, int | None]:
        """Seconds since the newest seal was signed, the newest anchor was seen, the chain was read."""
        anchored, signed = self.publisher.anchored, self.sealer.signed
        return {
            "sealed": self._age(signed.time if signed else None),
            "anchored": self._age(anchored.time if anchored else None),
            "chainRead": self._age(self.publisher.read_at),
        }

    def to_json(self) -> JsonObject:
        """Everything as `GET /log/status` tells it: no secret, nothing that the public log does not show."""
        publisher, settings = self.publisher, self._settings
        head = publisher.head
        return {
            "origin": settings.origin,
            "sizes": {**self.sizes()},
            "lags": {name: _lag_json(lag) for name, lag in self.lags().items()},
            "ages": {**self.ages()},
            "witnesses": [
                {"name": name, "cosigned": size} for name, size in sorted(self._cosigning.reach.items())
            ],
            "intervals": {
                "sealMilliseconds": settings.seal_interval_ms,
                "sealEntries": settings.seal_entries,
                "anchorMilliseconds": settings.anchor_interval_ms,
                "anchorEntries": settings.anchor_entries,
                "heartbeatSeconds": settings.heartbeat_seconds,
            },
            "chain": {
                **publisher.info.to_json(),
                "assurance": publisher.info.assurance,
                "trouble": publisher.stopped or publisher.trouble or None,
                "head": None if head is None else {"size": head.size, "blockNumber": head.block},
            },
        }

    def _age(self, since: int | None) -> int | None:
        return None if since is None else max(self._system.seconds() - since, 0)


def _lag_json(lag: Lag) -> JsonObject:
    found: JsonObject = {"entries": lag.entries}
    return found if lag.seconds is None else {**found, "seconds": lag.seconds}
