"""`campaign pause`, `mailbox pause`, `ip quarantine`: nothing is sent, for a time or until somebody ends it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.held import ColumnChange
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.deliverability import ADDRESSES, CAMPAIGNS, MAILBOXES
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.platform import deliverability
from bot.policy import Risk
from bot.store.models import HoldKind
from bot.targets.campaign import Campaign
from bot.targets.ip import Ip
from bot.targets.mailbox import Mailbox
from bot.words import counted, sentence


class Stop(ColumnChange):
    """Base of all three. What was before comes back with the end, so it always is a hold."""

    permission = Permission.DELIVERABILITY_CHANGE
    containment = True
    until_ended = True
    team = "operations"
    status: ClassVar[str]
    """With which nothing is sent."""
    sends: ClassVar[tuple[str, ...]]
    """The statuses that it can stop."""

    def wanted(self) -> Mapping[str, Any]:
        return {"status": self.status}

    def back(self, was: Mapping[str, Any]) -> Step | None:
        """Never for good."""
        return None

    def nothing(self, now: Mapping[str, Any]) -> NothingToDo:
        return NothingToDo(f"{sentence(self.of.shown)} is already {now['status']}. Nothing was done.")

    async def preview(self, session: AsyncSession) -> Impact:
        status = (await self.kind.now(session, self.of.id, ["status"]))["status"]
        if status not in (*self.sends, self.status):
            raise NothingToDo(f"{self.of.shown} is {status}, so it is not sending now. Nothing was done.")
        return await super().preview(session)


@register
class PauseCampaign(Stop):
    """Stop a campaign from sending, for a fixed time or until it is resumed."""

    name, verb, says = "deliverability.pause_campaign", "campaign pause", "pause"
    also = ("stop campaign",)
    risk, held = Risk.MEDIUM, HoldKind.CAMPAIGN
    writes = (CAMPAIGNS,)
    status, sends = "paused", ("sending", "scheduled")
    campaign: Campaign
    duration: Term | None
    reason: Reason

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        sent = await deliverability.sent(session, self.campaign.row_id)
        return (fact("Sent", f"{counted(sent.hour, 'mail')} in the last hour, {sent.day:,} in the last day"),)


@register
class PauseMailbox(Stop):
    """Stop a mailbox from sending and from warming up, for a fixed time or until it is resumed."""

    name, verb, says = "deliverability.pause_mailbox", "mailbox pause", "pause"
    also = ("stop mailbox",)
    risk, held = Risk.MEDIUM, HoldKind.MAILBOX
    writes = (MAILBOXES,)
    status, sends = "paused", ("active", "warming")
    mailbox: Mailbox
    duration: Term | None
    reason: Reason

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        return (fact("Tenant", self.mailbox.owner),)


@register
class QuarantineIp(Stop):
    """Stop all mail from an IP address, for a fixed time or until it is taken out of quarantine."""

    name, verb, says = "deliverability.quarantine_ip", "ip quarantine", "quarantine"
    also = ("quarantine", "quarantine ip")
    offered_as = "quarantine an IP address"
    risk, held = Risk.HIGH, HoldKind.ADDRESS
    writes = (ADDRESSES,)
    status, sends = "quarantined", ("active", "warming")
    unattended = True
    ip: Ip
    duration: Term | None
    reason: Reason

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        left = await deliverability.others_in_use(session, self.ip.ip_id)
        warning = "" if left else ": no mail can be sent at all"
        return (fact("Still in use", counted(left, "other IP address", "other IP addresses"), warning),)
