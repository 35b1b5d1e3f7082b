"""Sealing and signing: the task that ends batches and signs checkpoints by the signing rule.

A seal follows the first unsealed entry after a moment (idle) or the configured delay (busy), at the latest
after a configured number of entries; a heartbeat, a seal of nothing, follows a day of silence. The register's
line is on the disk before the signature exists (registry-protocol 3.3, 3.6, 7.4 to 7.6).

Silence counts from the time in the register's last line, so a restart neither repeats nor delays a heartbeat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.logs import logger
from api.registry.notes import Signed
from did.registry.signing import next_line, sign_checkpoint

if TYPE_CHECKING:
    from api.registry.notes import Notes
    from api.registry.register_file import RegisterFile
    from api.registry.sequencer import Sequencer
    from api.store.writer import Writer
    from api.system import System
    from did.registry.note import SignatureLine
    from did.registry.register import Register

IDLE_SECONDS: Final = 0.02
"""Entries that come together share a seal; longer would only make an idle service slow."""
BUSY_FACTOR: Final = 4
"""Under steady load seals come this much rarer than the configured delay."""
LOOK_SECONDS: Final = 60.0
"""While nothing comes the clock is looked at so often: a machine that slept does not miss a heartbeat."""
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When batches end: seconds from an entry to its seal, entries of a batch, seconds of silence."""

    delay: float
    entries: int
    heartbeat: float


class Sealer:
    """Seals, registers, signs, stores; one task."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        writer: Writer,
        register: Register,
        register_file: RegisterFile,
        notes: Notes,
        system: System,
        rhythm: Rhythm,
    ) -> None:
        self._sequencer = sequencer
        self._writer = writer
        self._register = register
        self._file = register_file
        self._notes = notes
        self._system = system
        self._rhythm = rhythm
        self._wake = asyncio.Event()
        self.signed: Signed | None = None
        self.on_signed = asyncio.Event()
        """For the publisher, which clears it."""
        self.on_published = asyncio.Event()
        """The same for the task that keeps the public folder; set also when a note gained a cosignature."""
        self.on_cosigning = asyncio.Event()
        """The same for the task that asks witnesses."""
        self.trouble = ""
        self.seals = 0
        self.heartbeats = 0
        self.failures: Counter[str] = Counter()
        """By code, since the start."""
        self.unsealed_since: int | None = None
        """When the oldest entry without a seal was noticed; None where there is none."""
        self._last_seal = float("-inf")
        self._began = system.monotonic()

    @property
    def sealed_size(self) -> int:
        """The newest sealed size."""
        return self._sequencer.log.sealed_size

    def notice(self) -> None:
        """Say that an entry was logged; on the event loop."""
        if self.unsealed_since is None:
            self.unsealed_since = self._system.seconds()
        self._wake.set()

    async def settle(self) -> None:
        """At start: sign and seal what a crash left undone; an empty log gets its first seal."""
        size, sealed = self._sequencer.size, self.sealed_size
        if sealed:
            await self._sign(sealed)
        if size > sealed or not size:
            await self._seal()

    async def run(self) -> None:
        """Seal for ever."""
        while True:
            try:
                await self._wait()
                await self._seal()
                self.trouble = ""
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                self.trouble = getattr(error, "code", type(error).__name__)
                self.failures[self.trouble] += 1
                logger.error("seal.failed", reason=self.trouble, task="sealer")
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def _wait(self) -> None:
        """Wait for entries and then for company; or for the heartbeat."""
        while not await self._woken(min(LOOK_SECONDS, self._rhythm.heartbeat)) or not self._pending():
            if self._silent():
                self.heartbeats += 1
                return
        rhythm, since = self._rhythm, self._system.monotonic() - self._last_seal
        if since > rhythm.delay * BUSY_FACTOR:
            await asyncio.sleep(min(IDLE_SECONDS, rhythm.delay))
            return
        end = self._system.monotonic() + rhythm.delay
        while (left := end - self._system.monotonic()) > 0 and self._unsealed() < rhythm.entries:
            self._wake.clear()
            await self._woken(left)

    async def _woken(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._wake.wait()
        return False

    def _pending(self) -> bool:
        """Whether there is something to seal or to sign; what woke us may have been sealed meanwhile."""
        signed_size = self.signed.size if self.signed else 0
        if self._unsealed() or self.sealed_size != signed_size:
            return True
        self._wake.clear()
        self.unsealed_since = None
        return False

    def _silent(self) -> bool:
        """Whether the newest checkpoint is a heartbeat old, by the wall's clock or by the process's own."""
        by_wall = self._system.seconds() - (self.signed.time if self.signed else 0)
        here = self._system.monotonic() - max(self._last_seal, self._began)
        return max(by_wall, here) >= self._rhythm.heartbeat

    async def add_line(self, size: int, line: SignatureLine) -> None:
        """Take a verified cosignature of a signed size into its note, and publish that."""
        note = await self._writer.run(lambda unit: self._notes.add(unit, size, line))
        if self.signed is not None and self.signed.size == size:
            self.signed = replace(self.signed, note=note)
            self.on_published.set()

    def _unsealed(self) -> int:
        return max(self._sequencer.size - self.sealed_size, 0)

    async def _seal(self) -> None:
        """End the batch and sign; where a seal stands that could not be signed, only sign."""
        if self._unsealed() or not self._pending():
            self._wake.clear()
            await self._writer.run(self._sequencer.seal, alone=True)
            self._last_seal = self._system.monotonic()
            self.unsealed_since = None
            self.seals += 1
        await self._sign(self.sealed_size)

    async def _sign(self, size: int) -> None:
        now = self._system.seconds()
        log = self._sequencer.log
        line = next_line(log, size, register=self._register, now=now)
        if self._register.find(size) is None:
            await asyncio.to_thread(self._file.append, line.text)
            self._register.record(line)
        note = sign_checkpoint(log, size, register=self._register, signers=self._notes.signers)
        signed = Signed(size, line.root, line.map_root, note, line.time)
        stored = await self._writer.run(lambda unit: self._notes.store(unit, signed))
        self.signed = replace(signed, note=stored)
        self.on_signed.set()
        self.on_published.set()
        self.on_cosigning.set()
        logger.debug("log.signed", size=size)
