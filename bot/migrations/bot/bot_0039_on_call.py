"""Who stands in for whom on call, as people have swapped it."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0039"
down_revision = "bot_0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "on_call_swaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("begins < ends", name=op.f("ck_on_call_swaps_lasts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_swaps")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_on_call_swaps_ends"), "on_call_swaps", ["ends"], schema="pmbot")
    op.execute("GRANT SELECT, INSERT, UPDATE ON pmbot.on_call_swaps TO pmbot_app")
