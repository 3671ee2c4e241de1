"""Campaigns and mailboxes that send nothing for a while, and addresses that no mail is sent from."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.personal import Part, Personal
from bot.platform.models import Campaign, EmailAccount, SmtpIpAddress, Tenant
from bot.platform.writes import Write
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind

CAMPAIGNS = Write("campaigns", update=("status",))
MAILBOXES = Write("email_accounts", update=("status",))
ADDRESSES = Write("smtp_ip_addresses", update=("status",))


class Stopped(ColumnHold):
    """Base: a status with which nothing is sent; it comes back as it was before the first."""

    stopped: ClassVar[str]
    """The status that stops it, than which nothing is stricter."""
    resumed_by: ClassVar[str]
    """The action that ends it before its time."""
    between = " "

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return self.stopped if self.stopped in values else values[-1]

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """That nothing is sent for longer is decided by whoever set it."""
        return Stakes(self.resumed_by, Risk.HIGH) if ending else Stakes("hold.extend", Risk.LOW, containment=True)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        tenant = hold.subject.get("tenant")
        return uuid.UUID(tenant) if tenant else None

    def says(self, columns: Columns) -> str:
        return str(columns["status"] or "no longer there")

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return (f"The {'quarantine' if self.stopped == 'quarantined' else 'pause'} of ", *name)


class CampaignPause(Stopped):
    """A campaign sends nothing."""

    name, noun, writes = HoldKind.CAMPAIGN, "pause of a campaign", (CAMPAIGNS,)
    table, thing, asked_as = Campaign, "campaign", "campaigns"
    stopped, resumed_by = "paused", "deliverability.resume_campaign"

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        query = select(Campaign.name, Tenant.name).join(Tenant, Tenant.id == Campaign.tenant_id)
        row = (await session.execute(query.where(Campaign.id == uuid.UUID(identifier)))).one_or_none()
        return (f"campaign {row[0]} of {row[1]}" if row else "a campaign that is gone",)


class MailboxPause(Stopped):
    """A mailbox sends nothing, and is not warmed up."""

    name, noun, writes = HoldKind.MAILBOX, "pause of a mailbox", (MAILBOXES,)
    table, thing, asked_as = EmailAccount, "mailbox", "mailboxes"
    stopped, resumed_by = "paused", "deliverability.resume_mailbox"

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        address = await session.scalar(select(EmailAccount.email).where(EmailAccount.id == uuid.UUID(identifier)))
        return ("mailbox ", Personal(personal="customer", value=address)) if address else ("a mailbox that is gone",)


class AddressQuarantine(Stopped):
    """No mail is sent from an address of ours."""

    name, noun, writes = HoldKind.ADDRESS, "quarantine of an IP address", (ADDRESSES,)
    table, thing, asked_as = SmtpIpAddress, "ip", "addresses"
    stopped, resumed_by = "quarantined", "deliverability.return_ip"

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        query = select(SmtpIpAddress.ip_address).where(SmtpIpAddress.id == uuid.UUID(identifier))
        return (await session.scalar(query) or "an address that is gone",)
