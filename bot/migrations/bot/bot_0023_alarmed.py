"""A hold may end because an alert fired that it watched for."""

from alembic import op

revision = "bot_0023"
down_revision = "bot_0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_holds_cause"), "holds", schema="pmbot")
    op.create_check_constraint(
        op.f("ck_holds_cause"),
        "holds",
        "cause IN ('planned', 'resumed', 'outside', 'alarmed')",
        schema="pmbot",
    )
