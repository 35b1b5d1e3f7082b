"""Published schemas, and the scopes for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
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
)
"""The paths of every scope before this revision."""


def upgrade() -> None:
    """Make the table, and let the first client, which holds every scope, hold the new ones too."""
    op.create_table(
        "schema_versions",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("type_name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("context_refused", sa.String(), nullable=False),
        sa.Column("vct", sa.LargeBinary(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_index(op.f("ix_schema_versions_tenant"), "schema_versions", ["tenant"], unique=False)
    _give_first_client(_scopes(PATHS), _scopes((*PATHS, "/schemas")))


def downgrade() -> None:
    """Remove it."""
    _give_first_client(_scopes((*PATHS, "/schemas")), _scopes(PATHS))
    op.drop_index(op.f("ix_schema_versions_tenant"), table_name="schema_versions")
    op.drop_table("schema_versions")


def _scopes(paths: tuple[str, ...]) -> str:
    return " ".join(sorted(f"{verb}:{path}" for path in paths for verb in ("read", "write")))


def _give_first_client(before: str, after: str) -> None:
    clients = sa.table("clients", sa.column("name"), sa.column("tenant"), sa.column("scopes"))
    op.execute(
        clients.update()
        .where(clients.c.name == "bootstrap", clients.c.tenant == "default", clients.c.scopes == before)
        .values(scopes=after)
    )
