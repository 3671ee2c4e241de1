"""Details of the audit trail are erased, and only those of which an entry of the trail itself says so."""

from alembic import op

revision = "bot_0020"
down_revision = "bot_0019"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('looked', 'asked', 'decided', 'broke_glass', 'reviewed', 'questioned', 'executed', 'verified', 'ended',"
    " 'voided', 'linked', 'hold_ended', 'hold_changed', 'responded', 'erased')"
)
# The role may delete no details. This may, on its behalf: those that entries `erased` of this target name, which stay.
ERASING = """
CREATE FUNCTION pmbot.erase_details(whose text) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pmbot, pg_temp AS $$
    WITH said AS (
        SELECT jsonb_array_elements_text(facts -> 'entries')::bigint AS id
        FROM audit_log WHERE kind = 'erased' AND target = whose
    ), gone AS (
        DELETE FROM audit_details WHERE audit_id IN (SELECT id FROM said) RETURNING audit_id
    )
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION pmbot.erase_details(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pmbot.erase_details(text) TO pmbot_app;
GRANT UPDATE (question) ON pmbot.glass_questions TO pmbot_app;
"""


def upgrade() -> None:
    op.drop_constraint(op.f("ck_audit_log_kind"), "audit_log", schema="pmbot")
    op.create_check_constraint(op.f("ck_audit_log_kind"), "audit_log", KINDS, schema="pmbot")
    op.execute(ERASING)
