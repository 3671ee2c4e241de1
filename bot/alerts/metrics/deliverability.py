"""Deliverability: mail that bounces or is complained of, and what others think of the addresses it is sent from."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Metric, Row, below, register, rows
from bot.permissions import Permission

ENOUGH = 100  # mails of a tenant in the hour, before a share of them means something
FRESH = dt.timedelta(days=1)  # an older check says nothing of now

# By the index on the time that a mail was sent: as many rows as an hour has, however many there are.
MAILS = """
    SELECT hour.tenant_id::text AS subject, tenants.name, hour.mails, hour.bounced::float / hour.mails AS bounced,
           hour.complained::float / hour.mails AS complained
    FROM (
        SELECT tenant_id, count(*) AS mails, count(*) FILTER (WHERE status = 'bounced') AS bounced,
               count(*) FILTER (WHERE status = 'complained') AS complained
        FROM outbound_messages WHERE sent > now() - interval '1 hour' GROUP BY tenant_id HAVING count(*) >= :enough
    ) AS hour JOIN tenants ON tenants.id = hour.tenant_id
"""
ADDRESSES = """
    SELECT ip_address AS subject, score, last_reputation_check AS last,
           last_reputation_check < now() - CAST(:fresh AS interval) AS old,
           (SELECT array_agg(list.key ORDER BY list.key) FROM jsonb_each(provider_blacklist_status) AS list
             WHERE list.value = 'true') AS lists
    FROM smtp_ip_addresses WHERE status IN ('active', 'warming')
"""
_mails, _read = rows(MAILS, enough=ENOUGH), rows(ADDRESSES, fresh=FRESH)


async def _addresses(session: AsyncSession) -> dict[str, Row]:
    """Those that mail is sent from; of one that was not looked at for a day, only when it was."""
    found: dict[str, Row] = {}
    for subject, row in (await _read(session)).items():
        if row["last"] is not None:
            known = {"score": row["score"], "lists": row["lists"] or []}
            found[subject] = {"last": row["last"]} if row["old"] else known
    return found


def _listed(facts: Mapping[str, Any]) -> list[str]:
    return [f"by {', '.join(facts['lists'])}"] if facts.get("lists") else []


def _of_mails(facts: Mapping[str, Any]) -> list[str]:
    return [f"of {facts['mails']:,} mails in the last hour"] if "mails" in facts else []


def _share(name: str, label: str, words: str, shown: str) -> None:
    metric = Metric(
        _mails,
        lambda row, _: row[name],
        label,
        f"The share of mails that {words}, among all mails of a tenant in the last hour. It is measured only if there"
        f" are at least {ENOUGH} mails.",
        shown.format,
        Permission.DELIVERABILITY_READ,
        beside=_of_mails,
    )
    register(f"mail.{name}", metric)


_share("bounced", "Bounced", "bounced", "{:.1%}")
_share("complained", "Complaints", "somebody complained about", "{:.2%}")
register(
    "ip.blocklists",
    Metric(
        _addresses,
        lambda row, _: float(len(row["lists"])) if "lists" in row else None,
        "Listed",
        "How many blocklists contain this IP address, from which mail is sent.",
        lambda value: f"{value:.0f}",
        Permission.DELIVERABILITY_READ,
        beside=_listed,
        thresholds=lambda _fires, _clears: "fires when one blocklist contains the address, clears when none does",
    ),
)
register(
    "ip.reputation",
    Metric(
        _addresses,
        lambda row, _: None if row.get("score") is None else -float(row["score"]),
        "Reputation",
        "How mailbox providers rate this IP address, from 0 (worst) to 100 (best).",
        lambda value: f"{-value:.0f}",
        Permission.DELIVERABILITY_READ,
        thresholds=below,
    ),
)
