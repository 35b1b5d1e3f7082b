"""One process for each data directory, by a lock on a file that the kernel gives back when we die."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

from api import files
from api.errors import ApiError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class DataLock:
    """Holds the data directory for this process; code `store.locked` where another one has it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise at once; the directory is made (mode 700) where it is missing."""
        try:
            files.make_directory(self._path.parent, mode=0o700)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ApiError(
                "store.directory",
                f"the data directory cannot be used: {error.strerror}",
                remedy="Point AVOW_DATA at a directory that this user may write.",
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise ApiError(
                "store.locked",
                "another process uses this data directory",
                remedy="Stop the service that uses it, or name another directory (AVOW_DATA, --data).",
            ) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the directory back; safe to call twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
