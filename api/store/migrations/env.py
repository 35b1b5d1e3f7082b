"""Alembic's environment: migrate over the connection that the caller brings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import api.store.tables  # noqa: F401  registers the tables


def migrate() -> None:
    """Run the revisions inside the caller's transaction, so that a failed one leaves nothing behind."""
    connection = context.config.attributes["connection"]
    assert isinstance(connection, Connection)
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transactional_ddl=True,
        render_as_batch=True,
    )
    context.run_migrations()


migrate()
