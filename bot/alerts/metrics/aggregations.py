"""Aggregations: how long ago each of the platform's jobs that sum up figures last succeeded."""

from bot.alerts.metrics.base import Metric, register, rows
from bot.permissions import Permission

# By when they were due: one step through the index of jobs for each queue.
LAST = """
    SELECT queues.name AS subject, extract(epoch FROM now() - newest.completed)::float / 3600 AS hours
    FROM job_queues AS queues CROSS JOIN LATERAL (
        SELECT completed FROM jobs WHERE jobs.queue_name = queues.name AND jobs.status = 'completed'
        ORDER BY jobs.run_at DESC LIMIT 1
    ) AS newest
    WHERE queues.name LIKE 'analytics:%'
"""

register(
    "aggregation.age",
    Metric(
        rows(LAST),
        lambda row, _: row["hours"],
        "Last success",
        "How long ago a job of this queue last succeeded.",
        lambda value: f"{value:,.0f} h",
        Permission.QUEUE_READ,
    ),
)
