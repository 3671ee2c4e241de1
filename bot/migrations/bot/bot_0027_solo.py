"""Somebody may announce that they go alone: when it runs unless it is stopped is a row, never a timer."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0027"
down_revision = "bot_0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_decisions_verdict"), "decisions", schema="pmbot")
    op.create_check_constraint(
        op.f("ck_decisions_verdict"),
        "decisions",
        "verdict IN ('approve', 'reject', 'break_glass', 'solo')",
        schema="pmbot",
    )
    op.add_column("decisions", sa.Column("runs", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.create_check_constraint(
        op.f("ck_decisions_runs"), "decisions", "(verdict = 'solo') = (runs IS NOT NULL)", schema="pmbot"
    )
    op.create_index(
        "ix_decisions_runs",
        "decisions",
        ["runs"],
        schema="pmbot",
        postgresql_where=sa.text("verdict = 'solo' AND voided IS NULL"),
    )
