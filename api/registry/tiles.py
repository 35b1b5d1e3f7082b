"""The log as static files: `<data>/public/log/` holds checkpoint, hash tiles, entry bundles and histories.

Any file server or CDN can carry the folder; the service's own routes give the same bytes from memory and
database (C2SP tlog-tiles).

Invariants:
- Nothing is written that the newest signed checkpoint does not cover, and the checkpoint follows its tiles
  and histories: what it promises is there. So its size says where a crash interrupted the work, and a start
  goes on there.
- A file appears whole or not at all. Partial tiles go when no checkpoint here needs them any more.
- Trouble here delays the copy and stops nothing else; the next signature tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlmodel import col

from api import files
from api.errors import ApiError
from api.logs import logger
from api.registry.histories import FOLDER, changed_histories
from api.store.tables import LogEntry
from did.errors import DidError
from did.registry.checkpoint import parse_checkpoint
from did.registry.tiles import TilePath, encode_bundle, tiles_between

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.registry.notes import Signed
    from api.registry.sealer import Sealer
    from api.registry.sequencer import Sequencer
    from api.store.reader import Reader

CHECKPOINT: Final = "checkpoint"
RETRY_SECONDS: Final = 2.0
TOGETHER: Final = 256
"""Histories written and synced together."""


class Tiles:
    """The bytes of every tile up to the newest signed size."""

    def __init__(self, sequencer: Sequencer, reader: Reader, sealer: Sealer) -> None:
        self._sequencer = sequencer
        self._reader = reader
        self._sealer = sealer

    def serve(self, text: str) -> tuple[TilePath, bytes]:
        """The tile of a path that a stranger asks for; codes ``log.tile-path`` and ``log.tile``."""
        path, signed = TilePath.parse(text), self._sealer.signed
        if signed is None or path.needs > signed.size:
            raise ApiError(
                "log.tile",
                f"no signed checkpoint reaches this tile; it takes size {path.needs}",
                remedy="Read /log/checkpoint and ask for the tiles that its size has.",
                clause="C2SP tlog-tiles",
            )
        return path, self.content(path)

    def histories(self, old: int, new: int) -> Iterator[tuple[str, bytes]]:
        """Name and content of each history that grew between two sizes."""
        for path, content in changed_histories(self._reader.all, old, new):
            yield path.removeprefix(f"{FOLDER}/"), content

    def content(self, path: TilePath) -> bytes:
        """The bytes of a tile that the log reaches."""
        if path.level is not None:
            return self._sequencer.log.tile(path)
        position = col(LogEntry.position)
        rows = self._reader.all(
            select(col(LogEntry.entry))
            .where(position >= path.first, position < path.first + path.width)
            .order_by(position)
        )
        return encode_bundle([bytes(row.entry) for row in rows])


class PublicFolder:
    """Keeps the folder up with the signatures; one task, which works in a thread."""

    def __init__(self, folder: Path, tiles: Tiles, sealer: Sealer) -> None:
        self._folder = folder
        self._tiles = tiles
        self._sealer = sealer
        self._names_synced = False
        self._leaving = threading.Event()
        self.published = 0
        """The size that the folder is known to be complete for."""
        self.failures: Counter[str] = Counter()
        """By the error's type, since the start."""

    async def run(self) -> None:
        """Write for ever; on its end the thread stops at the next file, and a later start goes on."""
        try:
            await self._follow()
        finally:
            self._leaving.set()

    async def _follow(self) -> None:
        while True:
            self._sealer.on_published.clear()
            signed = self._sealer.signed
            try:
                if signed is not None:
                    await asyncio.to_thread(self.publish, signed)
            except Exception as error:  # noqa: BLE001  the task must outlive a full disk
                self.failures[type(error).__name__] += 1
                logger.error("tiles.failed", reason=type(error).__name__, task="tiles")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._sealer.on_published.wait()

    def publish(self, signed: Signed) -> None:
        """Write what lies between the checkpoint in the folder and a newer one, then that checkpoint."""
        if not self._names_synced:
            # A process that was killed may have made directories and not synced their names.
            files.sync_directories(self._folder.parents[1], flat=FOLDER)
            self._names_synced = True
        size = self.size()
        paths = list(tiles_between(size, signed.size))
        for path in paths:
            if self._leaving.is_set():
                return
            self._write(path.text, self._tiles.content(path))
        if not self._write_histories(size, signed.size):
            return
        self._write(CHECKPOINT, signed.note.encode())
        for path in paths:
            if not path.partial:
                shutil.rmtree(self._folder / (path.text + ".p"), ignore_errors=True)
        self.published = signed.size

    def size(self) -> int:
        """The size that the folder is complete for; 0 where its checkpoint is missing or not ours."""
        with contextlib.suppress(OSError, UnicodeDecodeError, DidError):
            checkpoint, _ = parse_checkpoint((self._folder / CHECKPOINT).read_bytes().decode())
            signed = self._sealer.signed
            if signed is not None and checkpoint.size <= signed.size:
                return checkpoint.size
        return 0

    def _write_histories(self, old: int, new: int) -> bool:
        """Write what changed; whether that was all, and not cut short by the end of the service."""
        folder = self._folder / FOLDER
        histories = self._tiles.histories(old if folder.exists() else 0, new)
        while some := list(islice(histories, TOGETHER)):
            if self._leaving.is_set():
                return False
            files.publish_all(folder, some)
        return True

    def _write(self, name: str, content: bytes) -> None:
        files.publish(self._folder / name, content)
