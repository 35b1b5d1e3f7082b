"""The checkpoint register on disk: appended and synced before a signature leaves the process.

Invariant: a line stands in the file as a whole, or is cut off again before the next one is written.

The file stands outside the database and its backup, so that a restored copy of the database cannot sign a
second root for a size (registry-protocol 7.4). The lines' form and the rules are `did.registry.register`'s.
"""

from __future__ import annotations

import os
import threading
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
        self._lock = threading.Lock()
        self._file = path.open("r+b", buffering=0)
        self._end = path.stat().st_size

    def read(self) -> bytes:
        """Everything in the file, a torn last line included."""
        return self._path.read_bytes()

    def drop_torn_line(self, torn: int) -> None:
        """Cut the last `torn` bytes off, a line that was never signed."""
        if torn:
            self._end -= torn
            self._file.truncate(self._end)
            os.fsync(self._file.fileno())

    def append(self, line: str) -> None:
        """Append one line with its line end and sync it; may run in a thread beside `close`."""
        with self._lock:
            whole = self._end
            self._file.truncate(whole)  # what a full disk left of the line before
            self._file.seek(whole)
            rest = line.encode("ascii")
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
            self._end = whole + len(line)

    def close(self) -> None:
        """Close the file, after whatever is being written."""
        with self._lock:
            self._file.close()
