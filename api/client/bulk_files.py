"""What a bulk run keeps on this machine: the credentials, the rows that were refused, and how far it got.

Invariants:
- The state is written after what it speaks of is on the disk; what lies beyond it is cut off by a resumed
  run and fetched again. So each row stands in the output once.
- All files are readable by their owner only. The state holds no claim and no key of a row.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from api.client.failures import LocalError
from api.client.files import os_failure, read_object, write_object
from api.files import sync_directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINES: Final = ".jsonl"


@dataclass(frozen=True, slots=True)
class State:
    """A run that is not over: what it is about, and what is safe in the files."""

    service: str
    profile: str
    request: str
    """The digest of file, mapping and profile: another file cannot go on with this run."""
    key: str
    batch: str = ""
    fetched: int = 0
    issued: int = 0
    refused: int = 0
    bytes: int = 0
    refused_bytes: int = 0


class Files:
    """Output, refusals and state of one run, side by side."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.refused = out.with_name(out.name + ".refused.jsonl")
        self._state = out.with_name(out.name + ".state.json")
        self._lines = out.suffix == LINES

    def read_state(self) -> State | None:
        """The state of an interrupted run, or nothing (`bulk.state`)."""
        if not self._state.exists():
            return None
        try:
            return State(**read_object(self._state))  # type: ignore[arg-type]
        except TypeError:
            raise LocalError(
                "bulk.state",
                f"{self._state} is no state of a bulk run",
                remedy="remove it; the same file and profile find their batch again",
            ) from None

    def check_fresh(self, *, replace: bool) -> None:
        """Refuse to write over what is there (`file.exists`)."""
        if not replace and (self.out.exists() or self.refused.exists()):
            there = self.out if self.out.exists() else self.refused
            raise LocalError(
                "file.exists", f"{there} exists already", remedy="choose another name, or add --replace"
            )

    def write_state(self, state: State) -> None:
        """Keep how far the run got."""
        write_object(self._state, asdict(state), private=True, replace=True)

    def begin(self, state: State) -> None:
        """Make the files, or cut off what a crash left beyond the state."""
        try:
            if self._lines:
                _cut(self.out, state.bytes)
            else:
                self.out.mkdir(mode=0o700, parents=True, exist_ok=True)
            _cut(self.refused, state.refused_bytes)
        except OSError as error:
            raise os_failure(error, self.out) from error

    def add(
        self, state: State, results: Sequence[dict[str, Any]], refusals: Sequence[dict[str, Any]]
    ) -> State:
        """Write a page of results, then the state that includes it."""
        try:
            if self._lines:
                size = _append(self.out, [_line(result) for result in results])
            else:
                size = 0
                for result in results:
                    _whole(self.out / f"{result['row']:06d}.json", result)
                sync_directory(self.out)
            refused_size = _append(self.refused, [_line(refusal) for refusal in refusals])
        except OSError as error:
            raise os_failure(error, self.out) from error
        after = replace(
            state,
            fetched=state.fetched + len(results) + len(refusals),
            issued=state.issued + len(results),
            refused=state.refused + len(refusals),
            bytes=state.bytes + size,
            refused_bytes=state.refused_bytes + refused_size,
        )
        self.write_state(after)
        return after

    def end(self, state: State) -> None:
        """Forget the state; without refusals their file goes too."""
        if not state.refused:
            self.refused.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _cut(path: Path, size: int) -> None:
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(number, size)
        os.fsync(number)
    finally:
        os.close(number)
    sync_directory(path.parent)


def _append(path: Path, lines: Sequence[bytes]) -> int:
    content = b"".join(lines)
    if content:
        with path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    return len(content)


def _whole(path: Path, result: dict[str, Any]) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(json.dumps(result, ensure_ascii=False, indent=2).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
