"""PenguinMails' own tables, for the demo and the tests only (`pm db platform-sql` serves a real platform)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "platform_0001"
down_revision = None
branch_labels = ("platform",)
depends_on = ("bot_0001",)  # it makes the restricted role, which has rights on these tables


def upgrade() -> None:
    op.execute("SET LOCAL search_path = public")
    _tables()
    op.execute("SET LOCAL search_path = pmbot, public")


def _tables() -> None:
    op.create_table(
        "job_queues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("default_priority", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_queues")),
    )
    op.create_table(
        "permissions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permissions")),
        sa.UniqueConstraint("name", name=op.f("uq_permissions_name")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("max_users", sa.Integer(), nullable=True),
        sa.Column("max_domains", sa.Integer(), nullable=True),
        sa.Column("max_campaigns_per_month", sa.Integer(), nullable=True),
        sa.Column("max_emails_per_month", sa.Integer(), nullable=True),
        sa.Column("max_storage_gb", sa.Integer(), nullable=True),
        sa.Column("price_monthly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("price_yearly", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("stripe_product_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("slug", name=op.f("uq_plans_slug")),
    )
    op.create_table(
        "service_health",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("p95_ms", sa.Integer(), nullable=True),
        sa.Column("error_rate", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("backlog", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('healthy', 'degraded', 'down')", name=op.f("ck_service_health_status")),
        sa.PrimaryKeyConstraint("service", "at", name=op.f("pk_service_health")),
    )
    op.create_table(
        "staff_roles",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_roles_name")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'trial', 'paused', 'churned', 'sandbox')", name=op.f("ck_tenants_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_index("ix_tenants_name", "tenants", [sa.literal_column("lower(name)")], unique=False)
    op.create_index(op.f("ix_tenants_status"), "tenants", ["status"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=True),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'suspended', 'deleted')", name=op.f("ck_users_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("ix_users_given_name", "users", [sa.literal_column("lower(given_name)")], unique=False)
    op.create_index(
        "uq_users_email",
        "users",
        [sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("deleted IS NULL"),
    )
    op.create_table(
        "vps_instances",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('provisioning', 'active', 'maintenance', 'terminated')", name=op.f("ck_vps_instances_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vps_instances")),
        sa.UniqueConstraint("name", name=op.f("uq_vps_instances_name")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("stripe_event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('success', 'failed', 'retrying')", name=op.f("ck_webhook_events_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("stripe_event_id", name=op.f("uq_webhook_events_stripe_event_id")),
    )
    op.create_index(op.f("ix_webhook_events_processed_at"), "webhook_events", ["processed_at"], unique=False)
    op.create_table(
        "admin_audit_log",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("creation_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("admin_user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("old_values", postgresql.JSONB(), nullable=True),
        sa.Column("new_values", postgresql.JSONB(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("data_classification", sa.Text(), server_default="internal", nullable=False),
        sa.Column("retention_category", sa.Text(), server_default="audit_7_years", nullable=False),
        sa.ForeignKeyConstraint(["admin_user_id"], ["users.id"], name=op.f("fk_admin_audit_log_admin_user_id_users")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_admin_audit_log_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_audit_log")),
    )
    op.create_index(
        op.f("ix_admin_audit_log_admin_user_id_creation_time"),
        "admin_audit_log",
        ["admin_user_id", "creation_time"],
        unique=False,
    )
    op.create_index(op.f("ix_admin_audit_log_creation_time"), "admin_audit_log", ["creation_time"], unique=False)
    op.create_index(
        op.f("ix_admin_audit_log_resource_type_resource_id"),
        "admin_audit_log",
        ["resource_type", "resource_id"],
        unique=False,
    )
    op.create_index(op.f("ix_admin_audit_log_tenant_id"), "admin_audit_log", ["tenant_id"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'sending', 'completed', 'paused')", name=op.f("ck_campaigns_status")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_campaigns_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(op.f("ix_campaigns_tenant_id_status"), "campaigns", ["tenant_id", "status"], unique=False)
    op.create_table(
        "companies",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("status IN ('active', 'archived')", name=op.f("ck_companies_status")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_companies_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
    )
    op.create_index(op.f("ix_companies_tenant_id"), "companies", ["tenant_id"], unique=False)
    op.create_table(
        "domains",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("verification_status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("dns_records", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "verification_status IN ('pending', 'verified', 'failed')", name=op.f("ck_domains_verification_status")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_domains_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domains")),
    )
    op.create_index("ix_domains_domain", "domains", [sa.literal_column("lower(domain)")], unique=False)
    op.create_index(op.f("ix_domains_tenant_id"), "domains", ["tenant_id"], unique=False)
    op.create_table(
        "feature_flags",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rollout_percentage", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rollout_percentage BETWEEN 0 AND 100", name=op.f("ck_feature_flags_rollout_percentage")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_feature_flags_updated_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_flags")),
        sa.UniqueConstraint("key", name=op.f("uq_feature_flags_key")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("queue_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("payload", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error_message", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'migrated_to_redis', 'running', 'completed', 'failed')", name=op.f("ck_jobs_status")
        ),
        sa.ForeignKeyConstraint(["queue_name"], ["job_queues.name"], name=op.f("fk_jobs_queue_name_job_queues")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_queue_name_status_run_at"), "jobs", ["queue_name", "status", "run_at"], unique=False)
    op.create_index("ix_jobs_failed", "jobs", ["failed"], unique=False, postgresql_where=sa.text("status = 'failed'"))
    op.create_index(op.f("ix_jobs_tenant_id"), "jobs", ["tenant_id"], unique=False)
    op.create_table(
        "login_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_events_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_events")),
    )
    op.create_index(
        "ix_login_events_failed", "login_events", ["at"], unique=False, postgresql_where=sa.text("NOT succeeded")
    )
    op.create_index(op.f("ix_login_events_user_id_at"), "login_events", ["user_id", "at"], unique=False)
    op.create_table(
        "queue_pauses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("queue_name", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paused_by", sa.Uuid(), nullable=True),
        sa.Column("paused", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["paused_by"], ["users.id"], name=op.f("fk_queue_pauses_paused_by_users")),
        sa.ForeignKeyConstraint(
            ["queue_name"], ["job_queues.name"], name=op.f("fk_queue_pauses_queue_name_job_queues")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_queue_pauses_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_pauses")),
    )
    op.create_index(
        "ix_queue_pauses_open",
        "queue_pauses",
        ["queue_name", "tenant_id"],
        unique=False,
        postgresql_where=sa.text("lifted IS NULL"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="tenant", nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('staff', 'tenant')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(["revoked_by"], ["users.id"], name=op.f("fk_sessions_revoked_by_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index("ix_sessions_user_id_created", "sessions", ["user_id", "created"], unique=False)
    op.create_index(
        "ix_sessions_user_id_kind",
        "sessions",
        ["user_id", "kind"],
        unique=False,
        postgresql_where=sa.text("revoked IS NULL"),
    )
    op.create_table(
        "smtp_ip_addresses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("vps_instance_id", sa.Uuid(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("reputation_state", sa.Text(), server_default="good", nullable=False),
        sa.Column(
            "provider_blacklist_status", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("last_reputation_check", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reputation_state IN ('good', 'fair', 'poor', 'critical')",
            name=op.f("ck_smtp_ip_addresses_reputation_state"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'warming', 'quarantined', 'retired')", name=op.f("ck_smtp_ip_addresses_status")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_smtp_ip_addresses_score")),
        sa.ForeignKeyConstraint(
            ["vps_instance_id"], ["vps_instances.id"], name=op.f("fk_smtp_ip_addresses_vps_instance_id_vps_instances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smtp_ip_addresses")),
        sa.UniqueConstraint("ip_address", name=op.f("uq_smtp_ip_addresses_ip_address")),
    )
    op.create_index(
        op.f("ix_smtp_ip_addresses_vps_instance_id"), "smtp_ip_addresses", ["vps_instance_id"], unique=False
    )
    op.create_table(
        "staff_members",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_members_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_staff_members")),
    )
    op.create_table(
        "staff_role_permissions",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("permission_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["permissions.id"], name=op.f("fk_staff_role_permissions_permission_id_permissions")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["staff_roles.id"], name=op.f("fk_staff_role_permissions_role_id_staff_roles")
        ),
        sa.PrimaryKeyConstraint("role_id", "permission_id", name=op.f("pk_staff_role_permissions")),
    )
    op.create_index(
        op.f("ix_staff_role_permissions_permission_id"), "staff_role_permissions", ["permission_id"], unique=False
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("pending_plan_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("current_period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stripe_subscription_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'past_due', 'canceled', 'unpaid', 'trialing', 'paused')",
            name=op.f("ck_subscriptions_status"),
        ),
        sa.ForeignKeyConstraint(["pending_plan_id"], ["plans.id"], name=op.f("fk_subscriptions_pending_plan_id_plans")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_subscriptions_plan_id_plans")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_subscriptions_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("stripe_subscription_id", name=op.f("uq_subscriptions_stripe_subscription_id")),
    )
    op.create_index(op.f("ix_subscriptions_plan_id"), "subscriptions", ["plan_id"], unique=False)
    op.create_index(op.f("ix_subscriptions_status"), "subscriptions", ["status"], unique=False)
    op.create_index(op.f("ix_subscriptions_tenant_id"), "subscriptions", ["tenant_id"], unique=False)
    op.create_table(
        "system_config",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), server_default="general", nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_system_config_updated_by_users")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_system_config")),
    )
    op.create_table(
        "tenant_config",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_customer_id", sa.Text(), nullable=True),
        sa.Column("billing_email", sa.Text(), nullable=True),
        sa.Column("notify_on_security_alerts", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_config_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_config")),
    )
    op.create_index(op.f("ix_tenant_config_stripe_customer_id"), "tenant_config", ["stripe_customer_id"], unique=False)
    op.create_table(
        "tenant_overrides",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("max_users", sa.Integer(), nullable=True),
        sa.Column("max_domains", sa.Integer(), nullable=True),
        sa.Column("max_campaigns_per_month", sa.Integer(), nullable=True),
        sa.Column("max_emails_per_month", sa.Integer(), nullable=True),
        sa.Column("max_storage_gb", sa.Integer(), nullable=True),
        sa.Column("price_monthly", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("price_yearly", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_overrides_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_tenant_overrides_updated_by_users")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_overrides")),
    )
    op.create_table(
        "tenant_policies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_timeout_hours", sa.Integer(), server_default=sa.text("24"), nullable=False),
        sa.Column("max_login_attempts", sa.Integer(), server_default=sa.text("5"), nullable=False),
        sa.Column("two_factor_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_policies_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_policies")),
    )
    op.create_table(
        "tenant_users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{member}'"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_users_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tenant_users_user_id_users")),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_tenant_users")),
    )
    op.create_index(op.f("ix_tenant_users_user_id"), "tenant_users", ["user_id"], unique=False)
    op.create_table(
        "email_accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("domain_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("daily_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_warmed", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'warming', 'paused', 'disabled')", name=op.f("ck_email_accounts_status")
        ),
        sa.ForeignKeyConstraint(["domain_id"], ["domains.id"], name=op.f("fk_email_accounts_domain_id_domains")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_email_accounts_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_accounts")),
    )
    op.create_index(op.f("ix_email_accounts_domain_id"), "email_accounts", ["domain_id"], unique=False)
    op.create_index(op.f("ix_email_accounts_tenant_id"), "email_accounts", ["tenant_id"], unique=False)
    op.create_table(
        "job_logs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("log_message", sa.Text(), nullable=True),
        sa.Column("attempt_number", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('attempting', 'success', 'retry', 'failed')", name=op.f("ck_job_logs_status")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_logs_job_id_jobs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_logs")),
    )
    op.create_index(op.f("ix_job_logs_job_id_created"), "job_logs", ["job_id", "created"], unique=False)
    op.create_table(
        "outbound_messages",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="sent", nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('sent', 'delivered', 'bounced', 'complained')", name=op.f("ck_outbound_messages_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_outbound_messages_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_outbound_messages_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_messages")),
    )
    op.create_index(op.f("ix_outbound_messages_campaign_id"), "outbound_messages", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_outbound_messages_sent"), "outbound_messages", ["sent"], unique=False)
    op.create_index(
        op.f("ix_outbound_messages_tenant_id_sent"), "outbound_messages", ["tenant_id", "sent"], unique=False
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), server_default="eur", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("processed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stripe_payment_intent_id", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('succeeded', 'failed', 'refunded')", name=op.f("ck_payments_status")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_payments_subscription_id_subscriptions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("stripe_payment_intent_id", name=op.f("uq_payments_stripe_payment_intent_id")),
    )
    op.create_index(op.f("ix_payments_status_processed"), "payments", ["status", "processed"], unique=False)
    op.create_index(
        op.f("ix_payments_subscription_id_processed"), "payments", ["subscription_id", "processed"], unique=False
    )
    op.create_table(
        "staff_member_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_staff_member_roles_granted_by_users")),
        sa.ForeignKeyConstraint(
            ["role_id"], ["staff_roles.id"], name=op.f("fk_staff_member_roles_role_id_staff_roles")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_members.user_id"], name=op.f("fk_staff_member_roles_user_id_staff_members")
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_staff_member_roles")),
    )
    op.create_index(op.f("ix_staff_member_roles_role_id"), "staff_member_roles", ["role_id"], unique=False)
    op.create_table(
        "tenant_feature_flags",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("flag_key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_key"], ["feature_flags.key"], name=op.f("fk_tenant_feature_flags_flag_key_feature_flags")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_feature_flags_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_tenant_feature_flags_updated_by_users")),
        sa.PrimaryKeyConstraint("tenant_id", "flag_key", name=op.f("pk_tenant_feature_flags")),
    )
    op.create_index(op.f("ix_tenant_feature_flags_flag_key"), "tenant_feature_flags", ["flag_key"], unique=False)
