"""What becomes of each of PenguinMails' tables when a customer's person is erased.

A tenant goes on working without them: what is the organisation's stays. The account's row stays, too, with nobody's
name: others refer to it by its id.
"""

from bot.erasure import Rows

WORD = "one of a few fixed words"
OURS = "PenguinMails' own: products, roles, settings, machines"
COLLEAGUE = "the id of a colleague, not of the person whose data is erased"
TENANTS = "the organisation's, not a person's"
STRIPES = "the organisation's number at Stripe"

_THEIR_TENANTS = "(tenant_id IS NULL OR tenant_id = ANY(CAST(:tenants AS uuid[])))"

ERASURE = (
    Rows("tenant_users", "memberships", theirs="user_id = :user", gone=True),
    Rows("sessions", "sessions", theirs="user_id = :user", gone=True),
    Rows("login_events", "sign-ins", theirs="user_id = :user OR lower(email) = :address", gone=True),
    Rows("tenant_invitations", "invitations", theirs="lower(email) = :address", gone=True),
    Rows("user_feature_flags", "flags of their own", theirs="user_id = :user", gone=True),
    Rows(
        "users",
        "accounts",
        theirs="id = :user",
        becomes={
            "name": "'Erased user'",
            "family_name": "NULL",
            "given_name": "NULL",
            "email": "'erased-' || id || '@erased.invalid'",
            "picture": "NULL",
            "status_reason": "NULL",
            "status": "'deleted'",
            "email_verified": "false",
            "deleted": "coalesce(deleted, now())",
            "updated": "now()",
        },
        named=("status_reason",),
    ),
    # What names them elsewhere
    Rows(
        "jobs",
        "jobs",
        named=("payload", "last_error_message"),
        within=_THEIR_TENANTS,
        kept={OURS: ("queue_name",), WORD: ("status",)},
    ),
    Rows(
        "job_logs",
        "lines of jobs' logs",
        named=("log_message",),
        within=f"job_id IN (SELECT id FROM jobs WHERE {_THEIR_TENANTS})",  # noqa: S608 - a constant
        kept={WORD: ("status",)},
    ),
    Rows(
        "outbound_messages",
        "mails",
        named=("recipient", "subject"),
        within="tenant_id = ANY(CAST(:tenants AS uuid[]))",
        kept={WORD: ("status",)},
    ),
    Rows(
        "tenant_config",
        "billing addresses",
        theirs="lower(billing_email) = :address",
        becomes={"billing_email": "NULL"},
        kept={STRIPES: ("stripe_customer_id",)},
    ),
    Rows("campaigns", "campaigns", named=("name",), kept={WORD: ("status",)}),
    Rows("companies", "workspaces", named=("name", "workspace_name"), kept={WORD: ("status",)}),
    Rows("tenant_overrides", "limits", named=("reason",), kept={COLLEAGUE: ("updated_by",), OURS: ("plan_slug",)}),
    Rows(
        "tenant_feature_flags",
        "flags of tenants",
        named=("reason",),
        kept={OURS: ("flag_key",), COLLEAGUE: ("updated_by",)},
    ),
    Rows("queue_pauses", "pauses", named=("reason",), kept={OURS: ("queue_name",), COLLEAGUE: ("paused_by",)}),
    Rows("staff_members", "notes on colleagues", named=("notes",), kept={COLLEAGUE: ("user_id",)}),
    Rows(
        "webhook_events",
        "events of Stripe's",
        named=("error_message",),
        kept={STRIPES: ("stripe_event_id",), WORD: ("event_type", "status")},
    ),
    # What stays
    Rows(
        "admin_audit_log",
        "entries of the compliance log",
        theirs="resource_id = CAST(:user AS text)",
        kept={
            "the law wants it kept for seven years, and the bot may only add to it": (
                "admin_user_id",
                "action",
                "resource_type",
                "resource_id",
                "old_values",
                "new_values",
                "ip_address",
                "user_agent",
                "notes",
                "metadata",
                "data_classification",
                "retention_category",
            )
        },
        remains="the law wants it kept for seven years",
    ),
    Rows(
        "email_accounts",
        "mailboxes of that address",
        theirs="lower(email) = :address",
        kept={TENANTS: ("email",), WORD: ("status",)},
        remains="it is the tenant's, and goes on sending",
    ),
    Rows("tenants", "tenants", kept={TENANTS: ("name",), WORD: ("status", "approval")}),
    Rows("domains", "domains", kept={TENANTS: ("domain", "dns_records"), WORD: ("verification_status",)}),
    Rows("feature_flag_allowlist", "tenants that have a flag", kept={OURS: ("flag_key",), COLLEAGUE: ("added_by",)}),
    Rows("subscriptions", "subscriptions", kept={STRIPES: ("stripe_subscription_id",), WORD: ("status",)}),
    Rows("payments", "payments", kept={STRIPES: ("stripe_payment_intent_id",), WORD: ("currency", "status")}),
    Rows("plans", "plans", kept={OURS: ("name", "slug", "stripe_product_id")}),
    Rows("feature_flags", "flags", kept={OURS: ("key", "description"), COLLEAGUE: ("updated_by",)}),
    Rows("staff_roles", "roles", kept={OURS: ("name",)}),
    Rows("permissions", "permissions", kept={OURS: ("name", "category")}),
    Rows("staff_member_roles", "colleagues' roles", kept={COLLEAGUE: ("user_id", "granted_by")}),
    Rows("job_queues", "queues", kept={OURS: ("name",)}),
    Rows("vps_instances", "servers", kept={OURS: ("name", "provider", "region", "ip_address"), WORD: ("status",)}),
    Rows(
        "smtp_ip_addresses",
        "addresses of the network",
        kept={OURS: ("ip_address", "provider_blacklist_status"), WORD: ("status", "reputation_state")},
    ),
    Rows("service_health", "measurements", kept={OURS: ("service",), WORD: ("status",)}),
    Rows("host_health", "measurements of hosts", kept={OURS: ("host",)}),
    Rows("backups", "backups", kept={OURS: ("database",), WORD: ("status",)}),
    Rows(
        "system_config",
        "settings",
        kept={OURS: ("key", "value", "shown", "staged", "description", "category"), COLLEAGUE: ("updated_by",)},
    ),
)
