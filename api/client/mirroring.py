"""A verified copy of a log in a directory that any file server can carry.

    DIR/log/checkpoint, DIR/log/tile/…     as C2SP tlog-tiles has them, so that DIR is a log like its origin
    DIR/log/history/SCID.jsonl             the history of each DID, up to the version in the copy's log
    DIR/monitor.json                       the mirror's own state; it is a monitor too
    DIR/histories.json                     up to which size all histories are here, and which were refused

What is fetched lies in its place at once, so that an interrupted run goes on where it was; the checkpoint
follows when everything under it was checked, and what was refused is removed. A history is kept only if it is
valid and is the one that the log commits to.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api import files
from api.client.watching import Tiles, look_once
from did.encoding import encode_base58btc
from did.errors import DidError
from did.methods.webvh import verify_history
from did.registry.bundle import cut_history
from did.registry.monitorstate import MonitorState
from did.registry.tiles import tiles_between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.client.service_client import ServiceClient
    from api.client.watching import Memory
    from did.registry.monitor import Look
    from did.registry.statemap import DidState
    from did.registry.tiles import TilePath

STATE = "monitor.json"
PROGRESS = "histories.json"


@dataclass(frozen=True, slots=True)
class Histories:
    """What a run came to: how many are here, how many are not yet, and which were refused, with codes."""

    kept: int
    missing: int
    withheld: tuple[tuple[str, str], ...]


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

    def wanted(self, state: MonitorState, *, limit: int) -> int:
        """How many histories a run with that limit will ask for."""
        return min(len(self._missing(state)), limit)

    def histories(self, state: MonitorState, *, limit: int, advance: Callable[[], None]) -> Histories:
        """Fetch the histories that are not here as of `state`, `limit` at most."""
        missing = self._missing(state)
        refused: list[tuple[str, str]] = []
        for scid34 in missing[:limit]:
            scid = encode_base58btc(scid34)
            code = self._copy_history(scid, state.states[scid34])
            if code:
                refused.append((code, scid))
            advance()
        left = len(missing) - len(missing[:limit]) + len(refused)
        complete, before = self._progress()
        scids = [scid for _, scid in refused]
        content = {
            "complete": complete if left else state.size,
            "refused": sorted({*scids, *before} if left > len(refused) else scids),
        }
        files.publish(self._folder / PROGRESS, json.dumps(content).encode())
        return Histories(len(state.states) - left, left, tuple(refused))

    def _progress(self) -> tuple[int, frozenset[str]]:
        """Up to which size all histories are here, and those that were refused."""
        try:
            content = json.loads((self._folder / PROGRESS).read_bytes())
            return int(content["complete"]), frozenset(map(str, content["refused"]))
        except (OSError, ValueError, KeyError, TypeError):  # looking at every file again costs time only
            return 0, frozenset()

    def _missing(self, state: MonitorState) -> list[bytes]:
        """The SCIDs whose history is not here up to its newest version: oldest first, once refused last.

        So histories that nobody can get keep no others out.
        """
        complete, refused = self._progress()
        here = {path.name for path in self._folder.glob("log/history/*.jsonl")}
        missing: list[tuple[bool, int, bytes]] = []
        for scid34, known in state.states.items():
            scid = encode_base58btc(scid34)
            name = f"{scid}.jsonl"
            fresh = name in here and (known.index < complete or self._is_current(name, known))
            if not fresh:
                missing.append((scid in refused, known.index, scid34))
        return [scid34 for _, _, scid34 in sorted(missing)]

    def _is_current(self, name: str, known: DidState) -> bool:
        lines = (self._folder / "log/history" / name).read_bytes().splitlines()
        version_id = f'"{known.version}-{encode_base58btc(known.hash34)}"'
        return len(lines) == known.version and version_id.encode() in lines[-1]

    def _copy_history(self, scid: str, known: DidState) -> str:
        """Fetch, check and keep one; gives a code where it cannot be kept."""
        served = self._service.find(history_path(scid))
        if served is None:
            return "mirror.withheld"
        try:
            text = cut_history(served.decode("utf-8"), known.version)
            history = verify_history(text.encode(), expected_did=None, witnesses=None, now=None)
        except (DidError, UnicodeDecodeError):
            return "mirror.history"
        if history.scid != scid or history.latest.entry_hash34 != known.hash34:
            return "mirror.history"
        files.publish(self._folder / history_path(scid).lstrip("/"), text.encode())
        return ""

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


def history_path(scid: str) -> str:
    """Where a log, or a copy of it, has the history of a DID."""
    return f"/log/history/{scid}.jsonl"
