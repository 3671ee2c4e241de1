"""The scorecard: the figures by which the platform's operation is judged, and which of them cannot be measured yet."""

from bot.reports.base import Report, Span

REPORT = Report(
    name="scorecard",
    summary="figures by which operations are judged, over the last 13 weeks",
    span=Span.QUARTER,
    sections=("scorecard",),
    at="09:00",
    days="quarter",
    template="digests/scorecard.j2",
    short=False,
)
