"""Stripe: whether its events arrive and are processed, and how many payments fail."""

from bot.alerts.metrics.base import Metric, register, rows
from bot.permissions import Permission

ENOUGH = 20  # events in the hour, before a share of them means something

EVENTS = """
    SELECT 'Stripe' AS subject, newest.minutes, hour.failed::float, hour.events
    FROM (SELECT extract(epoch FROM now() - max(processed_at))::float / 60 AS minutes FROM webhook_events) AS newest,
         (SELECT count(*) FILTER (WHERE status = 'failed') AS failed, count(*) AS events
          FROM webhook_events WHERE processed_at > now() - interval '1 hour') AS hour
"""
PAYMENTS = """
    SELECT 'Stripe' AS subject, count(*)::float AS failed
    FROM payments WHERE status = 'failed' AND processed > now() - interval '1 hour'
"""
_events = rows(EVENTS)

register(
    "stripe.silence",
    Metric(
        _events,
        lambda row, _: row["minutes"],
        "Last event",
        "How long ago the last event of Stripe was processed.",
        lambda value: f"{value:,.0f} min",
        Permission.BILLING_READ,
    ),
)
register(
    "stripe.errors",
    Metric(
        _events,
        lambda row, _: row["failed"] / row["events"] if row["events"] >= ENOUGH else None,
        "Failing",
        "The share of events that could not be processed, among all events of Stripe in the last hour. It is measured"
        f" only if there are at least {ENOUGH} events.",
        lambda value: f"{value:.1%}",
        Permission.BILLING_READ,
    ),
)
register(
    "payments.failed",
    Metric(
        rows(PAYMENTS),
        lambda row, _: row["failed"],
        "Failed",
        "Payments that failed in the last hour.",
        lambda value: f"{value:,.0f}",
        Permission.BILLING_READ,
        unit=" payments",
    ),
)
