"""Who took on or silenced an alert stands in the trail; decisions of a day are found by an index."""

from alembic import op

revision = "bot_0006"
down_revision = "bot_0005"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'executed', 'verified', 'ended', 'voided',"
    " 'linked', 'hold_ended', 'hold_changed', 'responded')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_index(op.f("ix_proposals_created"), "proposals", ["created"], schema="pmbot")
