"""The checkpoint register on disk: appended and synced before a signature leaves the process.

The file stands outside the database and its backup, so that a restored copy of the database cannot sign a
second root for a size (registry-protocol 7.4). The lines' form and the rules are `did.registry.register`'s.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from api import files

if TYPE_CHECKING:
    from pathlib import Path


class RegisterFile:
    """One open register; `append` returns after the line is on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            files.write_new(path, b"")
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)

    def read(self) -> bytes:
        """Everything in the file, a torn last line included."""
        return self._path.read_bytes()

    def drop_torn_line(self) -> None:
        """Cut what follows the last line end: it was never signed."""
        content = self.read()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.ftruncate(self._descriptor, whole)
            os.fsync(self._descriptor)

    def append(self, line: str) -> None:
        """Append one line with its line end and sync it."""
        rest = line.encode("ascii")
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
