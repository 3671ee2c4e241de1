"""Stripe's events in the inbox, and what they have said so far."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bot_0005"
down_revision = "bot_0004"
branch_labels = None
depends_on = None

KINDS = "kind IN ('command', 'click', 'submission', 'event', 'stripe')"
RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON pmbot.stripe_mirror, pmbot.stripe_invoices TO pmbot_app"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_inbox_kind"), "inbox", schema="pmbot")
    op.create_check_constraint(op.f("ck_inbox_kind"), "inbox", KINDS, schema="pmbot")
    op.create_table(
        "stripe_mirror",
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", postgresql.JSONB(), nullable=True),
        sa.Column("since", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fetched", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tied", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("base_status", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("tenant_before", sa.Text(), nullable=True),
        sa.Column("waiting", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("episode", sa.Integer(), server_default="0", nullable=False),
        sa.Column("troubled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("news", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_stripe_mirror")),
        schema="pmbot",
    )
    op.create_table(
        "stripe_invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_invoices")),
        schema="pmbot",
    )
    op.create_index(
        op.f("ix_stripe_invoices_subscription_id"), "stripe_invoices", ["subscription_id"], unique=False, schema="pmbot"
    )
    op.execute(RIGHTS)
