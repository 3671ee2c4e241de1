"""Codes from an app for critical decisions: encrypted seeds, recovery codes by their digests, proofs."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0021"
down_revision = "bot_0020"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'stepped_up', 'executed',"
    " 'verified', 'ended', 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased')"
)
RIGHTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.code_apps, pmbot.recovery_codes, pmbot.step_up_proofs TO pmbot_app"
)
NOW = sa.text("clock_timestamp()")


def _moment(name: str, *, needed: bool = False) -> sa.Column[object]:
    default = NOW if needed else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not needed)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_table(
        "code_apps",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=True),
        _moment("begun", needed=True),
        _moment("confirmed"),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        _moment("locked"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_code_apps")),
        schema="pmbot",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment("used"),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["pmbot.code_apps.staff_id"],
            name=op.f("fk_recovery_codes_staff_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_codes")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_recovery_codes_staff_id"), "recovery_codes", ["staff_id"], schema="pmbot")
    op.create_table(
        "step_up_proofs",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        _moment("given", needed=True),
        _moment("used", needed=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["pmbot.code_apps.staff_id"],
            name=op.f("fk_step_up_proofs_staff_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_step_up_proofs")),
        schema="pmbot",
    )
    op.execute(RIGHTS)
