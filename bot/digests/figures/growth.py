"""Accounts and organisations: how many came, and how many accounts were deleted."""

from bot.digests.figures.base import Figure, source

source(
    "growth",
    (
        Figure("growth.users", "new accounts", least=5),
        Figure("growth.left", "accounts deleted", least=5),
        Figure("growth.tenants", "new tenants", least=3),
    ),
    counts="""
        SELECT 'growth.users', '', (created AT TIME ZONE :zone)::date, count(*)
        FROM users WHERE created >= :begins AND created < :ends GROUP BY 3
        UNION ALL
        SELECT 'growth.left', '', (deleted AT TIME ZONE :zone)::date, count(*)
        FROM users WHERE deleted >= :begins AND deleted < :ends GROUP BY 3
        UNION ALL
        SELECT 'growth.tenants', '', (created AT TIME ZONE :zone)::date, count(*)
        FROM tenants WHERE created >= :begins AND created < :ends AND status <> 'sandbox' GROUP BY 3
    """,
    oldest="SELECT least((SELECT min(created) FROM users), (SELECT min(created) FROM tenants))",
)
