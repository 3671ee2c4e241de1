"""Jobs, by queue: how many were due and done, and how many failed for good."""

from bot.digests.figures.base import Figure, source

# By the one index that every queue has; a job counts on the day on which it was due.
source(
    "jobs",
    (Figure("jobs.done", "jobs done"), Figure("jobs.failed", "failed jobs")),
    counts="""
        SELECT 'jobs.done', queue_name, (run_at AT TIME ZONE :zone)::date, count(*)
        FROM jobs
        WHERE queue_name IN (SELECT name FROM job_queues) AND status = 'completed'
          AND run_at >= :begins AND run_at < :ends
        GROUP BY 2, 3
        UNION ALL
        SELECT 'jobs.failed', queue_name, (failed AT TIME ZONE :zone)::date, count(*)
        FROM jobs WHERE status = 'failed' AND failed >= :begins AND failed < :ends GROUP BY 2, 3
    """,
    oldest="""
        SELECT least(min(first.run_at), (SELECT min(failed) FROM jobs WHERE status = 'failed'))
        FROM job_queues CROSS JOIN LATERAL (
            SELECT run_at FROM jobs WHERE queue_name = job_queues.name AND status = 'completed' ORDER BY run_at LIMIT 1
        ) AS first
    """,
)
