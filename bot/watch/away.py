"""The database itself is away, so nobody can agree on who tells: each process does, once, and once when it is over.

What a process knows it forgets when it ends. One that is started while the database is away tells of it, too; one that
has told and ends before the database is back does not tell of that. Routes that know what belongs together (`group`)
make one of it all.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.store.watch import SILENT
from bot.watch.routes.base import Notice, NotTold, Route
from bot.words import duration

GROUP = "watch:database"
AGAIN = dt.timedelta(seconds=60)

log = structlog.get_logger()


def utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class Away:
    """What one process knows of the database's absence."""

    routes: Mapping[str, Route]
    now: Callable[[], dt.datetime] = utc
    since: dt.datetime | None = None
    """Since when it has not answered; None: it does."""
    _open: dict[str, Notice] = field(default_factory=dict)
    """By route, which were told of what is not over for them yet."""
    _tried: dict[tuple[str, bool], dt.datetime] = field(default_factory=dict)

    async def gone(self, why: str) -> None:
        """It did not answer once more. Tell of it after three minutes."""
        self.since = self.since or self.now()
        lasts = self.now() - self.since
        if lasts < SILENT:
            return
        says = f"For {duration(lasts, 1)}, the bot has not reached its database ({why}), so it accepts nothing."
        for name in set(self.routes) - set(self._open):
            key = f"{GROUP}:{uuid.uuid4().hex}"
            notice = Notice(f"{key}:began", GROUP, over=False, since=self.since, at=self.now(), reasons=[says])
            if await self._told(name, notice):
                self._open[name] = notice

    async def back(self) -> None:
        """It answers. Tell so whoever was told that it did not."""
        self.since = None
        for name, told in list(self._open.items()):
            key = told.key.removesuffix("began") + "over"
            notice = Notice(key, GROUP, over=True, since=told.since, at=self.now(), reasons=told.reasons)
            if await self._told(name, notice):
                del self._open[name]

    async def _told(self, route: str, notice: Notice) -> bool:
        """Whether the route took it. It is tried once a minute."""
        attempt = route, notice.over
        if attempt in self._tried and self.now() - self._tried[attempt] < AGAIN:
            return False
        self._tried[attempt] = self.now()
        try:
            await self.routes[route].tell(notice)
        except NotTold as error:
            log.warning("a second route does not take a notice", route=route, error=str(error))
            return False
        del self._tried[attempt]
        return True
