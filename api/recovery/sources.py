"""Copies of a log that bring a database back: a mirror's directory, the own public folder, a service.

All three lay it out alike: ``checkpoint``, ``tile/…`` and ``history/SCID.jsonl`` below the log's prefix.
Nothing that a source gives is believed here; whoever asks verifies it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from api.client.failures import LocalError, RefusedError
from api.registry.histories import history_file
from api.registry.tiles import CHECKPOINT
from did.methods.webvh import MAX_HISTORY_BYTES
from did.registry.note import MAX_NOTE
from did.registry.tiles import MAX_BUNDLE

if TYPE_CHECKING:
    from pathlib import Path

    from api.client.service_client import ServiceClient
    from did.registry.tiles import TilePath

PREFIX: Final = "log"


class Source(Protocol):
    """One copy of one log."""

    name: str

    def note(self) -> str | None:
        """The newest signed checkpoint, if there is one."""
        ...

    def tile(self, path: TilePath) -> bytes | None:
        """A tile or a bundle of entries."""
        ...

    def history(self, scid: str) -> bytes | None:
        """The history of a DID."""
        ...


class FolderSource:
    """A directory: that of a mirror, a service's `public`, or the `log` in either."""

    def __init__(self, folder: Path) -> None:
        """Find the log in the directory; code `recover.source`."""
        self.name = str(folder)
        below = folder / PREFIX
        self._log = below if below.is_dir() else folder
        if not (self._log / "tile").is_dir():
            raise LocalError(
                "recover.source",
                f"{folder} holds no copy of a log: there is no tile/ in it, nor in {PREFIX}/",
                remedy="name a mirror's directory, a service's public folder, or the URL of a service",
            )

    def note(self) -> str | None:
        """The file `checkpoint`."""
        content = self._read(CHECKPOINT, MAX_NOTE)
        return None if content is None else content.decode("utf-8", "replace")

    def tile(self, path: TilePath) -> bytes | None:
        """A file below `tile/`."""
        return self._read(path.text, MAX_BUNDLE)

    def history(self, scid: str) -> bytes | None:
        """A file below `history/`."""
        return self._read(history_file(scid), MAX_HISTORY_BYTES)

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            with (self._log / name).open("rb") as file:
                return file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None


class ServiceSource:
    """Another service, or any server that carries a mirror's directory."""

    def __init__(self, service: ServiceClient) -> None:
        self.name = service.url
        self._service = service

    def note(self) -> str | None:
        """GET /log/checkpoint."""
        content = self._service.find(f"/{PREFIX}/{CHECKPOINT}")
        return None if content is None else content.decode("utf-8", "replace")

    def tile(self, path: TilePath) -> bytes | None:
        """GET /log/tile/…."""
        return self._service.find(f"/{PREFIX}/{path.text}")

    def history(self, scid: str) -> bytes | None:
        """GET /log/history/SCID.jsonl."""
        try:
            return self._service.find(f"/{PREFIX}/{history_file(scid)}")
        except RefusedError:
            return None  # it knows the DID and does not have its history
