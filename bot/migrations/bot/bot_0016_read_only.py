"""Read-only mode is a hold of the bot's own, about which no other system is asked."""

from alembic import op

revision = "bot_0016"
down_revision = "bot_0015"
branch_labels = None
depends_on = None

VERIFICATIONS = "verification IN ('pending', 'confirmed', 'not_yet', 'recorded', 'unconfirmed', 'own')"


def upgrade() -> None:
    for table in ("executions", "holds"):
        op.drop_constraint(op.f(f"ck_{table}_verification"), table, schema="pmbot")
        op.create_check_constraint(op.f(f"ck_{table}_verification"), table, VERIFICATIONS, schema="pmbot")
