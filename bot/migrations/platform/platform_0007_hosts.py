"""Measurements of hosts, and backups of databases."""

import sqlalchemy as sa
from alembic import op

revision = "platform_0007"
down_revision = "platform_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    op.create_table(
        "host_health",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cpu", sa.Numeric(5, 4), nullable=True),
        sa.Column("memory", sa.Numeric(5, 4), nullable=True),
        sa.Column("disk", sa.Numeric(5, 4), nullable=True),
        sa.Column("connections", sa.Integer(), nullable=True),
        sa.Column("pool", sa.Numeric(5, 4), nullable=True),
        sa.PrimaryKeyConstraint("host", "at", name=op.f("pk_host_health")),
    )
    op.create_table(
        "backups",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status IN ('succeeded', 'failed')", name=op.f("ck_backups_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
    )
    op.create_index(op.f("ix_backups_database_finished"), "backups", ["database", "finished"])
    op.execute("SET LOCAL search_path = pmbot, public")
