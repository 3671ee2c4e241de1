"""Tickets: their history, and those that a second person looks at again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0060"
down_revision = "bot_0056"
branch_labels = None
depends_on = None

CHECKS = {
    "category": (
        "category IN ('billing-dispute', 'refund-request', 'sync-issue', 'access', 'deliverability', 'outage', 'other')"
    ),
    "severity": "severity IN ('critical', 'high', 'medium', 'low')",
    "team": "team IN ('finance', 'engineering', 'security', 'operations', 'support', 'customer_success')",
    "state": "state IN ('open', 'in_progress', 'waiting', 'closed')",
    "closed": "(state = 'closed') = (closed IS NOT NULL)",
    "closed_by": "(closed IS NULL) = (closed_by IS NULL)",
    "open": "state <> 'open' OR assigned_to IS NULL",
    "in_progress": "state <> 'in_progress' OR assigned_to IS NOT NULL",
}
HAPPENED = "what IN ('opened', 'comment', 'assigned', 'waiting', 'closed', 'reopened', 'escalated', 'overdue', 'rated')"
ANSWER = "(verdict IS NULL) = (note IS NULL) AND (verdict IS NULL) = (answered IS NULL)"
RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.tickets, pmbot.ticket_events, pmbot.ticket_samples TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _id(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _moment(name: str, *, nullable: bool = True, default: bool = False) -> sa.Column[object]:
    now = sa.text("clock_timestamp()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable and not default, server_default=now)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"pmbot.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _tickets()
    _events()
    _samples()
    op.execute(RIGHTS)


def _tickets() -> None:
    op.create_table(
        "tickets",
        _id("id", nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(_text(name) for name in ("category", "severity", "title", "reason")),
        _id("tenant_id"),
        _id("user_id"),
        _id("asked_by", nullable=False),
        _moment("asked", default=True),
        _text("team"),
        _id("assigned_to"),
        _text("state", default="open"),
        sa.Column("reopened", sa.Integer(), server_default="0", nullable=False),
        _moment("due", nullable=False),
        *(_moment(name) for name in ("overdue_told", "escalated", "closed")),
        *(_id(name) for name in ("closed_by", "request_id", "incident_id", "about_alert")),
        _text("link", nullable=True),
        *(sa.CheckConstraint(said, name=op.f(f"ck_tickets_{name}")) for name, said in CHECKS.items()),
        _of("tickets", "request_id", "proposals"),
        _of("tickets", "incident_id", "incidents"),
        _of("tickets", "about_alert", "alerts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
        schema="pmbot",
    )
    for column, where in (("due", "closed IS NULL"), ("escalated", "escalated IS NOT NULL")):
        name = "ix_tickets_open" if column == "due" else "ix_tickets_escalated"
        op.create_index(name, "tickets", [column], schema="pmbot", postgresql_where=sa.text(where))
    op.create_index(op.f("ix_tickets_asked"), "tickets", ["asked"], schema="pmbot")
    op.create_index(op.f("ix_tickets_tenant_id_asked"), "tickets", ["tenant_id", "asked"], schema="pmbot")
    for column in ("user_id", "incident_id"):
        op.create_index(op.f(f"ix_tickets_{column}"), "tickets", [column], schema="pmbot")


def _events() -> None:
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _id("ticket_id", nullable=False),
        _moment("at", default=True),
        _text("what"),
        _id("staff_id"),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("to_tell", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(HAPPENED, name=op.f("ck_ticket_events_what")),
        _of("ticket_events", "ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_events")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_ticket_events_ticket_id_at"), "ticket_events", ["ticket_id", "at"], schema="pmbot")
    to_tell = sa.text("to_tell")
    op.create_index("ix_ticket_events_to_tell", "ticket_events", ["id"], schema="pmbot", postgresql_where=to_tell)


def _samples() -> None:
    op.create_table(
        "ticket_samples",
        _id("ticket_id", nullable=False),
        _moment("drawn", default=True),
        _id("staff_id"),
        _text("verdict", nullable=True),
        _text("note", nullable=True),
        _moment("answered"),
        sa.CheckConstraint("verdict IN ('good', 'not-good')", name=op.f("ck_ticket_samples_verdict")),
        sa.CheckConstraint(ANSWER, name=op.f("ck_ticket_samples_answer")),
        _of("ticket_samples", "ticket_id", "tickets"),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_samples")),
        schema="pmbot",
    )
    waiting = sa.text("staff_id IS NULL")
    op.create_index("ix_ticket_samples_waiting", "ticket_samples", ["drawn"], schema="pmbot", postgresql_where=waiting)
