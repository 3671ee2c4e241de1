"""What customers say of how they were told of an incident."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0055"
down_revision = "bot_0054"
branch_labels = None
depends_on = None


def _of(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"pmbot.{other}.id"], name=op.f(f"fk_incident_answers_{column}"))


def upgrade() -> None:
    op.create_table(
        "incident_answers",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_incident_answers_score")),
        sa.CheckConstraint("(score IS NULL) = (answered IS NULL)", name=op.f("ck_incident_answers_answered")),
        _of("incident_id", "incidents"),
        _of("notice_id", "incident_notices"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_incident_answers")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_incident_answers_incident_id"), "incident_answers", ["incident_id"], schema="pmbot")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.incident_answers TO pmbot_app")
