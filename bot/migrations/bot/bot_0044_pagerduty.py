"""What PagerDuty knows of alerts, and who is on call by its schedules."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0044"
down_revision = "bot_0043"
branch_labels = None
depends_on = None

EVENTS = "IN ('trigger', 'acknowledge', 'resolve')"


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "pages",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("known", sa.Text(), nullable=True),
        sa.Column("tried", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), nullable=True),
        sa.Column("working", sa.BigInteger(), nullable=True),
        _moment("worked"),
        _moment("failing"),
        sa.CheckConstraint(f"wanted {EVENTS}", name=op.f("ck_pages_wanted")),
        sa.CheckConstraint(f"known {EVENTS}", name=op.f("ck_pages_known")),
        sa.CheckConstraint(f"tried {EVENTS}", name=op.f("ck_pages_tried")),
        sa.ForeignKeyConstraint(["alert_id"], ["pmbot.alerts.id"], name=op.f("fk_pages_alert_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_pages")),
        schema="pmbot",
    )
    open_ones = sa.text("wanted <> 'resolve'")
    op.create_index("ix_pages_open", "pages", ["alert_id"], schema="pmbot", postgresql_where=open_ones)
    op.create_table(
        "pager_outages",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("going_on", sa.Boolean(), nullable=True),
        _moment("since", nullable=False),
        _moment("until"),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.CheckConstraint("(until IS NULL) = (going_on IS TRUE)", name=op.f("ck_pager_outages_going_on")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pager_outages")),
        sa.UniqueConstraint("going_on", name=op.f("uq_pager_outages_going_on")),
        schema="pmbot",
    )
    _schedules()
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.pages, pmbot.pager_outages TO pmbot_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.on_call_asked, pmbot.on_call_entries TO pmbot_app")


def _schedules() -> None:
    op.create_table(
        "on_call_asked",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _moment("asked", nullable=False),
        _moment("answered"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_on_call_asked_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_asked")),
        schema="pmbot",
    )
    op.create_table(
        "on_call_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        _moment("begins", nullable=False),
        _moment("ends", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call_entries")),
        schema="pmbot",
    )
