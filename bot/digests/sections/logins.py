"""Failed sign-ins of the last day against what is usual, and the one network behind most of them."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, not_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Weekly, Window, section, weekly
from bot.digests.unusual import Compared
from bot.personal import Part, Personal
from bot.platform.models import LoginEvent
from bot.words import counted

TIMES, MORE = 2, 20  # unusual: more than twice the highest of the weeks before, and at least 20 above it
WITHOUT_HISTORY = 100  # unusual where nothing is known of other weeks
MOSTLY = 0.5  # the share of one network that is worth naming
SHOWN = 5

# A /24, or of IPv6 about a /48: what one provider hands to one customer.
NETWORKS = text(
    r"""
    SELECT CASE WHEN ip LIKE '%:%' THEN substring(ip from '^[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F]*') || '::'
                ELSE regexp_replace(ip, '[.][0-9]+$', '.0') END AS network,
           count(*) AS attempts, count(DISTINCT lower(email)) AS accounts
    FROM login_events
    WHERE NOT succeeded AND at >= :since AND at < :until AND ip IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most
    """
)


@dataclass(frozen=True)
class Network:
    """Where failed sign-ins came from. `address` is its first one: personal all the same."""

    address: str
    attempts: int
    accounts: int


@section
@dataclass(frozen=True)
class Logins(Section):
    """Failed sign-ins of the last day."""

    name: ClassVar[str] = "logins"
    title: ClassVar[str] = "Failed sign-ins of the last day"
    shows: ClassVar[str] = "Show the sign-ins"

    failed: Weekly
    network: Network | None
    """The one with the most."""

    def compared(self) -> list[Compared]:
        return [self.failed.beside("failed sign-ins")]

    @property
    def worth_a_look(self) -> bool:
        return bool(self.failed.count)

    @property
    def unusual(self) -> bool:
        if not self.failed.earlier:
            return self.failed.count >= WITHOUT_HISTORY
        highest = max(self.failed.earlier)
        return self.failed.count > TIMES * highest and self.failed.count >= highest + MORE

    @property
    def described(self) -> tuple[Part, ...]:
        usual = f" (usually {self.failed.usual})" if self.failed.usual else ""
        said: tuple[Part, ...] = (f"{counted(self.failed.count, 'failed sign-in')}{usual}",)
        if self.network is not None and self.network.attempts > MOSTLY * self.failed.count:
            address = Personal(personal="address", value=self.network.address)
            said += (f", {self.network.attempts:,} from the network ", address)
        return said

    def items(self) -> list[Item]:
        return [Item(Level.YELLOW, self.described, self.name)] if self.unusual else []

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        failed = await weekly(session, LoginEvent.at, window, window.day, not_(LoginEvent.succeeded))
        networks = await _networks(session, window, most=1)
        return cls(failed, networks[0] if networks else None)

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """Networks and accounts with the most failures; whose they are shows by role."""
        since, until = window.day
        count = func.count()
        accounts = await session.execute(
            select(func.lower(LoginEvent.email), count)
            .where(not_(LoginEvent.succeeded), LoginEvent.at >= since, LoginEvent.at < until)
            .group_by(func.lower(LoginEvent.email))
            .order_by(count.desc(), func.lower(LoginEvent.email))
            .limit(SHOWN)
        )
        networks = [
            fact(
                "Network",
                Personal(personal="address", value=one.address),
                f": {counted(one.attempts, 'attempt')} at {counted(one.accounts, 'account')}",
            )
            for one in await _networks(session, window, SHOWN)
        ]
        tried = [
            fact("Account", Personal(personal="email", value=email), f": {number:,}") for email, number in accounts
        ]
        return [*networks, *tried]


async def _networks(session: AsyncSession, window: Window, most: int) -> list[Network]:
    since, until = window.day
    rows = await session.execute(NETWORKS, {"since": since, "until": until, "most": most})
    return [Network(*row) for row in rows]
