"""Small files that hold secrets or promises: whole or not at all, synced with their directory.

Those of the service have mode 600; what is published has what the process's mask leaves of 666.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Create `path` with `content`, durable before this returns; `FileExistsError` if it is there already."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path` in one step, durable before this returns."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    write_new(beside, content)
    beside.replace(path)
    sync_directory(path.parent)


def publish(path: Path, content: bytes) -> None:
    """Put a public file in place in one step, with the directories above it; durable before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


def publish_all(folder: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """Put many public files into one folder, each in one step, all of them durable before this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in contents:
        beside = folder / f".{name}.new"
        beside.write_bytes(content)
        written.append((beside, folder / name))
    # Written first and synced afterwards: the disk gets most of them at once.
    for beside, path in written:
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    sync_directory(folder)


def sync_directory(directory: Path) -> None:
    """Make names in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
