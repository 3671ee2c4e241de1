"""What a second route is told, and what it has to promise."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

from bot.words import duration


class NotTold(Exception):
    """The route did not take it, or nobody knows. It is tried again with the same key."""


@dataclass(frozen=True)
class Notice:
    """A silence began, or is over."""

    key: str
    """The same however often this is sent: for whoever takes a message once."""
    group: str
    """The same for the beginning and the end, and for all processes that notice it: what ends is what began."""
    over: bool
    since: dt.datetime
    """Since when nothing was heard."""
    at: dt.datetime
    """When it was noticed, or when it was over."""
    reasons: Sequence[str]
    """Sentences for whoever runs the bot; nothing personal is in them."""

    @property
    def lasted(self) -> str:
        """To two units: `6 min 10 s`."""
        return duration(self.at - self.since, 2)

    def text(self, zone: str) -> str:
        """All of it in a few sentences."""
        since = moment(self.since, zone)
        if self.over:
            return f"The PenguinMails bot works again. It had been silent since {since}, for {self.lasted}."
        why = " ".join(self.reasons)
        return f"The PenguinMails bot has been silent since {since}. {why} Run pm doctor on the machine where it runs."


class Route(Protocol):
    """A way to people that does not need Slack."""

    name: ClassVar[str]

    async def tell(self, notice: Notice) -> None:
        """Send it, within seconds. Raises `NotTold`."""
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...


def moment(at: dt.datetime, zone: str) -> str:
    """`02:14 (Europe/Madrid)`."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M} ({zone})"
