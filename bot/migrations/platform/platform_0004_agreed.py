"""Whether a tenant is approved, what was agreed with it and its rules; what is shown and staged of settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "platform_0004"
down_revision = "platform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    _tenants()
    _settings()
    op.execute("SET LOCAL search_path = pmbot, public")


def _tenants() -> None:
    op.add_column("tenants", sa.Column("approval", sa.Text(), server_default="approved", nullable=False))
    op.create_check_constraint(
        op.f("ck_tenants_approval"), "tenants", "approval IN ('pending', 'approved', 'rejected')"
    )
    op.add_column("tenant_overrides", sa.Column("plan_slug", sa.Text(), nullable=True))
    op.add_column("tenant_overrides", sa.Column("trial_ends", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_tenant_overrides_plan_slug_plans"), "tenant_overrides", "plans", ["plan_slug"], ["slug"]
    )
    minimum = sa.Column("password_min_length", sa.Integer(), server_default=sa.text("12"), nullable=False)
    op.add_column("tenant_policies", minimum)


def _settings() -> None:
    """Of a sensitive value nothing is shown: the bot's role reads that column instead."""
    shown = sa.Computed("CASE WHEN is_sensitive THEN NULL ELSE value END", persisted=True)
    op.add_column("system_config", sa.Column("shown", postgresql.JSONB(), shown, nullable=True))
    op.add_column("system_config", sa.Column("staged", postgresql.JSONB(), nullable=True))
