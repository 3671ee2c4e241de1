"""The bot watches itself: its pulse, its silences, and who was told of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0037"
down_revision = "bot_0036"
branch_labels = None
depends_on = None

RIGHTS = """
INSERT INTO pmbot.pulse (id, beat) VALUES (1, 0);
GRANT SELECT, UPDATE ON pmbot.pulse TO pmbot_app;
GRANT SELECT, INSERT, UPDATE ON pmbot.silences, pmbot.silence_notices TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        *(_moment(name) for name in ("sent", "returned", "ticked", "looked", "awake", "pinged")),
        sa.CheckConstraint("id = 1", name=op.f("ck_pulse_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
        schema="pmbot",
    )
    op.create_table(
        "silences",
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("began", nullable=False),
        _moment("noticed", nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        _moment("well"),
        _moment("over"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        schema="pmbot",
    )
    op.create_index(
        "uq_silences_open",
        "silences",
        ["over"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        schema="pmbot",
    )
    op.create_table(
        "silence_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("silence_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        _moment("created", nullable=False),
        _moment("claimed"),
        _moment("told"),
        sa.CheckConstraint("what IN ('began', 'over')", name=op.f("ck_silence_notices_what")),
        sa.ForeignKeyConstraint(["silence_id"], ["pmbot.silences.id"], name=op.f("fk_silence_notices_silence_id")),
        sa.UniqueConstraint("silence_id", "what", "route", name=op.f("uq_silence_notices_silence_id_what_route")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence_notices")),
        schema="pmbot",
    )
    op.create_index(
        "ix_silence_notices_untold",
        "silence_notices",
        ["id"],
        postgresql_where=sa.text("told IS NULL"),
        schema="pmbot",
    )
    op.execute(RIGHTS)


def downgrade() -> None:
    for name in ("silence_notices", "silences", "pulse"):
        op.drop_table(name, schema="pmbot")
