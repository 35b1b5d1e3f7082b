"""Check 1: the database is whole as a file, and has the tables that this release writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import api.store.tables  # noqa: F401  its import fills the metadata
from api.recovery.findings import CAP
from api.recovery.scratch import KEPT
from api.store.migrate import HEAD, VERSIONS

if TYPE_CHECKING:
    from api.recovery.findings import Findings

DAMAGED: Final = (
    "Restore the database from its backup, then `avow recover` completes it; see docs/recovery.md."
)


def check_database(found: Findings, connection: Connection) -> str:
    """Codes `store.damaged`, `store.reference`, `store.revision`, `store.schema`."""
    try:
        for row in connection.execute(text(f"PRAGMA {KEPT}.integrity_check({CAP + 1})")):
            if row[0] != "ok":
                found.add("store.damaged", "database", str(row[0]), remedy=DAMAGED)
    except DBAPIError as error:  # some damage ends the look for it
        found.add("store.damaged", "database", str(error.orig), remedy=DAMAGED)
        return "file"
    for row in connection.execute(text(f"PRAGMA {KEPT}.foreign_key_check")):
        place = f"{row[0]} row {row[1]}"
        found.add("store.reference", place, f"it refers to no row of {row[2]}", remedy=DAMAGED)
    present = inspect(connection)
    at = None
    if present.has_table(VERSIONS, schema=KEPT):
        at = connection.execute(text(f"SELECT version_num FROM {KEPT}.{VERSIONS}")).scalar()  # noqa: S608  constants
    if at != HEAD:
        found.add(
            "store.revision",
            VERSIONS,
            f"the schema is at revision {at}, this release expects {HEAD}",
            remedy="Start the service once: it migrates an older one. A newer one needs the newer release.",
        )
        return "schema"
    for table in SQLModel.metadata.sorted_tables:
        columns = set[str]()
        if present.has_table(table.name, schema=KEPT):
            columns = {column["name"] for column in present.get_columns(table.name, schema=KEPT)}
        for name in sorted({column.name for column in table.columns} - columns):
            found.add("store.schema", f"{table.name}.{name}", "this column is not there", remedy=DAMAGED)
    return f"file and schema {at}"
