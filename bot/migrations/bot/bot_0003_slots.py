"""Slots: scheduled posts, each once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0003"
down_revision = "bot_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "rule", name=op.f("pk_schedules")),
        schema="pmbot",
    )
    op.create_table(
        "slots",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("missed", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("outcome IN ('taken', 'missed')", name=op.f("ck_slots_outcome")),
        sa.PrimaryKeyConstraint("schedule", "local_date", "local_time", name=op.f("pk_slots")),
        sa.UniqueConstraint("id", name=op.f("uq_slots_id")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT ON pmbot.schedules, pmbot.slots TO pmbot_app")
