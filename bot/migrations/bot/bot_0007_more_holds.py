"""Roles and flags are held, too; ends are announced before and confirmed after."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0007"
down_revision = "bot_0006"
branch_labels = None
depends_on = None

VERIFICATIONS = "verification IN ('pending', 'confirmed', 'not_yet', 'recorded')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_holds_kind"), "holds", schema="pmbot")
    op.create_check_constraint(
        op.f("ck_holds_kind"), "holds", "kind IN ('queue_pause', 'role', 'flag')", schema="pmbot"
    )
    for column in ("noticed", "verified"):
        op.add_column("holds", sa.Column(column, sa.DateTime(timezone=True), nullable=True), schema="pmbot")
    op.add_column("holds", sa.Column("verification", sa.Text(), nullable=True), schema="pmbot")
    op.create_check_constraint(op.f("ck_holds_verification"), "holds", VERIFICATIONS, schema="pmbot")
