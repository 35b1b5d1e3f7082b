"""A database for the time of one check: what follows from the entries, derived anew, beside what is kept.

One connection sees both: `main` is the scratch file with the four derived tables, `kept` the service's
database, attached read-only. A table without a name in front is the scratch's where it has it, else the kept
one's.

Invariants:
- The kept database is not written.
- Large results are read in portions (`PORTION`), whatever the size of the log.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from api.store.tables import LogState, LogTile, MapPage, MapReplaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Executable, Row

KEPT: Final = "kept"
PREFIX: Final = ".fsck-"
PORTION: Final = 2048
"""Rows fetched at once."""


@contextmanager
def scratch(database: Path) -> Iterator[Connection]:
    """Open both; the scratch file stands in the database's directory, and is gone at the end."""
    for left in database.parent.glob(f"{PREFIX}*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=database.parent) as folder:
        engine = create_engine(
            "sqlite://",
            creator=lambda: _connect(Path(folder) / "derived.sqlite3", database),
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
        )
        try:
            with engine.connect() as connection:
                tables = [
                    SQLModel.metadata.tables[t.__tablename__]
                    for t in (LogState, LogTile, MapPage, MapReplaced)
                ]
                SQLModel.metadata.create_all(connection, tables=tables, checkfirst=False)
                connection.exec_driver_sql("BEGIN")
                yield connection
        finally:
            engine.dispose()


def stream(connection: Connection, statement: str | Executable, **values: object) -> Iterator[Row[Any]]:
    """Rows in portions."""
    made = text(statement) if isinstance(statement, str) else statement
    with connection.execution_options(yield_per=PORTION).execute(made, values) as result:
        yield from result


def number(connection: Connection, statement: str, **values: object) -> int:
    """The one number that a statement gives, 0 for none."""
    return int(connection.execute(text(statement), values).scalar() or 0)


def _connect(path: Path, database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"ATTACH ? AS {KEPT}", (f"{database.absolute().as_uri()}?mode=ro",))
    return connection
