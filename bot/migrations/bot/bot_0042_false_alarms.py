"""Alerts that somebody says were false, and by whose word."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0042"
down_revision = "bot_0041"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('fired', 'worse', 'better', 'acknowledged', 'silenced', 'unsilenced', 'silence_over', 'paused', 'resumed',"
    " 'contained', 'ends_soon', 'again', 'told', 'nobody_left', 'resolved', 'joined', 'left', 'alone', 'false_alarm',"
    " 'no_false_alarm')"
)


def upgrade() -> None:
    op.add_column("alerts", sa.Column("false_at", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.add_column("alerts", sa.Column("false_by", sa.Uuid(), nullable=True), schema="pmbot")
    op.create_check_constraint(
        op.f("ck_alerts_false_alarm"), "alerts", "(false_at IS NULL) = (false_by IS NULL)", schema="pmbot"
    )
    op.drop_constraint(op.f("ck_alert_events_what"), "alert_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_alert_events_what"), "alert_events", HAPPENED, schema="pmbot")
