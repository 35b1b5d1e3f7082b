"""Bring a database to the schema that this code expects."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from api.errors import ApiError

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD: Final = "0011"
"""The newest revision. Written here so that a start with nothing to migrate need not load Alembic."""
VERSIONS: Final = "alembic_version"


def migrate(connection: Connection) -> None:
    """Run what is missing in one transaction. Code `store.newer`: a later release wrote this database."""
    found = revision(connection)
    if found == HEAD:
        connection.rollback()
        return
    # A third of a second that a warm start does not need.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with as_file(files("api.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise ApiError(
                "store.newer",
                "the database was written by a later release of Avow",
                remedy="Start that release, or restore the backup made before the update.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    connection.commit()


def revision(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar()  # noqa: S608  a constant
    return None if found is None else str(found)
