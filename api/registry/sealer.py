"""Sealing and signing: the task that ends batches and signs checkpoints by the signing rule.

A seal follows the first unsealed entry after a moment (idle) or the configured delay (busy), at the latest
after 1,000 entries; a heartbeat follows a day of silence. The register's line is on the disk before the
signature exists (registry-protocol 3.3, 3.6, 7.4 to 7.6).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert

from api.logs import logger
from api.store.tables import SERVICE_TENANT, Checkpoint
from did.registry.signing import next_line, sign_checkpoint

if TYPE_CHECKING:
    from api.registry.register_file import RegisterFile
    from api.registry.sequencer import Sequencer
    from api.store.writer import Unit, Writer
    from api.system import System
    from did.registry.note import NoteSigner
    from did.registry.register import Register

IDLE_SECONDS: Final = 0.02
"""Entries that come together share a seal; longer would only make an idle service slow."""
BUSY_FACTOR: Final = 4
"""Under steady load seals come this much rarer than the configured delay."""
BATCH: Final = 1000
HEARTBEAT_SECONDS: Final = 86_400.0
RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest signed checkpoint."""

    size: int
    root: bytes
    map_root: bytes
    note: str
    time: int


class Sealer:
    """Seals, registers, signs, stores; one task."""

    def __init__(
        self,
        *,
        sequencer: Sequencer,
        writer: Writer,
        register: Register,
        register_file: RegisterFile,
        signer: NoteSigner,
        system: System,
        delay: float,
        wake: asyncio.Event,
    ) -> None:
        self._sequencer = sequencer
        self._writer = writer
        self._register = register
        self._file = register_file
        self._signer = signer
        self._system = system
        self._delay = delay
        self.wake = wake
        self.signed: Signed | None = None
        self.on_signed = asyncio.Event()
        """For the publisher, which clears it."""
        self.on_published = asyncio.Event()
        """The same for the task that keeps the public folder."""
        self.trouble = ""
        self._last_seal = float("-inf")

    async def settle(self) -> None:
        """At start: sign and seal what a crash left undone; an empty log gets its first seal."""
        size, sealed = self._sequencer.size, self._sequencer.log.sealed_size
        if sealed:
            await self._sign(sealed)
        if size > sealed or not size:
            await self._seal()

    def sign_again(self, size: int) -> str:
        """The note of a size that was signed before and is not stored; ``register.missing`` for others."""
        return sign_checkpoint(self._sequencer.log, size, register=self._register, signers=[self._signer])

    async def run(self) -> None:
        """Seal for ever."""
        while True:
            try:
                await self._wait()
                await self._seal()
                self.trouble = ""
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                self.trouble = getattr(error, "code", type(error).__name__)
                logger.error("seal.failed", reason=self.trouble, task="sealer")
                await asyncio.sleep(RETRY_SECONDS)
                self.wake.set()

    async def _wait(self) -> None:
        """Wait for entries and then for company; or for the heartbeat."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self.wake.wait()
        except TimeoutError:
            return
        since = self._system.monotonic() - self._last_seal
        if since > self._delay * BUSY_FACTOR:
            await asyncio.sleep(min(IDLE_SECONDS, self._delay))
            return
        waited = 0.0
        step = self._delay / 10
        while waited < self._delay and self._unsealed() < BATCH:
            await asyncio.sleep(step)
            waited += step

    def _unsealed(self) -> int:
        return self._sequencer.size - self._sequencer.log.sealed_size

    async def _seal(self) -> None:
        self.wake.clear()
        batch = await self._writer.run(self._sequencer.seal, alone=True)
        self._last_seal = self._system.monotonic()
        await self._sign(batch.size)

    async def _sign(self, size: int) -> None:
        now = self._system.seconds()
        log = self._sequencer.log
        line = next_line(log, size, register=self._register, now=now)
        if self._register.find(size) is None:
            await asyncio.to_thread(self._file.append, line.text)
            self._register.record(line)
        note = sign_checkpoint(log, size, register=self._register, signers=[self._signer])
        signed = Signed(size, line.root, line.map_root, note, line.time)
        await self._writer.run(lambda unit: _store(unit, signed))
        self.signed = signed
        self.on_signed.set()
        self.on_published.set()
        logger.debug("log.signed", size=size)


def _store(unit: Unit, signed: Signed) -> None:
    values = {
        "size": signed.size,
        "tenant": SERVICE_TENANT,
        "root": signed.root,
        "map_root": signed.map_root,
        "note": signed.note,
        "time": signed.time,
    }
    statement = insert(Checkpoint).values(**values)
    unit.connection.execute(
        statement.on_conflict_do_update(index_elements=["size"], set_={"note": signed.note})
    )
