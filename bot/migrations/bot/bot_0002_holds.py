"""Holds: whatever is temporary."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0002"
down_revision = "bot_0001"
branch_labels = None
depends_on = None

RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.holds, pmbot.held_switches TO pmbot_app"
KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'executed', 'verified', 'ended', 'voided',"
    " 'linked', 'hold_ended', 'hold_changed')"
)


def upgrade() -> None:
    _holds()
    op.create_table(
        "held_switches",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("base", postgresql.JSONB(), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("changed_outside", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_held_switches")),
        schema="pmbot",
    )
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.create_index(
        "uq_audit_log_hold_ended",
        "audit_log",
        ["proposal_id", "step", "target"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("kind = 'hold_ended'"),
    )
    op.execute(RIGHTS)


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject", postgresql.JSONB(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("kind IN ('queue_pause')", name=op.f("ck_holds_kind")),
        sa.CheckConstraint("cause IN ('planned', 'resumed', 'outside')", name=op.f("ck_holds_cause")),
        sa.CheckConstraint("(ended IS NULL) = (cause IS NULL)", name=op.f("ck_holds_ended")),
        sa.ForeignKeyConstraint(["proposal_id"], ["pmbot.proposals.id"], name=op.f("fk_holds_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("proposal_id", "step", "target", name=op.f("uq_holds_proposal_id_step_target")),
        schema="pmbot",
    )
    for column in ("target", "ends"):
        op.create_index(
            f"ix_holds_open_{column}",
            "holds",
            [column],
            unique=False,
            schema="pmbot",
            postgresql_where=sa.text("ended IS NULL"),
        )
