"""PostgreSQL itself says when an audit entry was made and which number it has, whoever adds it (promise 8)."""

from alembic import op

revision = "bot_0012"
down_revision = "bot_0011"
branch_labels = None
depends_on = None

# An identity column can be overridden, and a default replaced by a value: the role may name neither.
RIGHTS = """
REVOKE INSERT ON pmbot.audit_log FROM pmbot_app;
GRANT INSERT (kind, actor_id, action, target, proposal_id, step, facts, commitment) ON pmbot.audit_log TO pmbot_app;
"""

# And for whoever else may add entries: a number that was not just drawn is replaced by the next one.
STAMP = """
CREATE FUNCTION pmbot.stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NEW;
END $$;
CREATE TRIGGER audit_log_stamped BEFORE INSERT ON pmbot.audit_log
    FOR EACH ROW EXECUTE FUNCTION pmbot.stamp_entry();
"""


def upgrade() -> None:
    op.execute(RIGHTS)
    op.execute(STAMP)
