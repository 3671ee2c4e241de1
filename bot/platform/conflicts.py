"""What contradicts itself in the platform's tables; of roles that exclude each other, the policy says which."""

from bot.platform.findings import finding

# What each tenant may have and has: the override goes before the plan's limit, and a limit that is null does not limit.
_USED = """
    SELECT t.id, t.name AS tenant, o.max_users AS own_users, o.max_domains AS own_domains,
           p.max_users AS plan_users, p.max_domains AS plan_domains,
           (SELECT count(*) FROM tenant_users m JOIN users u ON u.id = m.user_id
             WHERE m.tenant_id = t.id AND u.deleted IS NULL) AS users,
           (SELECT count(*) FROM domains d WHERE d.tenant_id = t.id) AS domains
    FROM tenants t LEFT JOIN tenant_overrides o ON o.tenant_id = t.id
    LEFT JOIN LATERAL (SELECT plan_id FROM subscriptions s WHERE s.tenant_id = t.id AND s.status <> 'canceled'
                       ORDER BY s.current_period_end DESC NULLS LAST LIMIT 1) AS s ON true
    LEFT JOIN plans p ON p.id = s.plan_id
    WHERE t.deleted IS NULL AND t.status IN ('active', 'trial')
"""
for what in ("users", "domains"):
    finding(
        f"override-below-{what}",
        "conflicts",
        f"Agreed limits that are lower than the number of {what} in use",
        says=f"{{tenant}} has {{number}} {what}, but its own limit allows only {{most}}",
        mends=f"limit {{tenant}} max_{what} to {{number}} because it has them",
        by_hand="agree on another limit with the tenant, and set it on the platform",
        sql=f"""
            SELECT tenant, own_{what} AS most, {what} AS number FROM ({_USED}) AS used
            WHERE own_{what} < {what} ORDER BY tenant, id
        """,  # noqa: S608 - constants
    )
    finding(
        f"more-{what}-than-planned",
        "conflicts",
        f"More {what} than the plan has",
        says=f"{{tenant}} has {{number}} {what}, but its plan allows only {{most}}",
        mends=f"limit {{tenant}} max_{what} to {{number}} because it has them",
        by_hand="agree with the tenant on a separate limit or on another plan, and set that on the platform",
        sql=f"""
            SELECT tenant, plan_{what} AS most, {what} AS number FROM ({_USED}) AS used
            WHERE own_{what} IS NULL AND plan_{what} < {what} ORDER BY tenant, id
        """,  # noqa: S608
    )
finding(
    "tenants-without-owner",
    "conflicts",
    "Tenants without an owner",
    says="{tenant} has no active owner; its first member is {address}",
    mends="user role {id} to owner in {tenant} because nobody owns it",
    sql="""
        SELECT t.name AS tenant, u.id, u.email AS address FROM tenants t
        JOIN LATERAL (SELECT u.id, u.email FROM tenant_users m JOIN users u ON u.id = m.user_id
                      WHERE m.tenant_id = t.id AND u.status = 'active' AND u.deleted IS NULL
                      ORDER BY 'admin' <> ALL(m.roles), u.created, u.id LIMIT 1) AS u ON true
        WHERE t.deleted IS NULL AND t.status IN ('active', 'trial')
          AND NOT EXISTS (SELECT FROM tenant_users m JOIN users o ON o.id = m.user_id
                          WHERE m.tenant_id = t.id AND 'owner' = ANY(m.roles) AND o.status = 'active'
                            AND o.deleted IS NULL)
        ORDER BY t.name, t.id
    """,
)
finding(
    "two-subscriptions",
    "conflicts",
    "Tenants who pay twice",
    says="{tenant} has subscriptions in force: {subscriptions}",
    by_hand="cancel all but one in Stripe",
    sql="""
        SELECT t.name AS tenant, string_agg(coalesce(s.stripe_subscription_id, s.id::text), ', ' ORDER BY s.id)
            AS subscriptions
        FROM subscriptions s JOIN tenants t ON t.id = s.tenant_id
        WHERE s.status IN ('active', 'trialing', 'past_due') GROUP BY t.id HAVING count(*) > 1 ORDER BY t.name, t.id
    """,
)
finding(
    "domain-of-two",
    "conflicts",
    "Domains that several tenants have verified",
    says="{domain}: {tenants}",
    by_hand="ask them who owns {domain}, and remove it from the others on the platform",
    sql="""
        SELECT lower(d.domain) AS domain, string_agg(DISTINCT t.name, ', ') AS tenants
        FROM domains d JOIN tenants t ON t.id = d.tenant_id
        WHERE d.verification_status = 'verified' AND t.deleted IS NULL
        GROUP BY lower(d.domain) HAVING count(DISTINCT d.tenant_id) > 1 ORDER BY 1
    """,
)
finding(
    "mailbox-on-a-foreign-domain",
    "conflicts",
    "Mailboxes on the domain of another tenant",
    says="a mailbox of {tenant} is on {domain}, which is {owner}'s",
    mends="mailbox pause {mailbox} because its domain is another tenant's",
    by_hand="on the platform, disable the mailbox {mailbox}",
    sql="""
        SELECT t.name AS tenant, d.domain, o.name AS owner, e.id AS mailbox FROM email_accounts e
        JOIN domains d ON d.id = e.domain_id JOIN tenants t ON t.id = e.tenant_id JOIN tenants o ON o.id = d.tenant_id
        WHERE d.tenant_id <> e.tenant_id AND e.status IN ('active', 'warming') ORDER BY t.name, e.id
    """,
)
finding(
    "sending-from-a-failed-domain",
    "conflicts",
    "Mailboxes that send from a domain that failed its verification",
    says="{tenant} sends from {domain}, mailboxes: {number}",
    by_hand="ask {tenant} to repair the DNS of {domain}, or disable its mailboxes on the platform",
    sql="""
        SELECT t.name AS tenant, d.domain, count(*) AS number FROM email_accounts e
        JOIN domains d ON d.id = e.domain_id JOIN tenants t ON t.id = e.tenant_id
        WHERE d.verification_status = 'failed' AND e.status = 'active' AND t.deleted IS NULL
        GROUP BY t.id, d.id ORDER BY t.name, d.domain
    """,
)
finding(
    "sending-while-closed",
    "conflicts",
    "Campaigns that send for a tenant that is paused or gone",
    says="{tenant} is {status} and {campaign} is being sent",
    mends="pause {tenant} because it is {status}",
    sql="""
        SELECT '"' || t.name || '"' AS tenant, t.status, c.name AS campaign
        FROM campaigns c JOIN tenants t ON t.id = c.tenant_id
        WHERE c.status = 'sending' AND t.status IN ('paused', 'churned') AND t.deleted IS NULL
          AND NOT EXISTS (SELECT FROM queue_pauses p WHERE p.tenant_id = t.id AND p.lifted IS NULL)
        ORDER BY t.name, c.id
    """,
)
