"""`digest subscribe morning here at 08:30 Europe/Madrid on weekdays`, `digest unsubscribe morning here`."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.digests.parameters import At, Destination, On, WhichReport
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Risk
from bot.schedules import DigestRule
from bot.store import subscriptions
from bot.store.models import DigestSubscription
from bot.store.subscriptions import Place


async def _to(session: AsyncSession, place: Place) -> str:
    """`#operations`, or `Óscar Peñalver, as a direct message`."""
    if place.staff_id is None:
        return place.shown
    return f"{await staff.name_of(session, place.staff_id)}, as a direct message"


def _times(one: DigestSubscription | None) -> str:
    return subscriptions.rule_of(one).in_words if one else "not sent there"


class _Subscription(Action):
    """A report and where it goes: what both commands are about."""

    permission, risk = Permission.DIGEST_READ, Risk.LOW
    team = "operations"
    which: WhichReport
    where: Destination

    @property
    def target(self) -> str:
        return f"subscription:{self.which.name}/{self.where.place.key}"

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def _now(self, session: AsyncSession) -> DigestSubscription | None:
        return await subscriptions.at_place(session, self.which.name, self.where.place)

    async def _meant(self, session: AsyncSession) -> tuple[Fact, ...]:
        return (
            fact("Digest", f"{self.which.name}: the {self.which.report.summary}", bound=True),
            fact("To", await _to(session, self.where.place)),
        )

    async def _context(self, session: AsyncSession) -> dict[str, Any]:
        return {"which": self.which.name, "place": await _to(session, self.where.place)}

    def _again(self, outcome: dict[str, Any]) -> Step:
        """As it was before."""
        place = {"which": self.which.dump(), "where": self.where.dump()}
        if outcome["before"] is None:
            return Step(action="digest.unsubscribe", parameters=place)
        was = outcome["before"]
        times = {"at": f"{was['at']} {was['zone']}", "days": was["days"]}
        return Step(action="digest.subscribe", parameters={**place, **times})


@register
class Subscribe(_Subscription):
    """Get a digest in this channel or as a direct message, at times that you choose. New times replace the old ones."""

    name, verb, says = "digest.subscribe", "digest subscribe", "send"
    offered_as = "subscribe to a digest"
    which: WhichReport
    where: Destination
    at: At
    days: On

    @property
    def rule(self) -> DigestRule:
        return DigestRule(at=self.at.time, zone=self.at.zone, days=self.days.days)

    async def preview(self, session: AsyncSession) -> Impact:
        now = await self._now(session)
        if now is not None and subscriptions.rule_of(now).identity == self.rule.identity:
            to = await _to(session, self.where.place)
            said = f"This subscription already exists: the {self.which.name} digest to {to}, {self.rule.in_words}."
            raise NothingToDo(f"{said} Nothing was done.")
        return Impact(
            facts=(
                *await self._meant(session),
                fact("Now", _times(now), bound=True),
                fact("After", self.rule.in_words),
            ),
            context={**await self._context(session), "times": self.rule.in_words},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await self._now(session)
        one = await subscriptions.begin(session, self.which.name, self.where.place, self.rule, by)
        old = _data(before)
        return Outcome(data={"subscription": str(one.id), "before": old}, old={"times": old}, new={"times": _data(one)})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        now = await self._now(session)
        return now is not None and str(now.id) == outcome["subscription"]

    def undo(self, outcome: dict[str, Any]) -> Step:
        return self._again(outcome)


@register
class Unsubscribe(_Subscription):
    """Stop sending a digest to this channel, or to yourself."""

    name, verb, says = "digest.unsubscribe", "digest unsubscribe", "stop"
    offered_as = "end a subscription to a digest"

    async def _going(self, session: AsyncSession) -> DigestSubscription:
        """What is ended. Raises `NothingToDo` where there is none."""
        now = await self._now(session)
        if now is None:
            to = await _to(session, self.where.place)
            raise NothingToDo(
                f"There is no subscription that sends the {self.which.name} digest to {to}. Nothing was done. "
                "If the policy file sets up this digest, change the policy file to stop it."
            )
        return now

    async def preview(self, session: AsyncSession) -> Impact:
        now = await self._going(session)
        return Impact(
            facts=(
                *await self._meant(session),
                fact("Now", _times(now), bound=True),
                fact("After", "not sent there any more"),
            ),
            context=await self._context(session),
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        now = await self._going(session)
        old = _data(now)
        subscriptions.end(now)
        return Outcome(data={"before": old}, old={"times": old}, new={"times": None})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return await self._now(session) is None

    def undo(self, outcome: dict[str, Any]) -> Step:
        return self._again(outcome)


def _data(one: DigestSubscription | None) -> dict[str, str] | None:
    return {"at": one.at, "days": one.days, "zone": one.zone} if one else None
