"""`campaign pause where tenant=acme because …`, `mailbox pause where …`: many of them send nothing."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.deliverability.stop import PauseCampaign, PauseMailbox, Stop
from bot.actions.held_many import EndPart, HeldPart
from bot.actions.registry import register
from bot.actions.rows import ManyRows, RowsOf, Rules
from bot.holds.deliverability import CAMPAIGNS, MAILBOXES
from bot.parameters.base import Reason
from bot.parameters.conditions import Fields, Named, OneOf, Text
from bot.parameters.listing import Listing
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform.models import Campaign as CampaignRow
from bot.platform.models import EmailAccount, Tenant
from bot.platform.tables.tenants import CampaignStatus, EmailAccountStatus
from bot.platform.writes import RECORD
from bot.policy import Risk
from bot.store.models import HoldKind
from bot.targets.base import Target
from bot.targets.campaign import Campaign
from bot.targets.mailbox import Mailbox
from bot.targets.tenant import Tenant as TenantTarget


def _of(table: type[CampaignRow] | type[EmailAccount]) -> Named:
    return Named(lambda tenant: table.tenant_id == uuid.UUID(tenant), TenantTarget, "of {}")


def _living(table: type[CampaignRow] | type[EmailAccount]) -> ColumnElement[bool]:
    return select(Tenant.id).where(Tenant.id == table.tenant_id, Tenant.deleted.is_(None)).exists()


@dataclass(frozen=True)
class Campaigns(RowsOf):
    """Campaigns by what they have in common, or by their names."""

    label: ClassVar[str] = "Which campaigns"
    usage: ClassVar[str] = "tenant=acme"
    example: ClassVar[str] = "tenant=acme status=sending"
    explanation: ClassVar[str] = (
        "which campaigns: conditions, such as tenant=acme status=sending (all must be true); "
        "or names, one per line; or a CSV file with a column named campaign"
    )
    hint: ClassVar[str] = "tenant=acme status=sending, or names"
    target: ClassVar[type[Target]] = Campaign
    table: ClassVar[Any] = CampaignRow
    listing: ClassVar[Listing] = Listing("name", "names", ("campaign", "name", "id"), re.compile(r"[,;]"))
    fields: ClassVar[Fields] = Fields(
        "campaign",
        "tenant=acme status=sending",
        {
            "tenant": _of(CampaignRow),
            "status": OneOf(lambda value: CampaignRow.status == value, get_args(CampaignStatus), "with status {}"),
        },
    )

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        return _living(CampaignRow)


@dataclass(frozen=True)
class Mailboxes(RowsOf):
    """Mailboxes by what they have in common, or by their addresses."""

    label: ClassVar[str] = "Which mailboxes"
    usage: ClassVar[str] = "tenant=acme"
    example: ClassVar[str] = "tenant=acme domain=acme-corp.example"
    explanation: ClassVar[str] = (
        "which mailboxes: conditions, such as tenant=acme status=active domain=acme.com (all must be true); "
        "or addresses; or a CSV file with a column named email"
    )
    hint: ClassVar[str] = "tenant=acme domain=acme.com, or addresses"
    target: ClassVar[type[Target]] = Mailbox
    table: ClassVar[Any] = EmailAccount
    listing: ClassVar[Listing] = Listing("address", "addresses", ("email", "mailbox", "id"), re.compile(r"[\s,;]+"))
    fields: ClassVar[Fields] = Fields(
        "mailbox",
        "tenant=acme status=active domain=acme.com",
        {
            "tenant": _of(EmailAccount),
            "status": OneOf(lambda value: EmailAccount.status == value, get_args(EmailAccountStatus), "with status {}"),
            "domain": Text(lambda value: func.lower(func.split_part(EmailAccount.email, "@", 2)) == value, "at {}"),
        },
        "mailboxes",
    )

    @classmethod
    def there(cls) -> ColumnElement[bool]:
        return _living(EmailAccount)

    @classmethod
    def named(cls) -> ColumnElement[str]:
        return EmailAccount.email  # type: ignore[return-value]

    @classmethod
    def as_part(cls, name: str) -> Part:
        return Personal(personal="customer", value=name)


class StopPart(HeldPart):
    """Some of them send nothing, as a part of many."""

    permission, risk = Permission.DELIVERABILITY_CHANGE, Risk.MEDIUM
    says = "pause"
    containment = True
    until_ended = True
    team = "operations"
    as_for_one: ClassVar[type[Stop]]
    duration: Term | None
    reason: Reason

    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        return {"status": self.as_for_one.status}

    def applies(self, one: uuid.UUID, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        return now["status"] in self.as_for_one.sends

    async def whose(self, session: AsyncSession) -> Mapping[uuid.UUID, uuid.UUID]:
        table: Any = self.kind.table
        rows = select(table.id, table.tenant_id).where(table.id == any_(literal([*self.chosen.ids], ARRAY(Uuid))))
        return {one: tenant for one, tenant in await session.execute(rows)}  # noqa: C416 - rows are no pairs to mypy


class Stopping(ManyRows):
    """What pauses many of them, for a time or until somebody goes on with them."""

    part: ClassVar[type[StopPart]]

    def rules(self) -> Rules:
        """Whatever sends nothing anyway."""
        status = self.selection.table.status
        return {"not sending": status.not_in(self.part.as_for_one.sends)}

    def after(self) -> str:
        lasting: Term | None = getattr(self, "duration", None)
        return f"paused {lasting.phrase}, then as before" if lasting else "paused until somebody ends it"


class GoOnPart(EndPart):
    """What was paused goes on, as a part of many."""

    says = "resume"
    permission, risk = Permission.DELIVERABILITY_CHANGE, Risk.HIGH
    team = "operations"


@register
class PauseCampaignsPart(StopPart):
    """One part of a large request: pause these campaigns."""

    name, noun, judged_as = "deliverability.pause_campaigns_some", "campaign", "deliverability.pause_campaign"
    held, as_for_one, ended_by = HoldKind.CAMPAIGN, PauseCampaign, "deliverability.resume_campaigns_some"
    chosen_from = Campaigns
    writes = (CAMPAIGNS, RECORD)


@register
class ResumeCampaignsPart(GoOnPart):
    """One part of a large request: resume these campaigns."""

    name, judged_as = "deliverability.resume_campaigns_some", "deliverability.resume_campaign"
    chosen_from = Campaigns
    writes = (CAMPAIGNS, RECORD)


@register
class PauseCampaigns(Stopping):
    """Stop several campaigns from sending, for a fixed time or until somebody resumes them."""

    name, verb, says = "deliverability.pause_campaigns", "campaign pause where", "pause several campaigns"
    also = ("stop campaigns",)
    offered_as = "pause several campaigns"
    part = PauseCampaignsPart
    selection: Campaigns
    duration: Term | None
    reason: Reason


@register
class PauseMailboxesPart(StopPart):
    """One part of a large request: pause these mailboxes."""

    name, noun, judged_as = "deliverability.pause_mailboxes_some", "mailbox", "deliverability.pause_mailbox"
    held, as_for_one, ended_by = HoldKind.MAILBOX, PauseMailbox, "deliverability.resume_mailboxes_some"
    chosen_from = Mailboxes
    writes = (MAILBOXES, RECORD)


@register
class ResumeMailboxesPart(GoOnPart):
    """One part of a large request: resume these mailboxes."""

    name, judged_as = "deliverability.resume_mailboxes_some", "deliverability.resume_mailbox"
    chosen_from = Mailboxes
    writes = (MAILBOXES, RECORD)


@register
class PauseMailboxes(Stopping):
    """Stop several mailboxes from sending and from warming up, for a fixed time or until somebody resumes them."""

    name, verb, says = "deliverability.pause_mailboxes", "mailbox pause where", "pause several mailboxes"
    also = ("stop mailboxes",)
    offered_as = "pause several mailboxes"
    part = PauseMailboxesPart
    selection: Mailboxes
    duration: Term | None
    reason: Reason
