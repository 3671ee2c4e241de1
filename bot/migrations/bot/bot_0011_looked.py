"""What is open is compared with how things are, and asked for once; whose earlier words do not count."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0011"
down_revision = "bot_0010"
branch_labels = None
depends_on = None

STATES = (
    "state IN ('pending', 'approved', 'executing', 'succeeded', 'failed', 'partly', 'rejected', 'expired',"
    " 'cancelled', 'undone', 'closed')"
)
KNOWN_TARGETS = """
UPDATE pmbot.proposals SET targets = found.targets
FROM (SELECT proposal_id, array_agg(split_part(target, '/', 1)) AS targets FROM pmbot.audit_log
       WHERE kind = 'asked' GROUP BY proposal_id) AS found
WHERE found.proposal_id = proposals.id
"""
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.lost_trust, pmbot.followers TO pmbot_app"


def upgrade() -> None:
    _proposals()
    op.add_column("revisions", _moment("read", "now()"), schema="pmbot")
    op.add_column("messages", sa.Column("sent_digest", sa.Text(), nullable=True), schema="pmbot")
    op.create_table(
        "lost_trust",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment("at", "clock_timestamp()"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_lost_trust")),
        schema="pmbot",
    )
    op.create_table(
        "followers",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment("at", "clock_timestamp()"),
        sa.ForeignKeyConstraint(["proposal_id"], ["pmbot.proposals.id"], name=op.f("fk_followers_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "staff_id", name=op.f("pk_followers")),
        schema="pmbot",
    )
    op.execute(KNOWN_TARGETS)
    op.execute(RIGHTS)


def _moment(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text(default), nullable=False)


def _proposals() -> None:
    op.drop_constraint(op.f("ck_proposals_state"), "proposals", schema="pmbot")
    op.create_check_constraint(op.f("ck_proposals_state"), "proposals", STATES, schema="pmbot")
    targets: sa.Column[list[str]] = sa.Column(
        "targets", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
    )
    for column in (targets, sa.Column("same", sa.Text(), nullable=True), _moment("looked", "now()")):
        op.add_column("proposals", column, schema="pmbot")
    op.create_index("ix_proposals_targets", "proposals", ["targets"], schema="pmbot", postgresql_using="gin")
    op.create_index(
        "ix_proposals_looked",
        "proposals",
        ["looked"],
        schema="pmbot",
        postgresql_where=sa.text("state IN ('pending', 'approved', 'succeeded')"),
    )
    op.create_index(
        "uq_proposals_same_open",
        "proposals",
        ["same"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("state IN ('pending', 'approved', 'executing')"),
    )
