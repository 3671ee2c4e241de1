"""Two more doors: a shortcut on a message, and the terminal, with the tokens that say who asks there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0019"
down_revision = "bot_0018"
branch_labels = None
depends_on = None

KINDS = "kind IN ('command', 'click', 'submission', 'shortcut', 'event', 'stripe', 'terminal')"
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.cli_tokens TO pmbot_app"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_inbox_kind"), "inbox", schema="pmbot")
    op.create_check_constraint(op.f("ck_inbox_kind"), "inbox", KINDS, schema="pmbot")
    op.add_column("inbox", sa.Column("answer", postgresql.JSONB(), nullable=True), schema="pmbot")
    op.create_table(
        "cli_tokens",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_cli_tokens")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_cli_tokens_fingerprint")),
        schema="pmbot",
    )
    op.execute(RIGHTS)
