"""Bring a database to the schema that this code expects."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.errors import ApiError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Run what is missing in one transaction. Code `store.newer`: a later release wrote this database."""
    found = revision(connection)
    if found == head():
        connection.rollback()
        return
    if found is not None and found not in _known():
        raise ApiError(
            "store.newer",
            "the database was written by a later release of Avow",
            remedy="Start that release, or restore the backup made before the update.",
        )
    with as_file(files("api.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    connection.commit()


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _scripts() -> tuple[str, frozenset[str]]:
    with as_file(files("api.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        return scripts.get_current_head() or "", frozenset(s.revision for s in scripts.walk_revisions())


def head() -> str:
    """The revision that this code expects."""
    return _scripts()[0]


def _known() -> frozenset[str]:
    return _scripts()[1]
