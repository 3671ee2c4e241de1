"""The end-of-day report: what happened since the morning, how it stands, and what comes tomorrow."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="end-of-day",
    summary="day, how everything stands, and what comes tomorrow",
    span=Span.DAY,
    sections=(
        "read_only",
        "alerts",
        "services",
        "queues",
        "addresses",
        "decisions",
        "logins",
        "mails",
        "tomorrow",
    ),
    at="18:00",
)
