"""The weekly report: trends, capacity, colleagues' accounts, what nobody uses, and rules that fire in vain."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="weekly",
    summary="week beside the four before it, capacity, accounts and noisy rules",
    span=Span.WEEK,
    sections=("trends", "capacity", "availability", "noisy", "accounts", "unexercised"),
    at="09:00",
    days="mon",
    short=False,
    lacks=(
        "patterns of tickets (no ticket system is connected)",
        "processor, memory and disk (the platform's tables have none)",
    ),
)
