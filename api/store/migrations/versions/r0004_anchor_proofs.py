"""Anchors: when they became final, and the chain's proof of the newest ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("anchors", sa.Column("final_time", sa.Integer(), nullable=True))
    op.add_column("anchors", sa.Column("proof", sa.String(), nullable=True))
    anchors = sa.table("anchors", sa.column("final"), sa.column("time"), sa.column("final_time"))
    op.execute(anchors.update().where(anchors.c.final).values(final_time=anchors.c.time))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("anchors", "proof")
    op.drop_column("anchors", "final_time")
