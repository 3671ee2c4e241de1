"""The monthly report: security, what the platform did, growth."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="monthly",
    summary="last 30 days: security, what the platform did, growth",
    span=Span.MONTH,
    sections=("security", "analytics", "growth", "availability", "response"),
    at="09:00",
    days="month",
    short=False,
    lacks=("engagement of customers (no product analytics is connected)",),
)
