"""What a step, or the end of a hold, waits for before it can be confirmed: Redis, while it is away."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0028"
down_revision = "bot_0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, first in (("executions", "at"), ("holds", "ended")):
        op.add_column(table, sa.Column("waits", sa.Text(), nullable=True), schema="pmbot")
        op.create_index(
            f"ix_{table}_waits", table, [first], schema="pmbot", postgresql_where=sa.text("waits IS NOT NULL")
        )
