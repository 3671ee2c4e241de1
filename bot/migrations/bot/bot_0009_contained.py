"""An alert whose jobs are only held back by a pause is contained, not over."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0009"
down_revision = "bot_0008"
branch_labels = None
depends_on = None

STATES = "state IN ('pending', 'firing', 'acknowledged', 'contained', 'resolved')"
HAPPENED = (
    "what IN ('fired', 'worse', 'better', 'acknowledged', 'silenced', 'unsilenced', 'silence_over', 'paused', 'resumed',"
    " 'contained', 'ends_soon', 'again', 'told', 'nobody_left', 'resolved')"
)
ADDED = {
    "contained": "(state = 'contained') = (contained IS NOT NULL)",
    "held_back": "state <> 'contained' OR (severity IS NOT NULL AND waiting_since IS NULL)",
}


def upgrade() -> None:
    op.add_column("alerts", sa.Column("contained", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    for table, name, allowed in (("alerts", "state", STATES), ("alert_events", "what", HAPPENED)):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, schema="pmbot")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, allowed, schema="pmbot")
    for name, rule in ADDED.items():
        op.create_check_constraint(op.f(f"ck_alerts_{name}"), "alerts", rule, schema="pmbot")
