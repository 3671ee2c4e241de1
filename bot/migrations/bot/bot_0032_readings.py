"""What others say of themselves when they are asked."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0032"
down_revision = "bot_0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("metric", "subject", name=op.f("pk_readings")),
        schema="pmbot",
    )
    op.create_table(
        "readings_asked",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_readings_asked")),
        schema="pmbot",
    )
    for table in ("readings", "readings_asked"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.{table} TO pmbot_app")
