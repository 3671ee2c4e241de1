"""The weekly report: trends, capacity, colleagues' accounts, what nobody uses, and rules that fire in vain."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="weekly",
    summary="week compared with the four weeks before it, capacity, accounts, noisy rules and self-healing",
    span=Span.WEEK,
    sections=("trends", "capacity", "availability", "noisy", "healings", "accounts", "unexercised", "runbooks"),
    at="09:00",
    days="mon",
    short=False,
    lacks=(
        "patterns of tickets (no ticket system is connected)",
        "processor, memory and disk (the platform's tables have none)",
    ),
)
