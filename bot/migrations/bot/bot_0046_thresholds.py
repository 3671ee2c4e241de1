"""Thresholds that somebody has changed, beside what the rules file says."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0046"
down_revision = "bot_0045"
branch_labels = None
depends_on = None

RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.alert_levels, pmbot.alert_thresholds TO pmbot_app"


def _columns(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "alert_levels",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        *_columns("fires", "clears"),
        sa.Column("low", sa.Boolean(), nullable=False),
        sa.Column("percent", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "severity", name=op.f("pk_alert_levels")),
        schema="pmbot",
    )
    op.create_table(
        "alert_thresholds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        *_columns("fires", "clears", "base_fires", "base_clears"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_thresholds")),
        schema="pmbot",
    )
    op.create_index(
        "uq_alert_thresholds_in_force",
        "alert_thresholds",
        ["rule", "severity"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.execute(RIGHTS)
