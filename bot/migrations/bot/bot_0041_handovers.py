"""Who was on call, from when on."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0041"
down_revision = "bot_0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "on_call_shifts",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_on_call_shifts")),
        sa.UniqueConstraint("layer", "follows", name=op.f("uq_on_call_shifts_layer_follows")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT ON pmbot.on_call_shifts TO pmbot_app")
