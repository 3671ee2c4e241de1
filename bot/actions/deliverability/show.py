"""`campaign`, `mailbox`, `ip`: how one is, how much it sends, and what stopped it."""

from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.queues.facts import by_whom, left
from bot.actions.registry import register
from bot.holds import engine, reads
from bot.holds.columns import ColumnHold
from bot.holds.kinds import KINDS
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import deliverability
from bot.platform.models import Campaign as CampaignRow
from bot.platform.models import Domain, EmailAccount, SmtpIpAddress
from bot.policy import Risk
from bot.store.models import HoldKind
from bot.targets.base import Target
from bot.targets.campaign import Campaign
from bot.targets.ip import Ip
from bot.targets.mailbox import Mailbox
from bot.words import counted


class Show(Action):
    """Base of all three: what stops it, and the button that stops or resumes it."""

    permission, risk = Permission.DELIVERABILITY_READ, Risk.READ
    held: ClassVar[HoldKind]
    stops: ClassVar[tuple[str, str]]
    """The verbs that stop it, and let it go on."""
    sends: ClassVar[tuple[str, ...]]
    """The statuses in which it sends."""

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        stop, go_on = self.stops
        known = impact.context if impact else {}
        return (go_on,) if known.get("stopped") else (stop,) if known.get("sends") else ()

    async def shown(self, session: AsyncSession, of: Target, status: str, *facts: Fact) -> Impact:
        """All three look alike."""
        kind = KINDS[self.held]
        assert isinstance(kind, ColumnHold)  # noqa: S101 - as the subclasses declare
        holds = await reads.placed(session, await engine.holding(session, kind, kind.switch(of.id, "status")))
        why = [fact("Stopped by", *by_whom(holds))] if holds else []
        why += [fact("Time left", left(one)) for one in holds]
        return Impact(
            facts=(fact("Status", status), *why, *facts),
            context={
                "of": [part if isinstance(part, str) else part.model_dump() for part in of.parts],
                "stopped": bool(holds) or status == "quarantined",
                "sends": status in self.sends,
            },
        )


@register
class ShowCampaign(Show):
    """Show a campaign: its status, what it sent, how much of that bounced, and what paused it."""

    name, verb = "deliverability.campaign", "campaign"
    also = ("show campaign",)
    offered_as = "look at a campaign"
    held, stops, sends = HoldKind.CAMPAIGN, ("campaign pause", "campaign resume"), ("sending", "scheduled")
    campaign: Campaign

    async def preview(self, session: AsyncSession) -> Impact:
        row = await session.get_one(CampaignRow, self.campaign.row_id)
        sent = await deliverability.sent(session, row.id)
        ends = f"{sent.bounced:,} bounced, {sent.complained:,} complained"
        return await self.shown(
            session,
            self.campaign,
            row.status,
            fact("Tenant", self.campaign.owner),
            fact("Last hour", counted(sent.hour, "mail")),
            fact("Last day", counted(sent.day, "mail") + (f"; {ends}" if sent.day else "")),
        )


@register
class ShowMailbox(Show):
    """Show a mailbox: its status, what it sent today, its domain, and what paused it."""

    name, verb = "deliverability.mailbox", "mailbox"
    also = ("show mailbox",)
    offered_as = "look at a mailbox"
    held, stops, sends = HoldKind.MAILBOX, ("mailbox pause", "mailbox resume"), ("active", "warming")
    mailbox: Mailbox

    async def preview(self, session: AsyncSession) -> Impact:
        query = select(EmailAccount, Domain).outerjoin(Domain, Domain.id == EmailAccount.domain_id)
        row, domain = (await session.execute(query.where(EmailAccount.id == self.mailbox.mailbox_id))).one()
        warmed = [Moment.of(row.last_warmed)] if row.last_warmed else ["never"]
        return await self.shown(
            session,
            self.mailbox,
            row.status,
            fact("Tenant", self.mailbox.owner),
            fact("Sent today", counted(row.daily_count, "mail")),
            fact("Warmed up", *warmed),
            fact("Domain", f"{domain.domain}, {domain.verification_status}" if domain else "none"),
        )


@register
class ShowIp(Show):
    """Show an IP address that mail is sent from: its status, its reputation, and which blocklists have it."""

    name, verb = "deliverability.ip", "ip"
    also = ("show ip",)
    offered_as = "look at an IP address"
    held, stops, sends = HoldKind.ADDRESS, ("ip quarantine", "ip return"), ("active", "warming")
    ip: Ip

    async def preview(self, session: AsyncSession) -> Impact:
        row = await session.get_one(SmtpIpAddress, self.ip.ip_id)
        listed = sorted(name for name, on in row.provider_blacklist_status.items() if on is True)
        score = "" if row.score is None else f" ({row.score} of 100)"
        checked = [Moment.of(row.last_reputation_check)] if row.last_reputation_check else ["never"]
        return await self.shown(
            session,
            self.ip,
            row.status,
            fact("Reputation", f"{row.reputation_state}{score}"),
            fact("Listed at", ", ".join(listed) or "no blocklist"),
            fact("Checked", *checked),
            fact("Server", await deliverability.server_of(session, row.id) or "unknown"),
        )
