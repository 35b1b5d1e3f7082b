"""The wallet's file: the one place of this package that touches the file system.

Invariants:
- one writer: the lock on ``<file>.lock`` is held from opening to closing, and a second program is refused.
- a reader sees the old file or the new one, never a part: written beside, synced, renamed, folder synced.
- the file is readable and writable by its owner only (mode 0600) from the moment it exists.
- a symbolic link is not followed for the file that is written.

What is not here: what the bytes mean (`credentials.holder.vault`). POSIX only: the lock is `flock`.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from credentials.errors import WalletError
from credentials.holder.vault import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class WalletFile:
    """A wallet's file whose lock this program holds."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def exists(self) -> bool:
        """Whether there is a wallet."""
        return self._path.exists()

    def read(self) -> bytes:
        """Read the whole file. Codes: wallet.absent, wallet.file, wallet.unreadable."""
        try:
            with self._path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise WalletError(
                "wallet.absent",
                f"there is no wallet at {self._path}",
                remedy="create one with `avow wallet init`",
            ) from None
        except OSError as error:
            raise _failed(error, self._path) from error
        if len(data) > MAX_BYTES:
            raise WalletError("wallet.unreadable", f"the file has more than {MAX_BYTES} bytes")
        return data

    def create(self, data: bytes) -> None:
        """Write a new file. Code wallet.exists where there is one."""
        if self.exists():
            raise WalletError(
                "wallet.exists", f"there is a wallet at {self._path}", remedy="choose another file"
            )
        self.replace(data)

    def replace(self, data: bytes) -> None:
        """Replace the file's contents atomically and durably. Codes: wallet.file."""
        beside = self._path.with_name(f"{self._path.name}.new")
        try:
            beside.unlink(missing_ok=True)  # left by a program that was killed; the lock is ours
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with open(os.open(beside, flags, 0o600), "wb") as stream:  # noqa: PTH123 - a mode and flags
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _failed(error, self._path) from error


@contextmanager
def locked(path: Path) -> Iterator[WalletFile]:
    """Hold the wallet's lock for the length of a `with`. Codes: wallet.busy, wallet.file."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(
            path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600
        )
    except OSError as error:
        raise _failed(error, path) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WalletError(
                "wallet.busy", "another program has the wallet open", remedy="close it and try again"
            ) from None
        yield WalletFile(path)
    finally:
        os.close(descriptor)


def _failed(error: OSError, path: Path) -> WalletError:
    return WalletError("wallet.file", f"{path}: {error.strerror or type(error).__name__}")
