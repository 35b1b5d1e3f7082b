"""A verified copy of a log in a directory that any file server can carry.

    DIR/log/checkpoint, DIR/log/tile/…     as C2SP tlog-tiles has them, so that DIR is a log like its origin
    DIR/dids/NAME/did.jsonl                histories that were asked for
    DIR/monitor.json                       the mirror's own state; it is a monitor too

What is fetched lies in its place at once, so that an interrupted run goes on where it was; the checkpoint
follows when everything under it was checked, and what was refused is removed.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from api import files
from api.client.failures import LocalError, RejectedError
from api.client.watching import Tiles, look_once
from did.methods.webvh import verify_history
from did.registry.monitorstate import MonitorState
from did.registry.tiles import tiles_between

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from api.client.service_client import ServiceClient
    from api.client.watching import Memory
    from did.registry.monitor import Look
    from did.registry.tiles import TilePath

STATE = "monitor.json"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Mirror:
    """One directory."""

    def __init__(self, folder: Path, service: ServiceClient) -> None:
        self._folder = folder
        self._service = service
        self._tiles = Tiles(service)
        self._touched: set[TilePath] = set()

    @property
    def state_path(self) -> Path:
        """The mirror's own state."""
        return self._folder / STATE

    def update(self, memory: Memory, *, now: int, max_age: int) -> tuple[Memory, Look]:
        """Fetch what is new, check it, and only then take over the checkpoint."""
        self._touched.clear()
        old = memory.state
        following, seen = self._look(memory, now, max_age)
        if following.state.size > old.size and self._lost(old.size, following.state.size):
            # Files went missing here: check the whole log again, with what is left and what is fetched anew.
            anew = replace(memory, state=MonitorState(old.origin, old.since, known=following.state.known))
            following, seen = self._look(anew, now, max_age)
        if following.state.size <= old.size:
            if seen.findings:
                self._remove_unchecked(old.size)
            return following, seen
        state = following.state
        files.publish(self._folder / "log/checkpoint", state.note.encode())
        following.keep(self.state_path)
        for path in tiles_between(0, state.size):
            if not path.partial:
                shutil.rmtree(self._file(path).with_name(f"{path.index % 1000:03}.p"), ignore_errors=True)
        return following, seen

    def histories(self, names: Iterable[str], state: MonitorState, *, now: datetime) -> list[str]:
        """Copy the histories of these names and of those that are here already; each is checked."""
        kept = {path.parent.name for path in self._folder.glob("dids/*/did.jsonl")}
        wanted = sorted(kept | set(names))
        for name in wanted:
            if not _NAME.fullmatch(name):
                raise LocalError("mirror.name", f"{name!r} is no name that a service gives")
            path = f"/dids/{quote(name, safe='')}/did.jsonl"
            text = self._service.text(path).encode()
            history = verify_history(text, expected_did=None, witnesses=None, now=now)
            logged = state.states.get(history.scid34)
            if (
                logged is None
                or len(history.versions) < logged.version
                or history.versions[logged.version - 1].entry_hash34 != logged.hash34
            ):
                raise RejectedError("mirror.history", f"the history of {name!r} is not the one in the log")
            files.publish(self._folder / "dids" / name / "did.jsonl", text)
        return wanted

    def _look(self, memory: Memory, now: int, max_age: int) -> tuple[Memory, Look]:
        return look_once(memory, self._service, call=None, now=now, max_age=max_age, fetch=self._fetch)

    def _fetch(self, path: TilePath) -> bytes | None:
        file = self._file(path)
        self._touched.add(path)
        if file.exists():
            return file.read_bytes()
        content = self._tiles(path)
        if content is not None:
            files.publish(file, content)
        return content

    def _lost(self, old: int, new: int) -> bool:
        return any(path.needs <= old and not self._file(path).exists() for path in tiles_between(0, new))

    def _remove_unchecked(self, old: int) -> None:
        for path in self._touched:
            if path.needs > old:
                self._file(path).unlink(missing_ok=True)

    def _file(self, path: TilePath) -> Path:
        return self._folder / "log" / path.text
