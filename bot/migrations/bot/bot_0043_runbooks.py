"""Runbooks as they were indexed, and who confirmed them when."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0043"
down_revision = "bot_0042"
branch_labels = None
depends_on = None

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.runbooks, pmbot.runbook_confirmations TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""


def _now(name: str) -> sa.Column[object]:
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    op.create_table(
        "runbooks",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "title", "text")),
        _now("written"),
        sa.Column("gone", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_runbooks")),
        schema="pmbot",
    )
    op.create_table(
        "runbook_confirmations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("runbook", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _now("at"),
        sa.ForeignKeyConstraint(["runbook"], ["pmbot.runbooks.name"], name=op.f("fk_runbook_confirmations_runbook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbook_confirmations")),
        schema="pmbot",
    )
    op.create_index(
        op.f("ix_runbook_confirmations_runbook_at"), "runbook_confirmations", ["runbook", "at"], schema="pmbot"
    )
    op.execute(RIGHTS)
