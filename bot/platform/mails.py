"""What a tenant sends: the figures that spam is judged by, and what its mails say, without who reads them."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.redaction import redacted
from bot.platform.spam import DAYS, HOURS, Figures

SAMPLES = 5

# The same hours of each day before, from the day on which the tenant first sent something; days without mail count.
WINDOWS = text(
    """
    SELECT days.number AS day, found.* FROM generate_series(0, :days) AS days(number) CROSS JOIN LATERAL (
        SELECT count(*) AS sent, count(*) FILTER (WHERE status = 'bounced') AS bounced,
               count(*) FILTER (WHERE status = 'complained') AS complained
        FROM outbound_messages
        WHERE tenant_id = :tenant
          AND sent > CAST(:now AS timestamptz) - make_interval(days => days.number, hours => :hours)
          AND sent <= CAST(:now AS timestamptz) - make_interval(days => days.number)
    ) AS found
    WHERE CAST(:now AS timestamptz) - make_interval(days => days.number)
          >= (SELECT min(sent) FROM outbound_messages WHERE tenant_id = :tenant)
    ORDER BY days.number
    """
)
STRANGERS = text(
    """
    WITH lately AS (
        SELECT lower(split_part(recipient, '@', 2)) AS domain, count(*) AS number FROM outbound_messages
        WHERE tenant_id = :tenant AND sent > CAST(:now AS timestamptz) - make_interval(hours => :hours) AND sent <= :now
        GROUP BY 1
    ), known AS (
        SELECT DISTINCT lower(split_part(recipient, '@', 2)) AS domain FROM outbound_messages
        WHERE tenant_id = :tenant
          AND sent > CAST(:now AS timestamptz) - make_interval(days => :days, hours => :hours)
          AND sent <= CAST(:now AS timestamptz) - make_interval(hours => :hours)
    )
    SELECT coalesce(sum(number), 0)::bigint AS mails, count(*) AS domains
    FROM lately WHERE domain NOT IN (SELECT domain FROM known)
    """
)
SAMPLED = text(
    """
    SELECT subject, count(*) AS number, count(DISTINCT lower(split_part(recipient, '@', 2))) AS domains,
           min(lower(split_part(recipient, '@', 2))) AS domain,
           count(*) FILTER (WHERE status = 'bounced') AS bounced,
           count(*) FILTER (WHERE status = 'complained') AS complained
    FROM outbound_messages
    WHERE tenant_id = :tenant AND sent > CAST(:now AS timestamptz) - make_interval(hours => :hours) AND sent <= :now
    GROUP BY subject ORDER BY number DESC, subject LIMIT :samples
    """
)


@dataclass(frozen=True)
class Sample:
    """Mails of one subject; no body, and of recipients the domain alone."""

    subject: str
    number: int
    domains: int
    domain: str
    """One of them."""
    bounced: int
    complained: int


async def figures(session: AsyncSession, tenant_id: uuid.UUID, now: dt.datetime) -> Figures:
    """What is known of a tenant's mails at a moment."""
    about = {"tenant": tenant_id, "now": now, "hours": HOURS, "days": DAYS}
    days = {row.day: row for row in await session.execute(WINDOWS, about)}
    strangers = (await session.execute(STRANGERS, about)).one()
    lately, before = days.get(0), [row for day, row in days.items() if day]
    mails = sum(row.sent for row in before)
    return Figures(
        sent=lately.sent if lately else 0,
        to_new_domains=strangers.mails,
        new_domains=strangers.domains,
        bounced=lately.bounced if lately else 0,
        complained=lately.complained if lately else 0,
        before=tuple(row.sent for row in before),
        bounced_before=sum(row.bounced for row in before) / mails if mails else 0.0,
        complained_before=sum(row.complained for row in before) / mails if mails else 0.0,
    )


async def samples(session: AsyncSession, tenant_id: uuid.UUID, now: dt.datetime) -> list[Sample]:
    """The subjects of the last hours that most mails had."""
    rows = await session.execute(SAMPLED, {"tenant": tenant_id, "now": now, "hours": HOURS, "samples": SAMPLES})
    return [Sample(redacted(subject), *rest) for subject, *rest in rows]
