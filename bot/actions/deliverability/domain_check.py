"""`domain check acme-corp.example`: what mail servers see of a domain, and what its owner should publish."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.outside import Outside
from bot.actions.registry import register
from bot.integrations.dns import findings
from bot.permissions import Permission
from bot.platform.models import Domain as DomainRow
from bot.platform.models import EmailAccount
from bot.policy import Risk
from bot.targets.domain import Domain
from bot.words import counted


@register
class CheckDomain(Action):
    """Ask DNS for a domain's SPF, DKIM, DMARC and MX, and say what is wrong and what to do."""

    name, verb = "deliverability.check_domain", "domain check"
    also = ("check domain", "dns")
    offered_as = "check a domain"
    permission, risk = Permission.DELIVERABILITY_READ, Risk.READ
    group = Group("Deliverability", 5)
    domain: Domain

    async def preview(self, session: AsyncSession) -> Impact:
        row = await session.get_one(DomainRow, self.domain.domain_id)
        boxes = await session.scalar(select(func.count()).where(EmailAccount.domain_id == row.id)) or 0
        return Impact(
            facts=(
                fact("Tenant", self.domain.owner),
                fact("On the platform", row.verification_status),
                fact("Used by", counted(boxes, "mailbox", "mailboxes")),
            ),
            context={"domain": {"id": str(row.id), "name": row.domain}},
        )

    async def asked(self, outside: Outside, impact: Impact) -> dict[str, Any]:
        """What DNS says now: nothing of it is kept."""
        if outside.dns is None:
            return {"findings": [], "level": "not known"}
        found = findings.judge(await outside.dns.records(self.domain.name))
        return {"findings": list(findings.as_lines(found)), "level": findings.worst(found)}
