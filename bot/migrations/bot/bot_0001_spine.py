"""The bot's own tables, its jobs, and the restricted role that it runs as."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "bot_0001"
down_revision = None
branch_labels = ("bot",)
depends_on = None

ROLE = """
DO $$ BEGIN
    CREATE ROLE pmbot_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the whole server
END $$
"""

RIGHTS = """
GRANT USAGE ON SCHEMA pmbot TO pmbot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pmbot TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
REVOKE UPDATE, DELETE, TRUNCATE ON pmbot.audit_log, pmbot.audit_details FROM pmbot_app;
REVOKE INSERT, UPDATE, DELETE ON pmbot.schema_versions FROM pmbot_app;
REVOKE INSERT, DELETE ON pmbot.way_in FROM pmbot_app;
"""

# Whoever connects, even as the owner: the trail only grows (promise 8).
APPEND_ONLY = """
CREATE FUNCTION pmbot.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail only grows: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON pmbot.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change();
-- Details may be erased as a whole (by the owner), never rewritten.
CREATE TRIGGER audit_details_never_change BEFORE UPDATE ON pmbot.audit_details
    FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change();
"""


def upgrade() -> None:
    _tables()
    op.execute("INSERT INTO pmbot.way_in (id) VALUES (1)")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))  # search_path puts it in pmbot
    op.execute(ROLE)
    op.execute(RIGHTS)
    op.execute(APPEND_ONLY)


def _tables() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'executed', 'verified', 'ended', 'voided', 'linked')",
            name=op.f("ck_audit_log_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_audit_log_proposal_id"), "audit_log", ["proposal_id"], unique=False, schema="pmbot")
    op.create_index(op.f("ix_audit_log_target_at"), "audit_log", ["target", "at"], unique=False, schema="pmbot")
    op.create_index(
        "uq_audit_log_executed",
        "audit_log",
        ["proposal_id", "step"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("kind = 'executed'"),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("origin", postgresql.JSONB(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_drafts_created"), "drafts", ["created"], unique=False, schema="pmbot")
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('command', 'click', 'submission', 'event')", name=op.f("ck_inbox_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
        schema="pmbot",
    )
    op.create_index(
        op.f("ix_inbox_received"),
        "inbox",
        ["received"],
        unique=False,
        schema="pmbot",
        postgresql_where=sa.text("handled IS NULL"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("only_for", sa.Text(), nullable=True),
        sa.Column("thread_ts", sa.Text(), nullable=True),
        sa.Column("response_url", sa.Text(), nullable=True),
        sa.Column("projection", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_version", sa.Integer(), nullable=False),
        sa.Column("sent_channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posting", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
        schema="pmbot",
    )
    op.create_index("ix_messages_ts", "messages", ["sent_channel", "ts"], unique=False, schema="pmbot")
    op.create_index(
        "ix_messages_unsent",
        "messages",
        ["changed"],
        unique=False,
        schema="pmbot",
        postgresql_where=sa.text("version > sent_version"),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("requirement", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'executing', 'succeeded', 'failed', 'partly', 'rejected', 'expired', 'cancelled', 'undone')",
            name=op.f("ck_proposals_state"),
        ),
        sa.ForeignKeyConstraint(["undoes_id"], ["pmbot.proposals.id"], name=op.f("fk_proposals_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("number", name=op.f("uq_proposals_number")),
        sa.UniqueConstraint("once", name=op.f("uq_proposals_once")),
        schema="pmbot",
    )
    op.create_index(
        "ix_proposals_open_expires",
        "proposals",
        ["expires"],
        unique=False,
        schema="pmbot",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_proposals_requester_id"),
        "proposals",
        ["requester_id"],
        unique=False,
        schema="pmbot",
        postgresql_where=sa.text("state IN ('pending', 'approved')"),
    )
    op.create_index(
        "uq_proposals_undoes_open",
        "proposals",
        ["undoes_id"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("state IN ('pending', 'approved', 'executing', 'succeeded')"),
    )
    op.create_table(
        "staff_links",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("slack_user_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("team_id", "slack_user_id", name=op.f("pk_staff_links")),
        sa.UniqueConstraint("team_id", "staff_id", name=op.f("uq_staff_links_team_id_staff_id")),
        schema="pmbot",
    )
    op.create_table(
        "way_in",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_way_in_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_in")),
        schema="pmbot",
    )
    op.create_table(
        "audit_details",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["pmbot.audit_log.id"], name=op.f("fk_audit_details_audit_id")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_details")),
        schema="pmbot",
    )
    op.create_table(
        "effects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('planned', 'sent', 'done', 'failed', 'unknown')", name=op.f("ck_effects_state")),
        sa.ForeignKeyConstraint(["proposal_id"], ["pmbot.proposals.id"], name=op.f("fk_effects_proposal_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_effects")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_effects_proposal_id"), "effects", ["proposal_id"], unique=False, schema="pmbot")
    op.create_table(
        "executions",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("verified", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verification IN ('pending', 'confirmed', 'not_yet', 'recorded')", name=op.f("ck_executions_verification")
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["pmbot.proposals.id"], name=op.f("fk_executions_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "step", name=op.f("pk_executions")),
        schema="pmbot",
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("impacts", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["pmbot.proposals.id"],
            name=op.f("fk_revisions_proposal_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("proposal_id", "number", name=op.f("uq_revisions_proposal_id_number")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_revisions_proposal_id"), "revisions", ["proposal_id"], unique=False, schema="pmbot")
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("voided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("verdict IN ('approve', 'reject', 'break_glass')", name=op.f("ck_decisions_verdict")),
        sa.ForeignKeyConstraint(["revision_id"], ["pmbot.revisions.id"], name=op.f("fk_decisions_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_decisions_staff_id"), "decisions", ["staff_id"], unique=False, schema="pmbot")
    op.create_index(
        "uq_decisions_revision_id_staff_id",
        "decisions",
        ["revision_id", "staff_id"],
        unique=True,
        schema="pmbot",
        postgresql_where=sa.text("voided IS NULL"),
    )
