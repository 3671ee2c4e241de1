"""Incidents for few: their members, and evidence that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0047"
down_revision = "bot_0046"
branch_labels = None
depends_on = None

HAPPENED = (
    "what IN ('declared', 'withdrawn', 'attached', 'detached', 'claimed', 'left', 'severity', 'update', 'marked', 'due',"
    " 'met', 'snoozed', 'resolved', 'reopened', 'merged', 'absorbed', 'found', 'task', 'task_done', 'notice',"
    " 'restricted', 'joined', 'removed', 'evidence')"
)
HASH = "sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')"
# Whoever connects, even as the owner: what was kept stays as it was.
RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.incident_members TO pmbot_app;
REVOKE UPDATE, DELETE, TRUNCATE ON pmbot.incident_evidence FROM pmbot_app;
GRANT SELECT, INSERT ON pmbot.incident_evidence TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
CREATE FUNCTION pmbot.refuse_change_of_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is only added: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER incident_evidence_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON pmbot.incident_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change_of_evidence();
"""


def _of_incident(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["incident_id"], ["pmbot.incidents.id"], name=op.f(f"fk_{table}_incident_id"))


def _moment() -> sa.Column[object]:
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()"))


def upgrade() -> None:
    restricted: sa.Column[bool] = sa.Column("restricted", sa.Boolean(), server_default="false", nullable=False)
    op.add_column("incidents", restricted, schema="pmbot")
    op.add_column("incidents", sa.Column("left", sa.Text(), nullable=True), schema="pmbot")
    op.drop_constraint(op.f("ck_incident_events_what"), "incident_events", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_events_what"), "incident_events", HAPPENED, schema="pmbot")
    op.create_table(
        "incident_members",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        _moment(),
        _of_incident("incident_members"),
        sa.PrimaryKeyConstraint("incident_id", "staff_id", name=op.f("pk_incident_members")),
        schema="pmbot",
    )
    op.create_table(
        "incident_evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        _moment(),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(HASH, name=op.f("ck_incident_evidence_sha256")),
        _of_incident("incident_evidence"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_evidence")),
        sa.UniqueConstraint(
            "incident_id", "source", "sha256", name=op.f("uq_incident_evidence_incident_id_source_sha256")
        ),
        schema="pmbot",
    )
    op.execute(RIGHTS)
