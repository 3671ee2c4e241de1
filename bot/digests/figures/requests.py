"""What people did with the bot: what was asked for, and which commands were used at all."""

from bot.digests.figures.base import Figure, source

source(
    "requests",
    (
        Figure("requests.asked", "requests", least=10),
        Figure("requests.undone", "requests undone", least=3),
        Figure("requests.alone", "emergency overrides", least=2),
    ),
    counts="""
        SELECT 'requests.asked', '', (created AT TIME ZONE :zone)::date, count(*)
        FROM pmbot.proposals WHERE created >= :begins AND created < :ends GROUP BY 3
        UNION ALL
        SELECT 'requests.undone', '', (created AT TIME ZONE :zone)::date, count(*)
        FROM pmbot.proposals WHERE created >= :begins AND created < :ends AND state = 'undone' GROUP BY 3
        UNION ALL
        SELECT 'requests.alone', '', (at AT TIME ZONE :zone)::date, count(*)
        FROM pmbot.audit_log WHERE kind = 'broke_glass' AND at >= :begins AND at < :ends GROUP BY 3
    """,
    oldest="SELECT min(created) FROM pmbot.proposals",
)
source(
    "used",
    (Figure("used.actions", "uses of a command"),),
    counts="""
        SELECT 'used.actions', action, (at AT TIME ZONE :zone)::date, count(*)
        FROM pmbot.audit_log WHERE kind IN ('looked', 'asked') AND at >= :begins AND at < :ends GROUP BY 2, 3
    """,
    oldest="SELECT at FROM pmbot.audit_log ORDER BY id LIMIT 1",
)
