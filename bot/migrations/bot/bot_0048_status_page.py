"""What the public status page says of incidents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "bot_0048"
down_revision = "bot_0047"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice',"
    " 'restricted', 'joined', 'removed', 'evidence', 'published', 'retracted')"
)
PHASES = "phase IN ('investigating', 'identified', 'monitoring', 'resolved')"
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.public_updates TO pmbot_app"


def _column(name: str, kind: type[sa.types.TypeEngine[Any]]) -> sa.Column[object]:
    return sa.Column(name, kind(), nullable=False)


def upgrade() -> None:
    now = sa.text("clock_timestamp()")
    op.create_table(
        "public_updates",
        _column("id", sa.Uuid),
        _column("incident_id", sa.Uuid),
        *(_column(name, sa.Text) for name in ("headline", "phase", "said")),
        sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        _column("staff_id", sa.Uuid),
        sa.Column("retracted", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(PHASES, name=op.f("ck_public_updates_phase")),
        sa.ForeignKeyConstraint(["incident_id"], ["pmbot.incidents.id"], name=op.f("fk_public_updates_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_updates")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_public_updates_incident_id"), "public_updates", ["incident_id"], schema="pmbot")
    shown = sa.text("retracted IS NULL")
    op.create_index("ix_public_updates_at", "public_updates", ["at"], schema="pmbot", postgresql_where=shown)
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.execute(RIGHTS)
