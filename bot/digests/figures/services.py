"""Services: how many measurements there were of each, how many found it down, and how slow it was."""

from bot.digests.figures.base import Figure, source

source(
    "services",
    (
        Figure("services.measured", "measurements"),
        Figure("services.down", "measurements in which the service was down"),
        Figure("services.p95", "ms to answer 95 of 100 requests (median of the day)"),
    ),
    counts="""
        SELECT figure, service, day, value
        FROM (
            SELECT service, (at AT TIME ZONE :zone)::date AS day, count(*) AS measured,
                   count(*) FILTER (WHERE status = 'down') AS down,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY p95_ms) AS p95
            FROM service_health WHERE at >= :begins AND at < :ends GROUP BY 1, 2
        ) AS days
        CROSS JOIN LATERAL (
            VALUES ('services.measured', measured), ('services.down', down), ('services.p95', p95)
        ) AS each (figure, value)
        WHERE value > 0
    """,
    oldest="SELECT min(at) FROM service_health",
)
