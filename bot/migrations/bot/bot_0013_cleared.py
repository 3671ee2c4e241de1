"""What old revisions showed of people is not kept for ever."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0013"
down_revision = "bot_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revisions", sa.Column("cleared", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.create_index(
        "ix_revisions_kept", "revisions", ["created"], schema="pmbot", postgresql_where=sa.text("cleared IS NULL")
    )
