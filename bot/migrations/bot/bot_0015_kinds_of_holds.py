"""Which kinds of holds there are, is for the code to say, as with actions: each is a file of its own."""

from alembic import op

revision = "bot_0015"
down_revision = "bot_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_holds_kind"), "holds", schema="pmbot")
