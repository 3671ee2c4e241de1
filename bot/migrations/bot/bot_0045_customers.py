"""What customers were told of incidents."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0045"
down_revision = "bot_0044"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice')"
)
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.incident_notices, pmbot.incident_told TO pmbot_app"


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"pmbot.{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "incident_notices",
        _id("id"),
        _id("incident_id"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        _id("staff_id"),
        _count("tenants"),
        _count("mails"),
        sa.CheckConstraint("tenants >= 0 AND mails >= tenants", name=op.f("ck_incident_notices_counts")),
        _of("incident_notices", "incident_id", "incidents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_notices")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_incident_notices_incident_id"), "incident_notices", ["incident_id"], schema="pmbot")
    op.create_table(
        "incident_told",
        _id("incident_id"),
        _id("tenant_id"),
        _id("notice_id"),
        _of("incident_told", "incident_id", "incidents"),
        _of("incident_told", "notice_id", "incident_notices"),
        sa.PrimaryKeyConstraint("incident_id", "tenant_id", name=op.f("pk_incident_told")),
        schema="pmbot",
    )
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.execute(RIGHTS)
