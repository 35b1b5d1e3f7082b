"""Revocation lists that holders prove against, what was published of them, and published parameters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "revocation_lists",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("epoch_zero", sa.Integer(), nullable=False),
        sa.Column("epoch_seconds", sa.Integer(), nullable=False),
        sa.Column("gap_key", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id"),
        sa.UniqueConstraint("tenant", "did"),
    )
    op.create_table(
        "revocation_identifiers",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("identifier", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "identifier"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_revocation_identifiers_marked",
        "revocation_identifiers",
        ["list_id"],
        sqlite_where=sa.text("state > 0"),
    )
    op.create_table(
        "revocation_epochs",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "epoch"),
    )
    op.create_index("ix_revocation_epochs_made", "revocation_epochs", ["made"])
    op.create_table(
        "parameters",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(
        "ix_parameters_digits",
        "parameters",
        ["tenant", "did"],
        unique=True,
        sqlite_where=sa.text("kind = 'digits'"),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("parameters", "revocation_epochs", "revocation_identifiers", "revocation_lists"):
        op.drop_table(table)
