"""Deployments and their events; a deployment is a line of an incident's timeline."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0049"
down_revision = "bot_0048"
branch_labels = None
depends_on = None

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.deployments, pmbot.deployment_events TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""
HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice',"
    " 'restricted', 'joined', 'removed', 'evidence', 'published', 'retracted', 'deployed')"
)
STATES = "state IN ('started', 'succeeded', 'failed', 'rolled_back')"


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "deployments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(_text(name) for name in ("key", "service", "version")),
        *(_text(name, nullable=True) for name in ("by", "url")),
        _text("state"),
        _moment("started", nullable=False),
        _moment("finished"),
        _text("request", nullable=True),
        _moment("measured"),
        sa.Column("figures", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_deployments_state")),
        sa.CheckConstraint("(state = 'started') = (finished IS NULL)", name=op.f("ck_deployments_finished")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
        sa.UniqueConstraint("key", name=op.f("uq_deployments_key")),
        sa.UniqueConstraint("number", name=op.f("uq_deployments_number")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_deployments_started"), "deployments", ["started"], schema="pmbot")
    unmeasured = sa.text("measured IS NULL")
    op.create_index(
        "ix_deployments_unmeasured", "deployments", ["finished"], schema="pmbot", postgresql_where=unmeasured
    )
    op.create_table(
        "deployment_events",
        _text("key"),
        sa.Column("received", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment_events")),
        schema="pmbot",
    )
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.execute(RIGHTS)
