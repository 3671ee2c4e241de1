"""Personal data in security incidents: who has to be told of it by law, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0051"
down_revision = "bot_0050"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice',"
    " 'restricted', 'joined', 'removed', 'evidence', 'published', 'retracted', 'deployed', 'breach', 'no_breach', 'reminded',"
    " 'reported', 'not_needed', 'still_needed')"
)
ENDED = "(ended IS NULL) = (told IS NULL) AND (ended IS NULL) = (note IS NULL)"
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.incident_breaches, pmbot.incident_duties TO pmbot_app"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.create_table(
        "incident_breaches",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        _moment("known"),
        sa.Column("high_risk", sa.Boolean(), nullable=False),
        sa.Column("concerns", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.ForeignKeyConstraint(["incident_id"], ["pmbot.incidents.id"], name=op.f("fk_incident_breaches_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_breaches")),
        schema="pmbot",
    )
    _duties()
    op.execute(RIGHTS)


def _duties() -> None:
    op.create_table(
        "incident_duties",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        _moment("due"),
        _moment("next"),
        sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"),
        _moment("last", nullable=True),
        _moment("ended", nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("duty IN ('authority', 'officer', 'persons')", name=op.f("ck_incident_duties_duty")),
        sa.CheckConstraint(ENDED, name=op.f("ck_incident_duties_ended")),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["pmbot.incident_breaches.incident_id"],
            name=op.f("fk_incident_duties_incident_id"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "duty", name=op.f("pk_incident_duties")),
        schema="pmbot",
    )
    waiting = sa.text("ended IS NULL")
    op.create_index("ix_incident_duties_waiting", "incident_duties", ["next"], schema="pmbot", postgresql_where=waiting)
