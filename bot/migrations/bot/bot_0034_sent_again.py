"""What did not arrive outside is known as such, and can be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0034"
down_revision = "bot_0033"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'stepped_up', 'executed',"
    " 'verified', 'ended', 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased', 'resumed',"
    " 'ruled', 'sent_again', 'arrived')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "effects", sa.Column("planned", moment, server_default=sa.text("now()"), nullable=False), schema="pmbot"
    )
    op.add_column("effects", sa.Column("sent", moment, nullable=True), schema="pmbot")
    op.execute("UPDATE pmbot.effects SET sent = changed WHERE state <> 'planned'")
