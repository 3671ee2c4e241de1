"""The morning digest: how the night was, and what waits for somebody."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="morning",
    summary="night, what needs attention, and the state of the platform",
    span=Span.NIGHT,
    witnesses=True,
    sections=(
        "read_only",
        "alerts",
        "services",
        "queues",
        "holds",
        "access",
        "addresses",
        "decisions",
        "logins",
        "mails",
        "ticket_volume",
    ),
)
