"""What the platform never confirmed is a state of its own, and is asked about again every day."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0008"
down_revision = "bot_0007"
branch_labels = None
depends_on = None

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
