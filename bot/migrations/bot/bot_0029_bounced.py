"""A letter may come back after it was taken."""

from alembic import op

revision = "bot_0029"
down_revision = "bot_0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_effects_state"), "effects", schema="pmbot")
    op.create_check_constraint(
        op.f("ck_effects_state"),
        "effects",
        "state IN ('planned', 'sent', 'done', 'failed', 'unknown', 'bounced')",
        schema="pmbot",
    )
