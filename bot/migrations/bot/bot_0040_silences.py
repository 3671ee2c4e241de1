"""Silences say why, and their end is told; alerts are found by what they are of."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0040"
down_revision = "bot_0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert_silences", sa.Column("reason", sa.Text(), nullable=True), schema="pmbot")
    op.add_column("alert_silences", sa.Column("told", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.execute("UPDATE pmbot.alert_silences SET told = until WHERE until <= clock_timestamp()")
    op.create_index(
        "ix_alert_silences_untold",
        "alert_silences",
        ["until"],
        schema="pmbot",
        postgresql_where=sa.text("told IS NULL"),
    )
    op.create_index(op.f("ix_alerts_rule_subject_resolved"), "alerts", ["rule", "subject", "resolved"], schema="pmbot")
