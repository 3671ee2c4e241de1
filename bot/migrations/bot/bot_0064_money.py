"""Charges, refunds and disputes as Stripe's events tell them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "bot_0064"
down_revision = "bot_0060"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _yes_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moved(table: str, *own: sa.Column[Any] | sa.CheckConstraint, indexes: tuple[tuple[str, ...], ...]) -> None:
    op.create_table(
        table,
        _text("id"),
        _whole("at"),
        _whole("rank"),
        _text("event"),
        sa.Column("livemode", sa.Boolean(), nullable=False, server_default=sa.false()),
        *own,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        schema="pmbot",
    )
    for columns in indexes:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), schema="pmbot")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON pmbot.{table} TO pmbot_app")


def upgrade() -> None:
    _moved(
        "stripe_charges",
        _text("customer", nullable=True),
        _text("payment_intent", nullable=True),
        _whole("amount"),
        _whole("refunded"),
        _text("currency"),
        _text("status"),
        _yes_no("disputed"),
        _whole("created"),
        _text("failure", nullable=True),
        sa.CheckConstraint("refunded <= amount", name=op.f("ck_stripe_charges_refunded")),
        indexes=(("payment_intent",), ("customer", "created")),
    )
    _moved(
        "stripe_refunds",
        _text("charge", nullable=True),
        _text("payment_intent", nullable=True),
        _whole("amount"),
        _text("currency"),
        _text("status"),
        _text("reason", nullable=True),
        _whole("created"),
        _text("failure", nullable=True),
        _text("request", nullable=True),
        indexes=(("charge",), ("request",)),
    )
    _moved(
        "stripe_disputes",
        _text("charge"),
        _text("payment_intent", nullable=True),
        _whole("amount"),
        _text("currency"),
        _text("reason"),
        _text("status"),
        _whole("due", nullable=True),
        _yes_no("submitted"),
        _whole("created"),
        _whole("counted", nullable=True),
        indexes=(("charge",), ("created",)),
    )
    _moved(
        "stripe_paid_by",
        _text("invoice"),
        _text("payment_intent"),
        indexes=(("invoice",), ("payment_intent",)),
    )
    op.create_table(
        "stripe_listings",
        sa.Column("id", sa.Boolean(), nullable=False),
        _whole("until"),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id", name=op.f("ck_stripe_listings_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_listings")),
        schema="pmbot",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON pmbot.stripe_listings TO pmbot_app")
    op.create_table(
        "stripe_problems",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("about"),
        _text("event"),
        _text("kind"),
        _text("text"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("settled", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_problems")),
        sa.UniqueConstraint("about", name=op.f("uq_stripe_problems_about")),
        schema="pmbot",
    )
    op.create_index(op.f("ix_stripe_problems_event"), "stripe_problems", ["event"], schema="pmbot")
    op.execute("GRANT SELECT, INSERT, UPDATE ON pmbot.stripe_problems TO pmbot_app")
