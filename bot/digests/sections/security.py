"""How safe the month was: failed sign-ins, and what was done alone or taken back."""

from dataclasses import dataclass
from typing import ClassVar

from bot.digests.sections.base import section
from bot.digests.sections.of_figures import OfFigures


@section
@dataclass(frozen=True)
class Security(OfFigures):
    """Counts; whose they are is in the audit trail."""

    name: ClassVar[str] = "security"
    heading: ClassVar[str] = "Security"
    wants: ClassVar[tuple[str, ...]] = ("signins.failed", "requests.asked", "requests.undone", "requests.alone")
