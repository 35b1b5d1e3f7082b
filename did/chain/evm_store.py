"""The embedded chain's key-value store: one SQLite file, one process, one transaction a block.

Invariants:
- What `transaction` wraps is on the disk as a whole when it returns (`synchronous=FULL`), or not at all;
  a process killed at any moment leaves the last whole transaction.
- One process at a time: the file stays locked while it is open (`chain.in-use`).
- Errors of SQLite leave as `chain.unavailable` (disk, lock) or `chain.store` (damage).

Not here: anything about blocks; py-evm sees this through an adapter in `evm`.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from did.chain.errors import ChainError
from did.chain.sqlite_faults import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

APPLICATION_ID: Final = 0x41564C47  # "AVLG"
FORMAT: Final = 1
_DAMAGED: Final = "restore this file from its backup; anchors made since are made again"
_SCHEMA: Final = (
    "CREATE TABLE node (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)


class EvmStore:
    """Bytes by key, and a few named texts about the chain as a whole.

    Not for use by two threads at once; one thread may open it and another use it.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        """Open or create the file (`chain.in-use`, `chain.store`, `chain.unavailable`).

        With `reading` the file must be there, is neither locked nor written, and every change fails.
        """
        self._path = path
        self._depth = 0
        name = f"{path.absolute().as_uri()}?mode=ro" if reading else str(path)
        with self._translated():
            # Autocommit: transactions are opened here, by name, and never by the sqlite3 module.
            self._db = sqlite3.connect(
                name, uri=reading, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            with self._translated():
                if reading:
                    self._check_form()
                else:
                    self._prepare()
        except BaseException:
            self._db.close()
            raise

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        with self._translated():
            row = self._db.execute("SELECT value FROM node WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: bytes, value: bytes) -> None:
        """Set the value of a key."""
        with self._translated():
            self._db.execute("INSERT OR REPLACE INTO node (key, value) VALUES (?, ?)", (key, value))

    def remove(self, key: bytes) -> bool:
        """Forget a key; tells whether it was there."""
        with self._translated():
            return self._db.execute("DELETE FROM node WHERE key = ?", (key,)).rowcount == 1

    def meta(self) -> dict[str, str]:
        """The named texts; empty in a new file."""
        with self._translated():
            return dict(self._db.execute("SELECT key, value FROM meta").fetchall())

    def set_meta(self, values: dict[str, str]) -> None:
        """Write the named texts of a new chain."""
        with self._translated():
            self._db.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", values.items())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes inside or, if an exception leaves the block, none. May be nested."""
        begin, commit, rollback = (
            (f"SAVEPOINT s{self._depth}", f"RELEASE s{self._depth}", f"ROLLBACK TO s{self._depth}")
            if self._depth
            else ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        )
        with self._translated():
            self._db.execute(begin)
        self._depth += 1
        try:
            yield
            with self._translated():
                self._db.execute(commit)
        except BaseException:
            # SQLite has already rolled back by itself after some faults, a full disk among them.
            if self._db.in_transaction:
                self._db.execute(rollback)
            raise
        finally:
            self._depth -= 1

    def close(self) -> None:
        """Fold the write-ahead log into the file and unlock it."""
        with self._translated():
            self._db.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self._db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise ChainError(
                "chain.unavailable", f"{self._path.name}: this file system has no write-ahead log"
            )
        self._db.execute("PRAGMA synchronous = FULL")
        # The first transaction takes the lock that is then kept.
        self._db.execute("BEGIN IMMEDIATE")
        if self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0 and not any(
            self._form()
        ):
            for statement in _SCHEMA:
                self._db.execute(statement)
        self._check_form()
        self._db.execute("COMMIT")

    def _form(self) -> tuple[int, int]:
        application, version = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        return application, version

    def _check_form(self) -> None:
        application, version = self._form()
        if (application, version) != (APPLICATION_ID, FORMAT):
            raise ChainError(
                "chain.store",
                f"{self._path.name} is no chain of format {FORMAT} (found {application:#x}, {version})",
                remedy="choose another data directory or restore this file from its backup",
            )

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._path.name, what="the chain", damaged=_DAMAGED)
