"""Objectives, and what each minute counted towards them."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0033"
down_revision = "bot_0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objectives",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_objectives")),
        schema="pmbot",
    )
    op.create_table(
        "objective_minutes",
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good", sa.Float(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("objective", "minute", name=op.f("pk_objective_minutes")),
        schema="pmbot",
    )
    for table in ("objectives", "objective_minutes"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.{table} TO pmbot_app")
