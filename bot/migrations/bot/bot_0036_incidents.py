"""Incidents: their room, roles, timeline, clocks and tasks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0036"
down_revision = "bot_0035"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done')"
)
ROLES = "role IN ('commander', 'technical', 'security', 'communications')"
CLOCKS = "clock IN ('protocol', 'stakeholders', 'customers', 'executives', 'update', 'retrospective')"
RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.incidents, pmbot.incident_alerts, pmbot.incident_roles,
    pmbot.incident_events, pmbot.incident_clocks, pmbot.incident_tasks TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""


def _moment(name: str, *, nullable: bool = True, default: bool = False) -> sa.Column[object]:
    now = sa.text("clock_timestamp()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable and not default, server_default=now)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _number(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=True), nullable=False)


def _of_incident(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["incident_id"], ["pmbot.incidents.id"], name=op.f(f"fk_{table}_incident_id"))


def upgrade() -> None:
    _incidents()
    _alerts()
    op.create_table(
        "incident_roles",
        _id("incident_id"),
        _text("role"),
        _id("staff_id"),
        sa.CheckConstraint(ROLES, name=op.f("ck_incident_roles_role")),
        _of_incident("incident_roles"),
        sa.PrimaryKeyConstraint("incident_id", "role", name=op.f("pk_incident_roles")),
        schema="pmbot",
    )
    _events()
    _clocks()
    _tasks()
    op.execute(RIGHTS)


def _incidents() -> None:
    op.create_table(
        "incidents",
        _id("id"),
        _count("number"),
        _text("title"),
        _text("severity"),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default="true", nullable=False),
        _moment("began", default=True),
        _moment("declared", default=True),
        _id("declared_by"),
        _moment("resolved"),
        _id("resolved_by", nullable=True),
        _id("merged_into", nullable=True),
        *(_text(name, nullable=True) for name in ("impact", "causes", "went_well", "channel", "topic")),
        sa.Column("invited", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        *(_text(name, nullable=True) for name in ("pinned", "bookmark")),
        _number("wanted", "1"),
        _number("made", "0"),
        sa.Column("working", sa.BigInteger(), nullable=True),
        _moment("worked"),
        sa.CheckConstraint("severity IN ('P1', 'P2', 'P3', 'P4')", name=op.f("ck_incidents_severity")),
        sa.CheckConstraint("state IN ('open', 'resolved', 'merged', 'withdrawn')", name=op.f("ck_incidents_state")),
        sa.CheckConstraint("is_open = (state = 'open')", name=op.f("ck_incidents_open")),
        sa.CheckConstraint("(state = 'resolved') = (resolved IS NOT NULL)", name=op.f("ck_incidents_resolved")),
        sa.CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_incidents_merged")),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_incidents_itself")),
        sa.ForeignKeyConstraint(["merged_into"], ["pmbot.incidents.id"], name=op.f("fk_incidents_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("channel", name=op.f("uq_incidents_channel")),
        sa.UniqueConstraint("number", name=op.f("uq_incidents_number")),
        sa.UniqueConstraint("id", "is_open", name=op.f("uq_incidents_id_is_open")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_incidents_declared"), "incidents", ["declared"], schema="pmbot")
    op.create_index("ix_incidents_room", "incidents", ["id"], schema="pmbot", postgresql_where=sa.text("wanted > made"))


def _alerts() -> None:
    op.create_table(
        "incident_alerts",
        _id("incident_id"),
        _id("alert_id"),
        sa.Column("is_open", sa.Boolean(), server_default="true", nullable=False),
        _id("came_from", nullable=True),
        _moment("at", default=True),
        sa.ForeignKeyConstraint(["alert_id"], ["pmbot.alerts.id"], name=op.f("fk_incident_alerts_alert_id")),
        sa.ForeignKeyConstraint(
            ["incident_id", "is_open"],
            ["pmbot.incidents.id", "pmbot.incidents.is_open"],
            name=op.f("fk_incident_alerts_incident_id_is_open"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident_id", "alert_id", name=op.f("pk_incident_alerts")),
        schema="pmbot",
    )
    op.create_index(
        "uq_incident_alerts_open",
        "incident_alerts",
        ["alert_id"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("is_open"),
    )


def _events() -> None:
    op.create_table(
        "incident_events",
        _count("id"),
        _id("incident_id"),
        _moment("at", default=True),
        _text("what"),
        _id("staff_id", nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        _text("source", nullable=True),
        _moment("gone"),
        sa.CheckConstraint(HAPPENED, name=op.f("ck_incident_events_what")),
        _of_incident("incident_events"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_events")),
        sa.UniqueConstraint("incident_id", "source", name=op.f("uq_incident_events_incident_id_source")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_incident_events_incident_id_at"), "incident_events", ["incident_id", "at"], schema="pmbot")


def _clocks() -> None:
    op.create_table(
        "incident_clocks",
        _id("incident_id"),
        _text("clock"),
        _moment("due", nullable=False),
        _moment("told"),
        _moment("met"),
        _id("met_by", nullable=True),
        _number("snoozed", "0"),
        sa.CheckConstraint(CLOCKS, name=op.f("ck_incident_clocks_clock")),
        _of_incident("incident_clocks"),
        sa.PrimaryKeyConstraint("incident_id", "clock", name=op.f("pk_incident_clocks")),
        schema="pmbot",
    )
    op.create_index(
        "ix_incident_clocks_waiting",
        "incident_clocks",
        ["due"],
        schema="pmbot",
        postgresql_where=sa.text("told IS NULL AND met IS NULL"),
    )


def _tasks() -> None:
    op.create_table(
        "incident_tasks",
        _id("id"),
        _count("number"),
        _id("incident_id"),
        _text("what"),
        _id("staff_id"),
        _moment("due", nullable=False),
        _moment("reminded"),
        _moment("done"),
        _id("done_by", nullable=True),
        _of_incident("incident_tasks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_tasks")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_tasks_number")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_incident_tasks_incident_id"), "incident_tasks", ["incident_id"], schema="pmbot")
    op.create_index(
        "ix_incident_tasks_open", "incident_tasks", ["due"], schema="pmbot", postgresql_where=sa.text("done IS NULL")
    )
