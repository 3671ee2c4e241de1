"""Self-healing: what the bot did about an alert by itself, once; and the word that the policy gives before."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0053"
down_revision = "bot_0052"
branch_labels = None
depends_on = None

HAPPENED = """what IN ('fired', 'worse', 'better', 'acknowledged', 'silenced', 'unsilenced', 'silence_over', 'paused',
 'resumed', 'contained', 'ends_soon', 'again', 'told', 'nobody_left', 'resolved', 'joined', 'left', 'alone', 'false_alarm',
 'no_false_alarm', 'healed', 'not_healed')"""
SAID = "verdict IN ('approve', 'reject', 'break_glass', 'solo', 'pre_approved')"


def _vocabulary(table: str, column: str, values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, schema="pmbot")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, values, schema="pmbot")


def upgrade() -> None:
    _vocabulary("alert_events", "what", HAPPENED)
    _vocabulary("decisions", "verdict", SAID)
    op.create_table(
        "healings",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.CheckConstraint("(proposal_id IS NULL) = (refused IS NOT NULL)", name=op.f("ck_healings_refused")),
        sa.ForeignKeyConstraint(["alert_id"], ["pmbot.alerts.id"], name=op.f("fk_healings_alert_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["pmbot.proposals.id"], name=op.f("fk_healings_proposal_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_healings")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_healings_proposal_id")),
        schema="pmbot",
    )
    done = sa.text("proposal_id IS NOT NULL")
    op.create_index("ix_healings_done", "healings", ["rule", "at"], schema="pmbot", postgresql_where=done)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.healings TO pmbot_app")
