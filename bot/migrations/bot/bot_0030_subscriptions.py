"""Reports may be subscribed to, for a channel or for oneself."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0030"
down_revision = "bot_0029"
branch_labels = None
depends_on = None

OPEN = sa.text("ended IS NULL")


def upgrade() -> None:
    op.create_table(
        "digest_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("channel_name", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(channel IS NULL) <> (staff_id IS NULL)", name=op.f("ck_digest_subscriptions_one_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscriptions")),
        schema="pmbot",
    )
    for place, column in (("channel", "channel"), ("staff", "staff_id")):
        op.create_index(
            f"uq_digest_subscriptions_{place}",
            "digest_subscriptions",
            ["report", column],
            unique=True,
            schema="pmbot",
            postgresql_where=OPEN,
        )
    op.execute("GRANT SELECT, INSERT, UPDATE ON pmbot.digest_subscriptions TO pmbot_app")
