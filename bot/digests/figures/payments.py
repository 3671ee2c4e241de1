"""Payments: how many failed. Amounts are nobody's but finance's, and stand in no digest."""

from bot.digests.figures.base import Figure, source

source(
    "payments",
    (
        Figure("payments.failed", "failed payments", least=5),
        Figure("payments.webhooks_failed", "failed Stripe events", least=5),
    ),
    counts="""
        SELECT 'payments.failed', '', (processed AT TIME ZONE :zone)::date, count(*)
        FROM payments WHERE status = 'failed' AND processed >= :begins AND processed < :ends GROUP BY 3
        UNION ALL
        SELECT 'payments.webhooks_failed', '', (processed_at AT TIME ZONE :zone)::date, count(*)
        FROM webhook_events WHERE status = 'failed' AND processed_at >= :begins AND processed_at < :ends GROUP BY 3
    """,
    oldest="""
        SELECT least((SELECT min(processed) FROM payments WHERE status = 'failed'),
                     (SELECT min(processed_at) FROM webhook_events))
    """,
)
