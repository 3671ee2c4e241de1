"""How often one person may look people up and ask for something: counted where all processes see it.

A stolen session, or somebody who copies the list of customers, is slowed down; containment is never counted. A person's
row is locked by whoever adds to it until that transaction ends, so that two at once cannot both be the last; what is
refused for another reason is rolled back and does not count.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Interval, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.errors import TooOften
from bot.people.identity import Operator
from bot.store.models import RecentUse
from bot.store.prepared import Prepared
from bot.words import counted, duration

_ADD = Prepared(
    text("""
    INSERT INTO recent_uses AS u (staff_id, what, at) VALUES (:staff_id, :what, ARRAY[clock_timestamp()])
    ON CONFLICT (staff_id, what) DO UPDATE
    SET at = u.at[greatest(1, cardinality(u.at) + 2 - :most):] || clock_timestamp()
    WHERE cardinality(u.at) < :most OR u.at[cardinality(u.at) + 1 - :most] <= clock_timestamp() - :within
    RETURNING true
""").bindparams(bindparam("within", type_=Interval))
)
_OLDEST = select(
    RecentUse.at[func.cardinality(RecentUse.at) + 1 - bindparam("most")]
    + bindparam("within", type_=Interval)
    - func.clock_timestamp()
).where(RecentUse.staff_id == bindparam("staff_id"), RecentUse.what == bindparam("what"))


@dataclass(frozen=True)
class Limit:
    """At most so many in any span of that length."""

    what: str
    most: int
    within: dt.timedelta
    done: str
    """What was done so often: `made 20 requests`."""
    otherwise: str
    """What is still possible, or nothing."""

    async def count(self, session: AsyncSession, operator: Operator) -> None:
        """Count one more in the caller's transaction. Raises `TooOften` with the time until the next is possible."""
        who = {"staff_id": operator.id, "what": self.what, "most": self.most, "within": self.within}
        if await _ADD.scalar(session, **who):
            return
        left: dt.timedelta = await session.scalar(_OLDEST, who) or dt.timedelta()
        wait = duration(dt.timedelta(seconds=max(1, round(left.total_seconds() + 0.5))))
        raise TooOften(
            f"You have {self.done} in {duration(self.within)}. That is the limit for one person, so nothing was done. "
            f"Try again in {wait}.{self.otherwise}"
        )


@dataclass(frozen=True)
class Limits:
    """The limits there are, with how often each allows it."""

    lookups: int = 100
    requests: int = 20

    @property
    def looking_up(self) -> Limit:
        done = f"looked up {counted(self.lookups, 'person', 'people')}"
        return Limit("look_up", self.lookups, dt.timedelta(minutes=1), done, "")

    @property
    def asking(self) -> Limit:
        done = f"made {counted(self.requests, 'request')}"
        contained = (
            " Commands that limit damage, such as /pm revoke or /pm pause, are not counted: you can use them now."
        )
        return Limit("ask", self.requests, dt.timedelta(minutes=10), done, contained)

    async def ask(self, session: AsyncSession, operator: Operator, actions: Sequence[Action]) -> None:
        """Count a request, unless all of it is containment. Raises `TooOften`."""
        if not all(action.stakes.containment for action in actions):
            await self.asking.count(session, operator)

    async def look_up(self, session: AsyncSession, operator: Operator) -> None:
        """Count a look at somebody. Raises `TooOften`."""
        await self.looking_up.count(session, operator)
