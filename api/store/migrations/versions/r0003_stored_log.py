"""What follows from the log's entries, stored: tiles of the tree, pages of the map, states of DIDs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a start fills them from the entries that are there."""
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "log_states",
        sa.Column("scid34", sa.LargeBinary(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("hash34", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("deactivated", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "map_pages",
        sa.Column("prefix", sa.LargeBinary(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "map_replaced",
        sa.Column("by_version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("prefix", sa.LargeBinary(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them: they can be made again."""
    for table in ("map_replaced", "map_pages", "log_states", "log_tiles"):
        op.drop_table(table)
