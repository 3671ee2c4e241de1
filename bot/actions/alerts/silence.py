"""`alert silence email-sending until 18:00 because …`, and its end."""

import uuid
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.alerts.parameters import Quiet, WhichSilence
from bot.actions.base import Action, Group, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.reads import clock
from bot.parameters.alert import AlertOn, called
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store import outbox, silences
from bot.store.models import Alert, AlertHappened, AlertSilence, AlertState
from bot.store.rooms import Home

CHANNEL = "operations"  # where a card belongs whose alert has no message


async def thread_of(session: AsyncSession, alert: Alert | None) -> Home:
    """Below the alert's message, where it has one."""
    place, ts = await outbox.place_of(session, f"alert:{alert.id}") if alert else (None, None)
    return Home(place, ts) if place and ts else Home(CHANNEL, None)


@register
class Silence(Action):
    """Silence an open alert until a given time, unless it gets worse. You are still told when the alert ends."""

    name, verb, says = "alert.silence", "alert silence", "silence"
    also = ("silence", "mute", "snooze")
    offered_as = "silence an alert"
    permission, risk = Permission.ALERT_SILENCE, Risk.LOW
    team = "operations"
    group: ClassVar[Group] = Group("Alerts", 4)
    alert: AlertOn
    until: Quiet
    reason: Reason | None

    @property
    def target(self) -> str:
        return f"alert:{self.alert.id}"

    async def lock(self, session: AsyncSession) -> None:
        await session.execute(select(Alert.id).where(Alert.id == self.alert.id).with_for_update())

    async def home(self, session: AsyncSession) -> Home | None:
        return await thread_of(session, await session.get(Alert, self.alert.id))

    async def _open(self, session: AsyncSession) -> Alert:
        alert = await session.get_one(Alert, self.alert.id, populate_existing=True)
        if alert.state == AlertState.RESOLVED:
            raise NothingToDo("This alert has ended, so nothing was silenced.")
        return alert

    async def preview(self, session: AsyncSession) -> Impact:
        alert = await self._open(session)
        until = self.until.ends(await clock(session))
        now = await silences.of(session, alert.rule, alert.subject)
        if now is not None and now.until == until:
            raise NothingToDo("This alert is already silent until that time. Nothing was done.")
        return Impact(
            facts=(
                fact("Alert", called(alert), bound=True),
                fact(
                    "Now",
                    *(
                        ["silent until ", Moment.of(now.until)]
                        if now
                        else ["reported, and passed on if nobody acknowledges it"]
                    ),
                ),
                fact("After", "silent until ", Moment.of(until), f", unless it gets worse than {alert.severity}"),
                fact("Also", "you are still told when it ends, and other alerts of the same rule are still reported"),
            ),
            context={"alert": called(alert), "until": until.timestamp()},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        alert, now = await self._open(session), await clock(session)
        until = self.until.ends(now)
        before = await silences.of(session, alert.rule, alert.subject)
        was = before.until.isoformat() if before else None
        await silences.end(session, alert.rule, alert.subject, now)
        reason = self.reason.text if self.reason else None
        one = silences.begin(session, alert, by, now, until, reason)
        await session.flush()
        await silences.note(session, alert, AlertHappened.SILENCED, by, now, until=until.timestamp())
        return Outcome(
            data={"silence": str(one.id), "alert": str(alert.id), "before": was, "until": until.isoformat()},
            old={"silent_until": was},
            new={"silent_until": until.isoformat()},
        )

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        one = await session.get(AlertSilence, uuid.UUID(outcome["silence"]))
        return one is not None and one.until.isoformat() == outcome["until"]

    def undo(self, outcome: dict[str, Any]) -> Step:
        if outcome["before"]:
            return Step(action=self.name, parameters={"alert": outcome["alert"], "until": f"until {outcome['before']}"})
        return Step(action=EndSilence.name, parameters={"silence": outcome["silence"]})


@register
class EndSilence(Action):
    """End a silence early: if the alert is still open, it is reported again."""

    name, verb, says = "alert.unsilence", "alert silence end", "end"
    also = ("unsilence", "unmute")
    offered_as = "end a silence"
    permission, risk = Permission.ALERT_SILENCE, Risk.LOW
    only_notes = True
    team = "operations"
    silence: WhichSilence

    @classmethod
    def phrase(cls) -> str:
        return "end the silence"

    @property
    def target(self) -> str:
        return f"silence:{self.silence.id}"

    async def lock(self, session: AsyncSession) -> None:
        """The alert first, as whoever evaluates it does."""
        one = await session.get_one(AlertSilence, self.silence.id)
        alert = await silences.newest(session, one.rule, one.subject)
        if alert is not None:
            await session.execute(select(Alert.id).where(Alert.id == alert.id).with_for_update())
        await session.execute(select(AlertSilence.id).where(AlertSilence.id == one.id).with_for_update())

    async def home(self, session: AsyncSession) -> Home | None:
        one = await session.get_one(AlertSilence, self.silence.id)
        return await thread_of(session, await silences.newest(session, one.rule, one.subject))

    async def _lasting(self, session: AsyncSession) -> AlertSilence:
        one = await session.get_one(AlertSilence, self.silence.id, populate_existing=True)
        if one.until <= await clock(session):
            raise NothingToDo("That silence has ended already. Nothing was done.")
        return one

    async def preview(self, session: AsyncSession) -> Impact:
        one = await self._lasting(session)
        return Impact(
            facts=(
                fact("Alert", self.silence.name, bound=True),
                fact("Now", "silent until ", Moment.of(one.until)),
                fact("After", "reported again, if the alert is still open"),
            ),
            context={"alert": self.silence.name},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        one, now = await self._lasting(session), await clock(session)
        alert, until = await silences.newest(session, one.rule, one.subject), one.until.isoformat()
        await silences.end(session, one.rule, one.subject, now)
        if alert is not None and alert.state != AlertState.RESOLVED:
            await self._told_again(session, alert, by, now)
        data = {"silence": str(one.id), "alert": str(alert.id) if alert else None, "until": until}
        return Outcome(data, {"silent_until": until}, {"silent_until": None})

    async def _told_again(self, session: AsyncSession, alert: Alert, by: uuid.UUID, now: Any) -> None:
        alert = await session.get_one(Alert, alert.id, populate_existing=True)
        if alert.silenced_until is None:  # it had got worse
            return
        if alert.shown is None:
            alert.silenced_until = now  # it has no message yet: whoever looks next posts it
        else:
            silences.heard_again(alert, now)
        await session.flush()
        await silences.note(session, alert, AlertHappened.UNSILENCED, by, now)

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """Silent again until then; nothing, where the alert is gone."""
        if outcome["alert"] is None:
            return None
        return Step(action=Silence.name, parameters={"alert": outcome["alert"], "until": f"until {outcome['until']}"})
