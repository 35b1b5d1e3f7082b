"""Connections to SQLite.

Invariants:
- WAL, `synchronous=FULL`: a commit is on the disk before it returns.
- The driver begins no transaction by itself (its habit loses savepoints): on the writer, SQLAlchemy's `begin`
  says `BEGIN IMMEDIATE` in those words.
- What is deleted or erased is overwritten in the file, not only forgotten.
- Readers cannot write: their connections are opened read-only.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

if TYPE_CHECKING:
    from pathlib import Path

BUSY_MS = 5_000


def writing_engine(path: Path) -> Engine:
    """The engine of the single writer: one connection, made here, used by one thread at a time."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    # Many rows in few statements: the driver gives the interpreter's lock away with each, and while the event
    # loop is busy gets it back only after 5 ms.
    engine.dialect.use_insertmanyvalues_wo_returning = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reading_engine(path: Path) -> Engine:
    """The engine of readers: several read-only connections."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA query_only=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        isolation_level="AUTOCOMMIT",  # each read is one statement, hence its own snapshot
    )
