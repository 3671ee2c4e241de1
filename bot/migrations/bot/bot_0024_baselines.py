"""The configuration as somebody agreed to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0024"
down_revision = "bot_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreed", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_baselines_agreed"), "baselines", ["agreed"], schema="pmbot")
    op.execute("GRANT SELECT, INSERT ON pmbot.baselines TO pmbot_app")
