"""Leftovers in the platform's tables: rows of what is gone, and what is past its end."""

from bot.platform.findings import finding

finding(
    "closed-but-signed-in",
    "integrity",
    "Closed accounts that are still signed in",
    says="{address} is {status} but still has open sessions: {number}",
    mends="user revoke {id} because the account is {status}",
    sql="""
        SELECT u.id, u.email AS address, u.status, count(*) AS number FROM users u JOIN sessions s ON s.user_id = u.id
        WHERE u.status <> 'active' AND s.revoked IS NULL AND s.expires > now()
          AND NOT EXISTS (SELECT FROM staff_members m WHERE m.user_id = u.id)
        GROUP BY u.id ORDER BY u.id
    """,
)
finding(
    "closed-staff-signed-in",
    "integrity",
    "Closed staff accounts that are still signed in",
    says="{colleague} is {status} but still has open sessions: {number}",
    mends="revoke {id} because the account is {status}",
    sql="""
        SELECT u.id, u.name AS colleague, u.status, count(*) AS number FROM users u
        JOIN staff_members m ON m.user_id = u.id JOIN sessions s ON s.user_id = u.id
        WHERE u.status <> 'active' AND s.revoked IS NULL AND s.expires > now()
        GROUP BY u.id ORDER BY u.name, u.id
    """,
)
finding(
    "staff-of-deleted-accounts",
    "integrity",
    "Deleted accounts that still have staff roles",
    says="{colleague}: {roles}",
    mends="role remove all from {id} because the account is deleted",
    sql="""
        SELECT u.id, u.name AS colleague, string_agg(r.name, ', ' ORDER BY r.name) AS roles FROM users u
        JOIN staff_member_roles h ON h.user_id = u.id JOIN staff_roles r ON r.id = h.role_id
        WHERE u.deleted IS NOT NULL OR u.status = 'deleted'
        GROUP BY u.id ORDER BY u.name, u.id
    """,
)
finding(
    "deleted-by-half",
    "integrity",
    "Accounts that are only half deleted",
    says="{address} is {status}, {deleted}",
    by_hand="on the platform, delete the account completely or restore it",
    sql="""
        SELECT id, email AS address, status,
               CASE WHEN deleted IS NULL THEN 'with no date, so that its address stays taken'
                    ELSE 'with the date of a deletion' END AS deleted
        FROM users WHERE (deleted IS NULL) = (status = 'deleted') ORDER BY id
    """,
)
finding(
    "users-of-nobody",
    "integrity",
    "Active users who belong to no tenant",
    says="{address}",
    mends="user suspend {id} because it belongs to no tenant",
    sql="""
        SELECT u.id, u.email AS address FROM users u
        WHERE u.status = 'active' AND u.deleted IS NULL
          AND NOT EXISTS (SELECT FROM staff_members m WHERE m.user_id = u.id)
          AND NOT EXISTS (SELECT FROM tenant_users t WHERE t.user_id = u.id)
        ORDER BY u.id
    """,
)
finding(
    "pauses-past-their-end",
    "integrity",
    "Pauses that are over, but their jobs still wait",
    says="{held}: should have ended {late} ago",
    mends="resume {held} because its time is over",
    sql="""
        SELECT concat_ws(' in ', '"' || t.name || '"', p.queue_name) AS held,
               date_trunc('minute', now() - p.ends)::text AS late
        FROM queue_pauses p LEFT JOIN tenants t ON t.id = p.tenant_id
        WHERE p.lifted IS NULL AND p.ends < now() - interval '1 minute' ORDER BY p.ends
    """,
)
finding(
    "members-of-deleted-tenants",
    "integrity",
    "Members of deleted tenants",
    says="{tenant} is deleted and has members: {number}",
    by_hand="on the platform, remove the members, or restore the tenant",
    sql="""
        SELECT t.name AS tenant, count(*) AS number FROM tenants t JOIN tenant_users m ON m.tenant_id = t.id
        WHERE t.deleted IS NOT NULL GROUP BY t.id ORDER BY t.name, t.id
    """,
)
finding(
    "subscriptions-of-nobody",
    "integrity",
    "Subscriptions of tenants that are gone",
    says="{subscription} of {tenant} is {status}",
    by_hand="cancel {subscription} in Stripe",
    sql="""
        SELECT coalesce(s.stripe_subscription_id, s.id::text) AS subscription, s.status,
               coalesce(t.name, 'a tenant that never was') AS tenant
        FROM subscriptions s LEFT JOIN tenants t ON t.id = s.tenant_id
        WHERE s.status <> 'canceled' AND (t.id IS NULL OR t.deleted IS NOT NULL) ORDER BY s.id
    """,
)
finding(
    "things-of-deleted-tenants",
    "integrity",
    "Domains, mailboxes and flags of tenants that are gone",
    says="{what} of {tenant}",
    by_hand="on the platform, delete {what}",
    sql="""
        WITH things AS (
            SELECT tenant_id, 'the domain ' || domain AS what FROM domains
            UNION ALL SELECT tenant_id, 'the mailbox ' || id FROM email_accounts WHERE status <> 'disabled'
            UNION ALL SELECT tenant_id, 'the override of the flag ' || flag_key FROM tenant_feature_flags
            UNION ALL SELECT tenant_id, 'the place in the allowlist of ' || flag_key FROM feature_flag_allowlist)
        SELECT what, coalesce(t.name, 'a tenant that never was') AS tenant
        FROM things LEFT JOIN tenants t ON t.id = tenant_id WHERE t.id IS NULL OR t.deleted IS NOT NULL
        ORDER BY t.name, what
    """,
)
