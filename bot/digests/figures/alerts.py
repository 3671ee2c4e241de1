"""Alerts, by rule: how many fired, and how many nobody had to do anything about."""

from bot.digests.figures.base import Figure, source

source(
    "alerts",
    (
        Figure("alerts.fired", "alerts", least=5),
        Figure("alerts.ignored", "alerts that ended before anybody acknowledged them", least=5),
    ),
    counts="""
        SELECT figure, rule, (fired AT TIME ZONE :zone)::date, count(*)
        FROM pmbot.alerts
        CROSS JOIN LATERAL (
            SELECT 'alerts.fired' AS figure UNION ALL
            SELECT 'alerts.ignored' WHERE resolved IS NOT NULL AND acknowledged IS NULL
        ) AS each
        WHERE fired >= :begins AND fired < :ends GROUP BY 1, 2, 3
    """,
    oldest="SELECT min(fired) FROM pmbot.alerts",
)
