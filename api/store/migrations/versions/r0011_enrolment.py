"""Offers to holders, and the enrolment tags of those who answered one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "offers",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
    )
    op.create_index("ix_offers_expires", "offers", ["expires"])
    op.create_index("ix_offers_owner", "offers", ["tenant", "did"])
    op.create_table(
        "enrolments",
        sa.Column("did", sa.String(), primary_key=True),
        sa.Column("person", sa.LargeBinary(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.UniqueConstraint("did", "tag"),
    )


def downgrade() -> None:
    """Forget them: who comes again is taken for a new person."""
    op.drop_table("enrolments")
    op.drop_table("offers")
