"""An alert that another one explains, or that came back."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0035"
down_revision = "bot_0034"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('fired', 'worse', 'better', 'acknowledged', 'silenced', 'unsilenced', 'silence_over', 'paused', 'resumed',"
    " 'contained', 'ends_soon', 'again', 'told', 'nobody_left', 'resolved', 'joined', 'left', 'alone')"
)


def upgrade() -> None:
    op.add_column("alerts", sa.Column("returned", sa.Integer(), server_default="0", nullable=False), schema="pmbot")
    op.add_column("alerts", sa.Column("part_of", sa.Uuid(), nullable=True), schema="pmbot")
    op.create_foreign_key(
        op.f("fk_alerts_part_of"),
        "alerts",
        "alerts",
        ["part_of"],
        ["id"],
        source_schema="pmbot",
        referent_schema="pmbot",
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_alerts_part_of"), "alerts", ["part_of"], schema="pmbot")
    op.drop_constraint(op.f("ck_alert_events_what"), "alert_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_alert_events_what"), "alert_events", HAPPENED, schema="pmbot")
