"""What the bot writes in the platform's tables, by column. Actions declare which of it they do; its role may no more.

`UPDATE` of a column is also what PostgreSQL asks for before it holds a row against changes.
"""

from typing import NamedTuple


class Write(NamedTuple):
    """Something done to the rows of a table."""

    table: str
    insert: tuple[str, ...] = ()
    """The columns that a new row is given; the others have their defaults."""
    update: tuple[str, ...] = ()
    delete: bool = False


SESSIONS = Write("sessions", update=("revoked", "revoked_by"))
ACCOUNTS = Write("users", update=("status", "status_reason", "updated"))
MEMBERS = Write("staff_members", update=("is_active", "updated"))
ROLES = Write(
    "staff_member_roles",
    insert=("user_id", "role_id", "granted", "granted_by", "expires"),
    update=("granted", "granted_by", "expires"),
    delete=True,
)
PAUSES = Write(
    "queue_pauses",
    insert=("id", "queue_name", "tenant_id", "reason", "paused_by", "paused", "ends"),
    update=("ends", "lifted"),
)
QUEUES = Write("job_queues", update=("is_active",))

_OVERRIDE = ("enabled", "expires", "reason", "updated_by", "updated")
FLAGS = (
    Write("feature_flags", update=("is_enabled", "rollout_percentage", "updated_by", "updated")),
    Write("tenant_feature_flags", insert=("tenant_id", "flag_key", *_OVERRIDE), update=_OVERRIDE, delete=True),
    Write("user_feature_flags", insert=("user_id", "flag_key", *_OVERRIDE), update=_OVERRIDE, delete=True),
    Write(
        "feature_flag_allowlist",
        insert=("tenant_id", "flag_key", "expires", "added_by", "added"),
        update=("expires", "added_by", "added"),
        delete=True,
    ),
)

_AGREED = (
    "max_users",
    "max_domains",
    "max_campaigns_per_month",
    "max_emails_per_month",
    "max_storage_gb",
    "price_monthly",
    "price_yearly",
    "plan_slug",
    "trial_ends",
)
AGREEMENTS = Write(
    "tenant_overrides",
    insert=("tenant_id", *_AGREED, "updated_by", "updated"),
    update=(*_AGREED, "updated_by", "updated"),
)
TENANT_POLICIES = Write(
    "tenant_policies",
    update=("session_timeout_hours", "max_login_attempts", "two_factor_required", "password_min_length"),
)
TENANT_SETTINGS = Write("tenant_config", update=("notify_on_security_alerts",))
SANDBOXES = Write("tenants", insert=("id", "name", "status"), update=("status", "updated"))

SETTINGS = Write("system_config", update=("value", "staged", "updated_by", "updated"))

# Whatever is done leaves a row in the compliance log, which only grows.
RECORD = Write(
    "admin_audit_log",
    insert=(
        "admin_user_id",
        "action",
        "resource_type",
        "resource_id",
        "tenant_id",
        "old_values",
        "new_values",
        "metadata",
        "data_classification",
        "retention_category",
    ),
)

# What Stripe says, of which no action is the cause.
_PAID = ("amount", "currency", "status", "processed", "stripe_payment_intent_id")
_PERIOD = ("status", "current_period_start", "current_period_end", "cancel_at_period_end")
_BECAME = ("status", "error_message", "processed_at")
STRIPE = (
    Write(
        "subscriptions",
        insert=("tenant_id", "plan_id", "status", "stripe_subscription_id"),
        update=("plan_id", "pending_plan_id", *_PERIOD),
    ),
    Write("payments", insert=("id", "subscription_id", *_PAID), update=_PAID),
    Write("webhook_events", insert=("stripe_event_id", "event_type", *_BECAME), update=_BECAME),
    Write("tenants", update=("status", "updated")),
)
