"""`spam acme`: what a tenant sends now against its own last 30 days, with a judgement and its reasons."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Lead
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.holds import queue_pause, reads
from bot.permissions import Permission
from bot.platform import mails
from bot.platform.mails import Sample
from bot.platform.queues import Scope
from bot.platform.spam import judge
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import counted


@register
class Spam(Action):
    """Show whether a tenant's mails look like spam: volume, new domains, bounces, complaints, samples."""

    name, verb, says = "tenant.spam", "spam", "look for spam of"
    also = ("spam check", "is it spam", "abuse")
    offered_as = "check a tenant for spam"
    permission, risk = Permission.JOB_READ, Risk.READ
    tenant: Tenant

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """Its sending is paused, or resumed; the queues show whether it helps."""
        return ("resume" if impact and impact.context["paused"] else "pause", "queues")

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        """Whoever manages it may know more."""
        of = {"tenant": str(self.tenant.tenant), "topic": "spam"}
        return (Lead("tenant notice", of, (self.tenant.name,)),)

    async def preview(self, session: AsyncSession) -> Impact:
        now = await reads.clock(session)
        found = judge(await mails.figures(session, self.tenant.tenant, now))
        pauses = await queue_pause.open_on(session, Scope(None, self.tenant.tenant))
        return Impact(
            facts=(
                fact("Judgement", str(found.verdict)),
                *(fact("Sign", sign) for sign in found.signs),
                *([fact("As usual" if found.signs else "Seen", " · ".join(found.against))] if found.against else []),
                *[fact("Paused", *await queue_pause.pausing(session, one)) for one in pauses],
            ),
            context={
                "tenant": {"id": str(self.tenant.tenant), "name": self.tenant.name},
                "verdict": str(found.verdict),
                "paused": bool(pauses),
                "samples": [_said(one) for one in await mails.samples(session, self.tenant.tenant, now)],
            },
        )


def _said(one: Sample) -> dict[str, Any]:
    ends = [
        f"{number:,} {what}" for number, what in ((one.bounced, "bounced"), (one.complained, "complained")) if number
    ]
    where = f"•••@{one.domain}" if one.domains == 1 else f"{counted(one.domains, 'domain')} such as •••@{one.domain}"
    return {"subject": one.subject or "no subject", "number": one.number, "where": where, "ends": ", ".join(ends)}
