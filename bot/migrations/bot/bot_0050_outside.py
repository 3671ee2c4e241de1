"""Alerts that others evaluate come in, and are kept by their groups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0050"
down_revision = "bot_0049"
branch_labels = None
depends_on = None

KINDS = "kind IN ('command', 'click', 'submission', 'shortcut', 'event', 'stripe', 'terminal', 'alerts')"
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.outside_groups TO pmbot_app"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_inbox_kind"), "inbox", schema="pmbot")
    op.create_check_constraint(op.f("ck_inbox_kind"), "inbox", KINDS, schema="pmbot")
    op.create_table(
        "outside_groups",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "subject", "channel")),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("firing", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(severity IS NULL) = (firing = 0)", name=op.f("ck_outside_groups_firing")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outside_groups")),
        sa.UniqueConstraint("subject", name=op.f("uq_outside_groups_subject")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_outside_groups_until"), "outside_groups", ["until"], schema="pmbot")
    op.execute(RIGHTS)
