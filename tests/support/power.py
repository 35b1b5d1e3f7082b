"""A disk that loses power: a process's recorded calls, replayed up to a moment, minus what was not synced.

What a file system promises, and no more:
- A write may be on the disk before its sync, or not, in any order, each sector of it by itself.
- A name (created, renamed, unlinked, a directory made) is certain once its directory is synced; until then it
  may be there or not. Changes in one directory come to be in order.
- A sync covers what was done before it began. What it covers is on the disk once it has returned.

Not here: shared memory of SQLite (`-shm`), which a power cut wipes and SQLite builds again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

    from tests.support.recording import Call

SECTOR = 512


class Survives(Enum):
    """What is left of what was not synced."""

    NOTHING = "nothing"
    FIRST = "the first part"
    SOME = "some sectors"
    ALL = "all"


@dataclass(slots=True)
class _Change:
    """A write at an offset, or a cut to a length."""

    at: int
    data: bytes | None
    done: int

    def apply(self, content: bytearray) -> None:
        if self.data is None:
            del content[self.at :]
            content.extend(bytes(self.at - len(content)))
        else:
            content.extend(bytes(max(self.at - len(content), 0)))
            content[self.at : self.at + len(self.data)] = self.data

    def sectors(self) -> Iterator[_Change]:
        if self.data is None:
            yield self
            return
        at, end = self.at, self.at + len(self.data)
        while at < end:
            after = min((at // SECTOR + 1) * SECTOR, end)
            yield _Change(at, self.data[at - self.at : after - self.at], self.done)
            at = after


@dataclass(slots=True, eq=False)
class File:
    """One file, whatever its names."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[_Change] = field(default_factory=list)

    def sync(self, before: int) -> None:
        while self.pending and self.pending[0].done < before:
            self.pending.pop(0).apply(self.synced)

    def after_cut(self, survives: Survives, rng: random.Random) -> bytes:
        content = bytearray(self.synced)
        kept: Iterable[_Change] = self.pending
        if survives is Survives.NOTHING:
            kept = ()
        elif survives is Survives.FIRST:
            kept = self.pending[: rng.randint(0, len(self.pending))]
        elif survives is Survives.SOME:
            sectors = [sector for change in self.pending for sector in change.sectors()]
            kept = [sector for sector in sectors if rng.random() < 0.5]
            # The length may be on the disk although what stands there is not: then there are zeros.
            if rng.random() < 0.5:
                for change in self.pending:
                    _Change(change.at + len(change.data or b""), b"", 0).apply(content)
        for change in kept:
            change.apply(content)
        return bytes(content)


@dataclass(slots=True, eq=False)
class Folder:
    """One directory: what certainly stands in it, and what was done since, in order."""

    synced: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[int, dict[str, File | Folder | None]]] = field(default_factory=list)

    def now(self) -> dict[str, File | Folder]:
        return self._after(len(self.pending))

    def change(self, done: int, names: dict[str, File | Folder | None]) -> None:
        self.pending.append((done, names))

    def sync(self, before: int) -> None:
        count = sum(done < before for done, _ in self.pending)
        self.synced = self._after(count)
        del self.pending[:count]

    def after_cut(self, survives: Survives, rng: random.Random) -> dict[str, File | Folder]:
        if survives is Survives.NOTHING:
            return self._after(0)
        if survives is Survives.ALL:
            return self.now()
        return self._after(rng.randint(0, len(self.pending)))

    def _after(self, count: int) -> dict[str, File | Folder]:
        found = dict(self.synced)
        for _, names in self.pending[:count]:
            for name, what in names.items():
                if what is None:
                    found.pop(name, None)
                else:
                    found[name] = what
        return found


class Disk:
    """Everything below one directory, which itself is certain. Calls are replayed in their order."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.top = Folder()
        self._open: dict[int, File | Folder] = {}
        self._places: dict[int, Path] = {}
        self._offsets: dict[int, int] = {}
        self._appending: set[int] = set()
        self.syncs = 0

    def restart(self) -> None:
        """Another process begins: no file is open."""
        self._open.clear()
        self._places.clear()
        self._offsets.clear()
        self._appending.clear()

    def holds(self, descriptor: int) -> bool:
        """Whether a descriptor is a file here."""
        return descriptor in self._open

    def replay(self, call: Call) -> bool:
        """Do what a call did, if it was about files here; tells whether it was."""
        if call.result < 0:
            return False
        match call.name:
            case "openat" | "open" | "creat":
                return self._opened(call)
            case "mkdir" | "mkdirat":
                return self._named(call, Folder)
            case "rename" | "renameat" | "renameat2":
                return self._renamed(call)
            case "link" | "linkat":
                return self._linked(call)
            case "unlink" | "unlinkat" | "rmdir":
                return self._named(call, lambda: None)
            case "symlink" | "symlinkat" | "truncate":
                assert not any(self._below(call, text) for text in call.texts), f"{call.name} is not replayed"
                return False
            case "sync" | "syncfs":
                raise AssertionError(f"{call.name} is not replayed")
        return self._on_descriptor(call)

    def write_after_cut(self, target: Path, survives: Survives, rng: random.Random) -> None:
        """Lay out what would be found after a power cut now."""
        self._write(self.top, target, survives, rng)

    def _write(self, folder: Folder, target: Path, survives: Survives, rng: random.Random) -> None:
        target.mkdir(exist_ok=True)
        for name, what in folder.after_cut(survives, rng).items():
            if isinstance(what, Folder):
                self._write(what, target / name, survives, rng)
            elif not name.endswith("-shm"):
                path = target / name
                path.write_bytes(what.after_cut(survives, rng))
                path.chmod(0o600)

    def _path(self, call: Call, text: bytes) -> Path:
        """The path that a call names; a relative one below an open directory, or below ours to no purpose."""
        path = Path(text.decode())
        first = call.arguments.split(", ")[0]
        if not path.is_absolute() and first.isdecimal():
            return self._places.get(int(first), Path()) / path
        return path

    def _below(self, call: Call, text: bytes) -> tuple[str, ...]:
        path = self._path(call, text)
        return path.relative_to(self._root).parts if path.is_relative_to(self._root) else ()

    def _parent(self, parts: tuple[str, ...]) -> Folder:
        folder = self.top
        for part in parts[:-1]:
            below = folder.now()[part]
            assert isinstance(below, Folder)
            folder = below
        return folder

    def _opened(self, call: Call) -> bool:
        self._forget(call.result)
        path = self._path(call, call.texts[0])
        if not path.is_relative_to(self._root):
            return False
        parts, found = path.relative_to(self._root).parts, None
        if not parts:
            found = self.top
        else:
            parent = self._parent(parts)
            found = parent.now().get(parts[-1])
        if found is None:
            assert "O_CREAT" in call.arguments
            found = File()
            parent.change(call.done, {parts[-1]: found})
        elif "O_TRUNC" in call.arguments:
            assert isinstance(found, File)
            found.pending.append(_Change(0, None, call.done))
        self._open[call.result] = found
        self._places[call.result] = path
        self._offsets[call.result] = 0
        if "O_APPEND" in call.arguments:
            self._appending.add(call.result)
        return True

    def _named(self, call: Call, make: object) -> bool:
        parts = self._below(call, call.texts[0])
        if not parts:
            return False
        assert callable(make)
        self._parent(parts).change(call.done, {parts[-1]: make()})
        return True

    def _renamed(self, call: Call) -> bool:
        old, new = (self._below(call, text) for text in call.texts)
        if not old and not new:
            return False
        assert old[:-1] == new[:-1], "a name moved between directories"
        parent = self._parent(old)
        parent.change(call.done, {old[-1]: None, new[-1]: parent.now()[old[-1]]})
        return True

    def _linked(self, call: Call) -> bool:
        old, new = (self._below(call, text) for text in call.texts)
        if not old and not new:
            return False
        self._parent(new).change(call.done, {new[-1]: self._parent(old).now()[old[-1]]})
        return True

    def _on_descriptor(self, call: Call) -> bool:
        if call.name in {"accept", "accept4", "dup", "dup2", "dup3"}:
            assert call.name.startswith("accept") or not self.holds(call.number(0)), "dup is not replayed"
            self._forget(call.result)
            return False
        number = call.number(0)
        if not self.holds(number):
            return False
        what = self._open[number]
        match call.name:
            case "close":
                self._forget(number)
            case "lseek":
                self._offsets[number] = call.result
            case "fsync" | "fdatasync":
                what.sync(call.begun)
                self.syncs += 1
            case "write" | "pwrite64" | "ftruncate":
                assert isinstance(what, File)
                self._changed(call, number, what)
            case _:
                raise AssertionError(f"{call.name} is not replayed")
        return True

    def _changed(self, call: Call, number: int, file: File) -> None:
        if call.name == "ftruncate":
            file.pending.append(_Change(call.number(1), None, call.done))
            return
        data = call.texts[0][: call.result]
        if call.name == "pwrite64":
            at = call.number(3)
        else:
            at = self._offsets[number]
            assert number not in self._appending, "appending is not replayed"
            self._offsets[number] = at + len(data)
        file.pending.append(_Change(at, data, call.done))

    def _forget(self, number: int) -> None:
        self._open.pop(number, None)
        self._places.pop(number, None)
        self._offsets.pop(number, None)
        self._appending.discard(number)
