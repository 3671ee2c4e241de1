"""The weekly report: trends, capacity, colleagues' accounts, what nobody uses, rules that fire in vain, and tickets."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="weekly",
    summary="week compared with the four weeks before it, capacity, accounts, noisy rules, self-healing and tickets",
    span=Span.WEEK,
    sections=(
        "trends",
        "capacity",
        "availability",
        "noisy",
        "healings",
        "tickets",
        "accounts",
        "unexercised",
        "runbooks",
    ),
    at="09:00",
    days="mon",
    short=False,
    lacks=("processor, memory and disk (the platform's tables have none)",),
)
