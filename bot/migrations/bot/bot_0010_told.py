"""A card may stand in the thread where it was asked for; what follows a proposal is drawn anew with its card."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0010"
down_revision = "bot_0009"
branch_labels = None
depends_on = None

ANNOUNCEMENTS = """
    UPDATE pmbot.messages SET follows = revisions.proposal_id
    FROM pmbot.decisions JOIN pmbot.revisions ON revisions.id = decisions.revision_id
    WHERE messages.projection = 'break_glass' AND messages.subject = decisions.id::text
"""


def upgrade() -> None:
    op.add_column("proposals", sa.Column("thread_ts", sa.Text(), nullable=True), schema="pmbot")
    op.add_column(
        "messages", sa.Column("follows", sa.Uuid(), sa.ForeignKey("pmbot.proposals.id"), nullable=True), schema="pmbot"
    )
    op.create_index(
        op.f("ix_messages_follows"),
        "messages",
        ["follows"],
        schema="pmbot",
        postgresql_where=sa.text("follows IS NOT NULL"),
    )
    op.execute(ANNOUNCEMENTS)
