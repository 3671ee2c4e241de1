"""The quarterly report for executives: availability, how alerts were answered, what the platform did, growth."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="quarterly",
    summary="last 13 weeks for executives: availability, response, use and growth",
    span=Span.QUARTER,
    sections=("availability", "response", "analytics", "growth"),
    at="09:00",
    days="quarter",
    short=False,
    lacks=("access reviews and compliance (not built yet)", "revenue (no digest shows amounts of money)"),
)
