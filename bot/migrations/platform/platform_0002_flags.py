"""Flags for single users, and tenants that have one whatever its rollout."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    _tables()
    op.execute("SET LOCAL search_path = pmbot, public")


def _tables() -> None:
    op.create_table(
        "user_feature_flags",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("flag_key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_key"], ["feature_flags.key"], name=op.f("fk_user_feature_flags_flag_key_feature_flags")
        ),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_user_feature_flags_updated_by_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_feature_flags_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "flag_key", name=op.f("pk_user_feature_flags")),
    )
    op.create_index(op.f("ix_user_feature_flags_flag_key"), "user_feature_flags", ["flag_key"], unique=False)
    op.create_table(
        "feature_flag_allowlist",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("flag_key", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name=op.f("fk_feature_flag_allowlist_added_by_users")),
        sa.ForeignKeyConstraint(
            ["flag_key"], ["feature_flags.key"], name=op.f("fk_feature_flag_allowlist_flag_key_feature_flags")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_feature_flag_allowlist_tenant_id_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "flag_key", name=op.f("pk_feature_flag_allowlist")),
    )
    op.create_index(op.f("ix_feature_flag_allowlist_flag_key"), "feature_flag_allowlist", ["flag_key"], unique=False)
