"""Legal holds of security incidents, those there are among them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0052"
down_revision = "bot_0051"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice',"
    " 'restricted', 'joined', 'removed', 'evidence', 'published', 'retracted', 'deployed', 'breach', 'no_breach', 'reminded',"
    " 'reported', 'not_needed', 'still_needed', 'released', 'held')"
)
FILLED = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.legal_holds TO pmbot_app;
INSERT INTO pmbot.legal_holds (incident_id, channels)
    SELECT id, array_remove(ARRAY[channel, "left"], NULL) FROM pmbot.incidents WHERE restricted;
"""


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.create_table(
        "legal_holds",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        _moment("lifted"),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["pmbot.incidents.id"], name=op.f("fk_legal_holds_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_legal_holds")),
        schema="pmbot",
    )
    is_open = sa.text("lifted IS NULL")
    op.create_index("ix_legal_holds_open", "legal_holds", ["incident_id"], schema="pmbot", postgresql_where=is_open)
    op.execute(FILLED)
