"""How many came and how many left."""

from dataclasses import dataclass
from typing import ClassVar

from bot.digests.sections.base import section
from bot.digests.sections.of_figures import OfFigures


@section
@dataclass(frozen=True)
class Growth(OfFigures):
    """Accounts and organisations."""

    name: ClassVar[str] = "growth"
    heading: ClassVar[str] = "Growth"
    wants: ClassVar[tuple[str, ...]] = ("growth.users", "growth.left", "growth.tenants")
    charted: ClassVar[str] = "growth.users"
