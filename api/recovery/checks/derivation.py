"""Check 3: what the database derived from its entries is what was derived anew from them.

States and tiles are compared row by row. Of the map's pages those count that some map in use needs: the
versions since `needed_from`. Older ones may still wait for their deletion, if they are listed as replaced.

Not here: the derivation (`entries`). What is found here can be made again (`Mend.DERIVED`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.recovery.findings import Mend
from api.recovery.scratch import number, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.recovery.findings import Findings

REMEDY: Final = "It follows from the entries: `avow fsck --repair` makes it again."

_DIFFERING: Final = """
SELECT {keys} FROM {made} m LEFT JOIN kept.{table} k ON {same}
WHERE k.{first} IS NULL OR {other}
"""
_STRAY: Final = "SELECT {kept_keys} FROM kept.{table} k LEFT JOIN {made} m ON {same} WHERE m.{first} IS NULL"

_COUNTED: Final = ("log_states", "log_tiles", "map_pages")
_NEEDED_PAGES: Final = """(
SELECT p.prefix, p.version, p.tenant, p.page FROM main.map_pages p
LEFT JOIN main.map_replaced r ON r.prefix = p.prefix AND r.version = p.version AND r.by_version <= :needed
WHERE r.prefix IS NULL)"""
_LATER: Final = "(SELECT * FROM main.map_replaced WHERE by_version > :needed)"

_STRAY_PAGES: Final = """
SELECT k.prefix, k.version FROM kept.map_pages k
LEFT JOIN main.map_pages m ON m.prefix = k.prefix AND m.version = k.version
LEFT JOIN kept.map_replaced r ON r.prefix = k.prefix AND r.version = k.version AND r.by_version <= :needed
WHERE m.prefix IS NULL AND r.prefix IS NULL
"""
_STRAY_REPLACED: Final = """
SELECT k.by_version, k.prefix FROM kept.map_replaced k
LEFT JOIN main.map_replaced m ON m.by_version = k.by_version AND m.prefix = k.prefix
LEFT JOIN {pages} p ON p.prefix = k.prefix AND p.version = k.version
WHERE (k.by_version > :needed AND m.prefix IS NULL) OR (k.by_version <= :needed AND p.prefix IS NOT NULL)
"""


def check_derived(found: Findings, connection: Connection, *, needed_from: int) -> str:
    """Codes `derived.state`, `derived.tile`, `derived.page`, `derived.replaced`, `derived.stray`."""
    # A page is looked up by name here; the index is on the scratch table.
    connection.exec_driver_sql("CREATE INDEX main.ix_replaced ON map_replaced (prefix, version)")
    work = _Comparison(found, connection, needed_from)
    states, tiles, pages = ("scid34", "version"), ("level", "number"), ("prefix", "version")
    work.differing("log_states", states, ("tenant", "hash34", "position", "deactivated"), "derived.state")
    work.stray("log_states", states)
    work.differing("log_tiles", tiles, ("tenant", "hashes"), "derived.tile")
    work.stray("log_tiles", tiles)
    work.differing("map_pages", pages, ("tenant", "page"), "derived.page", made=_NEEDED_PAGES)
    work.reported("map_pages", pages, _STRAY_PAGES, "derived.stray", "nothing needs it")
    replaced = ("by_version", "prefix")
    work.differing("map_replaced", replaced, ("tenant", "version"), "derived.replaced", made=_LATER)
    work.reported(
        "map_replaced",
        replaced,
        _STRAY_REPLACED.format(pages=_NEEDED_PAGES),
        "derived.stray",
        "it does not follow from the log",
    )
    counts = [number(connection, f"SELECT count(*) FROM kept.{name}") for name in _COUNTED]  # noqa: S608
    return "{} states, {} tiles, {} pages".format(*counts)


class _Comparison:
    """The same few statements over four tables."""

    def __init__(self, found: Findings, connection: Connection, needed_from: int) -> None:
        self._found = found
        self._connection = connection
        self._needed = needed_from

    def differing(
        self, table: str, keys: Sequence[str], columns: Sequence[str], code: str, *, made: str = ""
    ) -> None:
        """Rows that are not there, or are others."""
        statement = _DIFFERING.format(
            keys=", ".join(f"m.{key}" for key in keys),
            made=made or f"main.{table}",
            table=table,
            same=_same(keys),
            first=keys[0],
            other=" OR ".join(f"k.{column} IS NOT m.{column}" for column in columns),
        )
        self.reported(table, keys, statement, code, "it is missing, or is not what the entries yield")

    def stray(self, table: str, keys: Sequence[str]) -> None:
        """Rows that do not follow from the entries."""
        statement = _STRAY.format(
            kept_keys=", ".join(f"k.{key}" for key in keys),
            table=table,
            made=f"main.{table}",
            same=_same(keys),
            first=keys[0],
        )
        self.reported(table, keys, statement, "derived.stray", "it does not follow from the log")

    def reported(self, table: str, keys: Sequence[str], statement: str, code: str, detail: str) -> None:
        """Every row of a statement as a finding."""
        values = {"needed": self._needed} if ":needed" in statement else {}
        for row in stream(self._connection, statement, **values):
            named = ", ".join(f"{key} {_shown(value)}" for key, value in zip(keys, row, strict=True))
            self._found.add(code, f"{table}: {named}", detail, remedy=REMEDY, mend=Mend.DERIVED)


def _same(keys: Sequence[str]) -> str:
    return " AND ".join(f"k.{key} = m.{key}" for key in keys)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
