"""Maintenance windows, and the alerts that they explained."""

import sqlalchemy as sa
from alembic import op

revision = "bot_0038"
down_revision = "bot_0037"
branch_labels = None
depends_on = None

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.maintenance_windows, pmbot.maintenance_silences TO pmbot_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pmbot TO pmbot_app;
"""
STATES = "state IN ('planned', 'running', 'ended', 'cancelled')"
SCOPES = "scope IN ('service', 'queue', 'everything')"
CHECKS = {
    "state": STATES,
    "scope": SCOPES,
    "subject": "(scope = 'everything') = (subject IS NULL)",
    "order": "starts < ends",
    "ended": "(state IN ('ended', 'cancelled')) = (ended IS NOT NULL)",
    "closed": "closed IS NULL OR ended IS NOT NULL",
}


def _moment(name: str, *, nullable: bool = True, default: bool = False) -> sa.Column[object]:
    now = sa.text("clock_timestamp()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable and not default, server_default=now)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "maintenance_windows",
        _id("id"),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("starts", nullable=False),
        _moment("ends", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        _id("staff_id"),
        _moment("asked", default=True),
        *(_moment(name) for name in ("announced", "reminded", "ended")),
        _id("ended_by", nullable=True),
        _moment("closed"),
        *(sa.CheckConstraint(said, name=op.f(f"ck_maintenance_windows_{name}")) for name, said in CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
        sa.UniqueConstraint("number", name=op.f("uq_maintenance_windows_number")),
        schema="pmbot",
    )
    op.create_index(
        "ix_maintenance_windows_open",
        "maintenance_windows",
        ["starts"],
        schema="pmbot",
        postgresql_where=sa.text("closed IS NULL"),
    )
    op.create_table(
        "maintenance_silences",
        _id("window_id"),
        _id("alert_id"),
        _moment("at", default=True),
        sa.ForeignKeyConstraint(["alert_id"], ["pmbot.alerts.id"], name=op.f("fk_maintenance_silences_alert_id")),
        sa.ForeignKeyConstraint(
            ["window_id"], ["pmbot.maintenance_windows.id"], name=op.f("fk_maintenance_silences_window_id")
        ),
        sa.PrimaryKeyConstraint("window_id", "alert_id", name=op.f("pk_maintenance_silences")),
        schema="pmbot",
    )
    op.execute(RIGHTS)
