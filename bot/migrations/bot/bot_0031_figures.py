"""Figures are counted day by day, so that reports do not grow slower with history."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0031"
down_revision = "bot_0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("zone", "figure", "day", "subject", name=op.f("pk_daily_figures")),
        schema="pmbot",
    )
    op.create_table(
        "figure_marks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("settled", sa.Date(), nullable=False),
        sa.CheckConstraint("since <= settled AND settled <= until", name=op.f("ck_figure_marks_order")),
        sa.PrimaryKeyConstraint("source", "zone", name=op.f("pk_figure_marks")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.daily_figures, pmbot.figure_marks TO pmbot_app")
    # The trail is written in the order of its times: a day of it is a few blocks, however long it is.
    op.create_index("ix_audit_log_at", "audit_log", ["at"], schema="pmbot", postgresql_using="brin")
