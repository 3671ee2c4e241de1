"""What is known of campaigns, mailboxes and sending addresses: how much they send, and how that ends."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import OutboundMessage, SmtpIpAddress, VpsInstance

IN_USE = ("active", "warming")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True)
class Sent:
    """Mails of one campaign."""

    hour: int
    day: int
    bounced: int
    """In the day, as is what complained."""
    complained: int


async def sent(session: AsyncSession, campaign_id: uuid.UUID) -> Sent:
    """In the hour and in the day before now."""
    messages = OutboundMessage
    row = (
        await session.execute(
            select(
                func.count().filter(messages.sent > func.now() - HOUR),
                func.count(),
                func.count().filter(messages.status == "bounced"),
                func.count().filter(messages.status == "complained"),
            ).where(messages.campaign_id == campaign_id, messages.sent > func.now() - DAY)
        )
    ).one()
    return Sent(*row)


async def others_in_use(session: AsyncSession, ip_id: uuid.UUID) -> int:
    """From how many other addresses mail is sent."""
    others = select(func.count()).where(SmtpIpAddress.id != ip_id, SmtpIpAddress.status.in_(IN_USE))
    return await session.scalar(others) or 0


async def server_of(session: AsyncSession, ip_id: uuid.UUID) -> str | None:
    """The name of the server that has the address."""
    query = select(VpsInstance.name).join(SmtpIpAddress, SmtpIpAddress.vps_instance_id == VpsInstance.id)
    return await session.scalar(query.where(SmtpIpAddress.id == ip_id))
