"""Files as evidence, and of what Slack has who wrote it and when."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0054"
down_revision = "bot_0053"
branch_labels = None
depends_on = None

HASH = "sha256 = encode(sha256(coalesce(data, convert_to(content, 'UTF8'))), 'hex')"


def upgrade() -> None:
    for column in (
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("written", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), sa.Computed("octet_length(data)", persisted=True), nullable=True),
    ):
        op.add_column("incident_evidence", column, schema="pmbot")
    op.drop_constraint(op.f("ck_incident_evidence_sha256"), "incident_evidence", schema="pmbot")
    op.create_check_constraint(op.f("ck_incident_evidence_sha256"), "incident_evidence", HASH, schema="pmbot")
    # Pictures and archives do not get smaller: PostgreSQL need not try.
    op.execute("ALTER TABLE pmbot.incident_evidence ALTER COLUMN data SET STORAGE EXTERNAL")
