"""Alerts: one message for a problem's life."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0004"
down_revision = "bot_0003"
branch_labels = None
depends_on = None

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.alerts, pmbot.alert_silences TO pmbot_app;
GRANT SELECT, INSERT, UPDATE ON pmbot.alert_events TO pmbot_app;
GRANT SELECT, UPDATE ON pmbot.alert_ticks TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""
HAPPENED = (
    "what IN ('fired', 'worse', 'better', 'acknowledged', 'silenced', 'unsilenced', 'silence_over', 'paused', 'resumed',"
    " 'told', 'nobody_left', 'resolved')"
)


def _moment(name: str, *, nullable: bool = True, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable, server_default=sa.text(default) if default else None
    )


def upgrade() -> None:
    _alerts()
    _events()
    op.create_table(
        "alert_silences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment("since", nullable=False, default="clock_timestamp()"),
        _moment("until", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_silences")),
        schema="pmbot",
    )
    op.create_index(
        op.f("ix_alert_silences_rule_subject_until"), "alert_silences", ["rule", "subject", "until"], schema="pmbot"
    )
    op.create_table(
        "alert_ticks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _moment("at", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_alert_ticks_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_ticks")),
        schema="pmbot",
    )
    op.execute("INSERT INTO pmbot.alert_ticks (id, at) VALUES (1, 'epoch')")
    op.execute(RIGHTS)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("worst", sa.Text(), nullable=True),
        sa.Column("breached", postgresql.JSONB(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("peak", sa.Float(), nullable=False),
        _moment("measured", nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        _moment("since", nullable=False),
        _moment("fired"),
        _moment("acknowledged"),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        _moment("silenced_until"),
        _moment("resolved"),
        _moment("waiting_since"),
        sa.Column("escalated", sa.Integer(), server_default="0", nullable=False),
        _moment("shown"),
        sa.Column("shown_value", sa.Float(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'firing', 'acknowledged', 'resolved')", name=op.f("ck_alerts_state")),
        sa.CheckConstraint("(state = 'pending') = (fired IS NULL)", name=op.f("ck_alerts_fired")),
        sa.CheckConstraint("(state = 'resolved') = (resolved IS NOT NULL)", name=op.f("ck_alerts_resolved")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        schema="pmbot",
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["rule", "subject"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_index(op.f("ix_alerts_fired"), "alerts", ["fired"], schema="pmbot")


def _events() -> None:
    op.create_table(
        "alert_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        _moment("at", nullable=False, default="clock_timestamp()"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        _moment("posted"),
        sa.CheckConstraint(HAPPENED, name=op.f("ck_alert_events_what")),
        sa.ForeignKeyConstraint(["alert_id"], ["pmbot.alerts.id"], name=op.f("fk_alert_events_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_alert_events_alert_id"), "alert_events", ["alert_id"], schema="pmbot")
    op.create_index(
        "ix_alert_events_unposted",
        "alert_events",
        ["alert_id", "id"],
        schema="pmbot",
        postgresql_where=sa.text("posted IS NULL"),
    )
