"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "anchors",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("contract", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("block_number", sa.Integer(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("transaction", sa.LargeBinary(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "log_id", "size"),
    )
    op.create_table(
        "answers",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "client_id", "key_digest"),
    )
    op.create_index(op.f("ix_answers_created"), "answers", ["created"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_challenges_expires"), "challenges", ["expires"], unique=False)
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("map_root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "clients",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index(op.f("ix_clients_tenant"), "clients", ["tenant"], unique=False)
    op.create_table(
        "did_versions",
        sa.Column("scid", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("deactivated", sa.Boolean(), nullable=False),
        sa.Column("time", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scid", "version"),
        sa.UniqueConstraint("log_index"),
    )
    op.create_table(
        "dids",
        sa.Column("scid", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("hosted_keys", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scid"),
        sa.UniqueConstraint("did"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(op.f("ix_dids_tenant"), "dids", ["tenant"], unique=False)
    op.create_table(
        "issuers",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "profile"),
    )
    op.create_table(
        "keys",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("scid", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key_id", "version"),
    )
    op.create_index(op.f("ix_keys_scid"), "keys", ["scid"], unique=False)
    op.create_table(
        "log_entries",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_table(
        "meta",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )
    op.create_table(
        "policies",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "client_id", "name", "version"),
    )
    op.create_table(
        "tokens",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("expires", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_tokens_client_id"), "tokens", ["client_id"], unique=False)
    op.create_index(op.f("ix_tokens_expires"), "tokens", ["expires"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("challenge_digest", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("presentation_digest", sa.LargeBinary(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_digest"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_answers_created", table_name="answers")
    op.drop_index("ix_challenges_expires", table_name="challenges")
    op.drop_index("ix_clients_tenant", table_name="clients")
    op.drop_index("ix_dids_tenant", table_name="dids")
    op.drop_index("ix_keys_scid", table_name="keys")
    op.drop_index("ix_tokens_client_id", table_name="tokens")
    op.drop_index("ix_tokens_expires", table_name="tokens")
    op.drop_table("anchors")
    op.drop_table("answers")
    op.drop_table("challenges")
    op.drop_table("checkpoints")
    op.drop_table("clients")
    op.drop_table("did_versions")
    op.drop_table("dids")
    op.drop_table("issuers")
    op.drop_table("keys")
    op.drop_table("log_entries")
    op.drop_table("meta")
    op.drop_table("policies")
    op.drop_table("tokens")
    op.drop_table("verdicts")
