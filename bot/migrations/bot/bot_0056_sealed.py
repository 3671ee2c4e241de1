"""The audit trail is sealed: each entry knows its transaction, leaves and seals are only added."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "bot_0056"
down_revision = "bot_0055"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'stepped_up', 'executed',"
    " 'verified', 'ended', 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased', 'resumed', 'ruled',"
    " 'sent_again', 'arrived', 'pruned')"
)
# As before; and whoever adds an entry does not say which transaction it was either.
STAMP = """
CREATE OR REPLACE FUNCTION pmbot.stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    drawn bigint;
BEGIN
    BEGIN
        drawn := currval('pmbot.audit_log_id_seq');
    EXCEPTION WHEN object_not_in_prerequisite_state THEN
        NULL;  -- none was drawn in this session
    END;
    IF NEW.id IS DISTINCT FROM drawn THEN
        NEW.id := nextval('pmbot.audit_log_id_seq');
    END IF;
    NEW.at := clock_timestamp();
    NEW.xid := pg_current_xact_id();
    RETURN NEW;
END $$;
"""
RIGHTS = """
REVOKE ALL ON pmbot.audit_leaves, pmbot.audit_seals FROM pmbot_app;
GRANT SELECT, INSERT ON pmbot.audit_leaves, pmbot.audit_seals TO pmbot_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.audit_witnesses TO pmbot_app;
CREATE TRIGGER audit_leaves_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON pmbot.audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change();
CREATE TRIGGER audit_seals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON pmbot.audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change();
"""


class Xid8(UserDefinedType[str]):
    """PostgreSQL's number of a transaction."""

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    # What is there already has ended long ago: the first number of all says so. A constant fills no row, so that a
    # trail of many years is not written anew.
    xid: sa.Column[str] = sa.Column("xid", Xid8(), server_default=sa.text("'3'"), nullable=False)
    op.add_column("audit_log", xid, schema="pmbot")
    op.alter_column("audit_log", "xid", server_default=sa.text("pg_current_xact_id()"), schema="pmbot")
    op.create_index(op.f("ix_audit_log_xid_id"), "audit_log", ["xid", "id"], schema="pmbot")
    op.execute(STAMP)
    op.create_table(
        "audit_leaves",
        _number("position"),
        _number("audit_id"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_audit_leaves_position")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_leaves_hash")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_leaves")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_leaves_audit_id")),
        schema="pmbot",
    )
    op.create_table(
        "audit_seals",
        _number("number"),
        _number("size"),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        _moment("at", nullable=False),
        sa.Column("through_xid", Xid8(), nullable=False),
        _number("through_id"),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("number >= 1 AND size >= number", name=op.f("ck_audit_seals_number")),
        sa.CheckConstraint("octet_length(root) = 32 AND octet_length(previous) = 32", name=op.f("ck_audit_seals_root")),
        sa.CheckConstraint("(key IS NULL) = (signature IS NULL)", name=op.f("ck_audit_seals_signature")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("size", name=op.f("uq_audit_seals_size")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_seals_previous")),
        schema="pmbot",
    )
    op.create_table(
        "audit_witnesses",
        sa.Column("name", sa.Text(), nullable=False),
        _number("number", nullable=True),
        _moment("told"),
        _moment("claimed"),
        _moment("failing"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_witnesses")),
        schema="pmbot",
    )
    op.execute(RIGHTS)
