"""Evidence: what opens its leaves, and the scopes for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PATHS = (
    "/challenges",
    "/clients",
    "/credentials/derive",
    "/credentials/issue",
    "/credentials/verify",
    "/dids",
    "/issuers",
    "/policies",
    "/presentations/verify",
)
"""The paths of every scope before this revision."""


def upgrade() -> None:
    """Make the table, and let the first client, which holds every scope, hold the new ones too."""
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("key_digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("evidence_id"),
        sa.UniqueConstraint("log_index"),
    )
    op.create_index("ix_evidence_tenant_digest", "evidence", ["tenant", "digest"], unique=False)
    _give_first_client(_scopes(PATHS), _scopes((*PATHS, "/evidence")))


def downgrade() -> None:
    """Remove it."""
    _give_first_client(_scopes((*PATHS, "/evidence")), _scopes(PATHS))
    op.drop_index("ix_evidence_tenant_digest", table_name="evidence")
    op.drop_table("evidence")


def _scopes(paths: tuple[str, ...]) -> str:
    return " ".join(sorted(f"{verb}:{path}" for path in paths for verb in ("read", "write")))


def _give_first_client(before: str, after: str) -> None:
    clients = sa.table("clients", sa.column("name"), sa.column("tenant"), sa.column("scopes"))
    op.execute(
        clients.update()
        .where(clients.c.name == "bootstrap", clients.c.tenant == "default", clients.c.scopes == before)
        .values(scopes=after)
    )
