"""A message that Slack refuses again and again is known as such, and by which word."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0014"
down_revision = "bot_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("failing", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.add_column("messages", sa.Column("refusal", sa.Text(), nullable=True), schema="pmbot")
    op.add_column("messages", sa.Column("undeliverable", sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.create_index(
        "ix_messages_failing",
        "messages",
        ["failing"],
        schema="pmbot",
        postgresql_where=sa.text("failing IS NOT NULL"),
    )
