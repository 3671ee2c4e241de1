"""Plans that were done in part are resumed; and what one person did is found without reading what everybody did."""

from alembic import op

revision = "bot_0022"
down_revision = "bot_0021"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'stepped_up', 'executed',"
    " 'verified', 'ended', 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased', 'resumed')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_index(op.f("ix_audit_log_actor_id_at"), "audit_log", ["actor_id", "at"], schema="pmbot")
