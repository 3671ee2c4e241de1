"""How often somebody looked people up and asked for something of late."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0017"
down_revision = "bot_0016"
branch_labels = None
depends_on = None

RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.recent_uses TO pmbot_app"


def upgrade() -> None:
    op.create_table(
        "recent_uses",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "what", name=op.f("pk_recent_uses")),
        schema="pmbot",
    )
    op.execute(RIGHTS)
