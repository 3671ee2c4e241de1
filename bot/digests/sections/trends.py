"""How the week was: what was sent, done, failed and asked for."""

from dataclasses import dataclass
from typing import ClassVar

from bot.digests.sections.base import section
from bot.digests.sections.of_figures import OfFigures


@section
@dataclass(frozen=True)
class Trends(OfFigures):
    """The last seven days."""

    name: ClassVar[str] = "trends"
    heading: ClassVar[str] = "The last seven days"
    wants: ClassVar[tuple[str, ...]] = (
        "mails.sent",
        "mails.bounced",
        "mails.complained",
        "jobs.done",
        "jobs.failed",
        "signins.failed",
        "growth.users",
        "alerts.fired",
        "requests.asked",
        "payments.failed",
    )
    charted: ClassVar[str] = "mails.sent"
