"""Which policy a process goes by stands in the audit trail, and each change of it once."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0026"
down_revision = "bot_0025"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'stepped_up', 'executed',"
    " 'verified', 'ended', 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased', 'resumed',"
    " 'ruled')"
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("follows", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("follows", name=op.f("uq_policies_follows")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT ON pmbot.policies TO pmbot_app")  # what was in force is not rewritten
