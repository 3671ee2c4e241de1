"""`campaign resume`, `mailbox resume`, `ip return`: ends what stopped them before its time."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.held import set_for_good
from bot.actions.impact import Impact, fact
from bot.actions.queues.facts import by_whom, left
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine, reads
from bot.holds.columns import ColumnHold
from bot.holds.deliverability import ADDRESSES, CAMPAIGNS, MAILBOXES
from bot.holds.kinds import KINDS
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Hold, HoldCause, HoldKind, Verification
from bot.targets.base import Target
from bot.targets.campaign import Campaign
from bot.targets.ip import Ip
from bot.targets.mailbox import Mailbox


class GoOn(Action):
    """Base of all three: it is as it was before it was stopped. To stop it again is a request of its own."""

    permission, risk = Permission.DELIVERABILITY_CHANGE, Risk.HIGH
    team = "operations"
    renewable = True
    held: ClassVar[HoldKind]
    stopped: ClassVar[str]
    """The status that it ends."""
    otherwise: ClassVar[str | None] = None
    """The status that it gets where no request of mine stopped it; None: that is left to whoever did."""

    @property
    def of(self) -> Target:
        assert self.about_what is not None  # noqa: S101 - each names one
        return self.about_what

    @property
    def kind(self) -> ColumnHold:
        kind = KINDS[self.held]
        assert isinstance(kind, ColumnHold)  # noqa: S101 - as the subclasses declare
        return kind

    async def _status(self, session: AsyncSession) -> Any:
        return (await self.kind.now(session, self.of.id, ["status"]))["status"]

    async def _ending(self, session: AsyncSession) -> Sequence[Hold]:
        """What stops it. Raises `NothingToDo` where nothing does, or somebody on the platform."""
        status = await self._status(session)
        if status != self.stopped:
            raise NothingToDo(f"{self.of.shown} is {status}, not {self.stopped}. Nothing was done.")
        found = await engine.holding(session, self.kind, self.kind.switch(self.of.id, "status"))
        if not found and self.otherwise is None:
            raise NothingToDo(
                f"{self.of.shown} was {self.stopped} on the platform itself, perhaps by the tenant, so I do not change "
                "that. Nothing was done: change it there."
            )
        return found

    async def _after(self, session: AsyncSession, ending: Sequence[Hold]) -> Any:
        if not ending:
            return self.otherwise
        base = await engine.stored_base(session, self.kind.switch(self.of.id, "status"))
        return base.get("value")

    async def preview(self, session: AsyncSession) -> Impact:
        ending = await self._ending(session)
        placed = await reads.placed(session, ending)
        ends = by_whom(placed) or ["what was set on the platform itself"]
        return Impact(
            facts=(
                fact(self.of.label, *self.of.parts, bound=True),
                fact("Now", self.stopped),
                fact("After", str(await self._after(session, ending)), bound=True),
                fact("Ends", *ends, bound=True),
                *([fact("Time left", ", ".join(map(left, placed)))] if placed else []),
            ),
            context={"of": [part if isinstance(part, str) else part.model_dump() for part in self.of.parts]},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ending = await self._ending(session)
        if ending:
            await engine.end_together(session, ending, HoldCause.RESUMED, by)
        else:
            await set_for_good(session, self.held, self.of.id, {"status": self.otherwise}, by)
        now = await self._status(session)
        return Outcome(data={"status": now}, old={"status": self.stopped}, new={"status": now})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "status": await self._status(session)}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await self.kind.agrees(platform, self.of.id, {"status": outcome["status"]})
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        return bool(await self._status(session) != self.stopped)


@register
class ResumeCampaign(GoOn):
    """Let a paused campaign go on, before its pause ends."""

    name, verb, says = "deliverability.resume_campaign", "campaign resume", "resume"
    held, stopped = HoldKind.CAMPAIGN, "paused"
    writes = (CAMPAIGNS,)
    campaign: Campaign
    reason: Reason


@register
class ResumeMailbox(GoOn):
    """Let a paused mailbox send again, before its pause ends."""

    name, verb, says = "deliverability.resume_mailbox", "mailbox resume", "resume"
    held, stopped = HoldKind.MAILBOX, "paused"
    writes = (MAILBOXES,)
    mailbox: Mailbox
    reason: Reason


@register
class ReturnIp(GoOn):
    """Take an IP address out of quarantine, so that mail is sent from it again, even if the platform put it there."""

    name, verb, says = "deliverability.return_ip", "ip return", "return"
    also = ("return ip", "release ip")
    offered_as = "take an IP address out of quarantine"
    held, stopped, otherwise = HoldKind.ADDRESS, "quarantined", "active"
    writes = (ADDRESSES,)
    ip: Ip
    reason: Reason
