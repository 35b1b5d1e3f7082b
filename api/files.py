"""Small files that hold secrets or promises: whole or not at all, synced with the directories that name them.

Those of the service have mode 600; what is published has what the process's mask leaves of 666. A crash may
leave a file `.NAME.….new` beside the place of `NAME`: it was never in use and can be deleted.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def write_new(path: Path, content: bytes) -> None:
    """Create `path` with `content`, durable before this returns; `FileExistsError` if it is there already."""
    with _beside(path, content) as beside:
        os.link(beside, path)  # unlike a rename, this takes nobody's place
    sync_directory(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path` in one step, durable before this returns."""
    with _beside(path, content) as beside:
        beside.replace(path)
    sync_directory(path.parent)


def publish(path: Path, content: bytes) -> None:
    """Put a public file in place in one step, with the directories above it; durable before this returns."""
    make_directory(path.parent)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


def make_directory(path: Path, mode: int = 0o777) -> None:
    """Make a directory and those above it where they are missing, durable before this returns."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    for each in missing:
        sync_directory(each.parent)


def publish_all(folder: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Put many public files into one folder, each in one step, all of them durable before this returns.

    A file that has its content already is left alone: under its name it was synced when it got it.
    """
    make_directory(folder)
    written: dict[Path, Path] = {}
    for name, content in contents:
        if _holds(folder / name, content):
            continue
        beside = folder / f".{name}.new"
        beside.write_bytes(content)
        written[folder / name] = beside
    # Written first and synced afterwards: the disk gets most of them at once.
    for path, beside in written.items():
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    sync_directory(folder)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def sync_directory(directory: Path) -> None:
    """Make names in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directories(top: Path, *, flat: str = "") -> None:
    """Make the names of `top` and of all directories below it durable, if it is there.

    Directories named `flat` hold files only, maybe a million, and are not searched for more.
    """
    for directory, below, _ in os.walk(top):
        sync_directory(Path(directory))
        if flat in below:
            below.remove(flat)
            sync_directory(Path(directory, flat))


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A synced file of mode 600 in the directory of `path`, gone at the end unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)
