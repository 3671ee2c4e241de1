"""Whoever reviews an emergency override may ask about it."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0018"
down_revision = "bot_0017"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'executed', 'verified', 'ended',"
    " 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_table(
        "glass_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["pmbot.decisions.id"], name=op.f("fk_glass_questions_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glass_questions")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT ON pmbot.glass_questions TO pmbot_app")
