"""What the platform did: mails and what became of them, jobs, sign-ins."""

from dataclasses import dataclass
from typing import ClassVar

from bot.digests.sections.base import section
from bot.digests.sections.of_figures import OfFigures


@section
@dataclass(frozen=True)
class Analytics(OfFigures):
    """Of all tenants together."""

    name: ClassVar[str] = "analytics"
    heading: ClassVar[str] = "What the platform did"
    wants: ClassVar[tuple[str, ...]] = (
        "mails.sent",
        "mails.bounced",
        "mails.complained",
        "jobs.done",
        "jobs.failed",
        "signins.done",
    )
    charted: ClassVar[str] = "mails.sent"
