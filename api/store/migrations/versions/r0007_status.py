"""Lists of status, the entries allocated in them, and who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PATHS = (
    "/challenges",
    "/clients",
    "/credentials/derive",
    "/credentials/issue",
    "/credentials/verify",
    "/dids",
    "/evidence",
    "/issuers",
    "/policies",
    "/presentations/verify",
    "/schemas",
)
"""The paths of every scope before this revision."""


def upgrade() -> None:
    """Make the tables, and let the first client, which holds every scope, hold the new ones too."""
    op.create_table(
        "status_lists",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("purposes", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_index("ix_status_lists_owner", "status_lists", ["tenant", "did", "purposes"])
    op.create_table(
        "status_entries",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("credential_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_status_entries_marked", "status_entries", ["list_id"], sqlite_where=sa.text("state > 0")
    )
    op.create_index(
        "ix_status_entries_credential",
        "status_entries",
        ["tenant", "credential_digest"],
        sqlite_where=sa.text("credential_digest IS NOT NULL"),
    )
    op.create_table(
        "status_changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_status_changes_entry", "status_changes", ["list_id", "position"])
    _give_first_client(_scopes(PATHS), _scopes((*PATHS, "/credentials/status")))


def downgrade() -> None:
    """Remove them."""
    _give_first_client(_scopes((*PATHS, "/credentials/status")), _scopes(PATHS))
    for table in ("status_changes", "status_entries", "status_lists"):
        op.drop_table(table)


def _scopes(paths: tuple[str, ...]) -> str:
    return " ".join(sorted(f"{verb}:{path}" for path in paths for verb in ("read", "write")))


def _give_first_client(before: str, after: str) -> None:
    clients = sa.table("clients", sa.column("name"), sa.column("tenant"), sa.column("scopes"))
    op.execute(
        clients.update()
        .where(clients.c.name == "bootstrap", clients.c.tenant == "default", clients.c.scopes == before)
        .values(scopes=after)
    )
