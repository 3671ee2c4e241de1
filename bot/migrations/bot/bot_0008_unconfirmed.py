"""What the platform never confirmed is a state of its own; whatever is open is found again by an index."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0008"
down_revision = "bot_0007"
branch_labels = None
depends_on = None

OPEN = (
    ("executions", "unsettled", "at", "verification IN ('pending', 'not_yet')"),
    ("proposals", "running", "created", "state IN ('approved', 'executing')"),
    ("messages", "said", "created", "projection = 'static' AND content IS NOT NULL"),
    ("effects", "open", "changed", "state IN ('planned', 'sent', 'unknown')"),
)
VERIFICATIONS = "verification IN ('pending', 'confirmed', 'not_yet', 'recorded', 'unconfirmed')"


def upgrade() -> None:
    for table in ("executions", "holds"):
        op.drop_constraint(op.f(f"ck_{table}_verification"), table, schema="pmbot")
        op.create_check_constraint(op.f(f"ck_{table}_verification"), table, VERIFICATIONS, schema="pmbot")
        op.add_column(table, sa.Column("asked", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
        op.create_index(
            f"ix_{table}_unconfirmed",
            table,
            ["asked"],
            schema="pmbot",
            postgresql_where=sa.text("verification = 'unconfirmed'"),
        )
    for table, name, column, rows in OPEN:
        op.create_index(f"ix_{table}_{name}", table, [column], schema="pmbot", postgresql_where=sa.text(rows))
