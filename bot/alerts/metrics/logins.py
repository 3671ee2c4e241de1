"""Sign-ins: passwords that are tried, staff who are there at night, and how many sessions each of them has."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import Metric, Row, register, rows
from bot.drawing.masking import Clearance, mask
from bot.permissions import Permission
from bot.personal import Personal

TRIED, LATELY = "5 minutes", "10 minutes"
NIGHT = (2, 6)  # o'clock, in the zone of the policy

ACCOUNTS = f"""
    SELECT users.id::text AS subject, users.email, tried.failed::float
    FROM (
        SELECT user_id, count(*) AS failed FROM login_events
        WHERE NOT succeeded AND at > now() - interval '{TRIED}' AND user_id IS NOT NULL GROUP BY user_id
    ) AS tried JOIN users ON users.id = tried.user_id
"""  # noqa: S608 - constants
ADDRESSES = f"""
    SELECT ip AS subject, count(*)::float AS failed, count(DISTINCT lower(email)) AS accounts
    FROM login_events WHERE NOT succeeded AND at > now() - interval '{TRIED}' AND ip IS NOT NULL GROUP BY ip
"""  # noqa: S608
AT_NIGHT = f"""
    SELECT users.id::text AS subject, users.name, lately.number::float
    FROM staff_members JOIN users ON users.id = staff_members.user_id CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM login_events
        WHERE login_events.user_id = users.id AND at > now() - interval '{LATELY}' AND succeeded
          AND extract(hour FROM at AT TIME ZONE :zone) BETWEEN {NIGHT[0]} AND {NIGHT[1] - 1}
    ) AS lately
    WHERE lately.number > 0
"""  # noqa: S608
SESSIONS = """
    SELECT users.id::text AS subject, users.name, open.number::float
    FROM staff_members JOIN users ON users.id = staff_members.user_id CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM sessions
        WHERE sessions.user_id = users.id AND kind = 'staff' AND revoked IS NULL AND expires > now()
          AND last_seen > now() - interval '30 minutes'
    ) AS open
"""
_accounts, _addresses = rows(ACCOUNTS), rows(ADDRESSES)


async def accounts(session: AsyncSession) -> dict[str, Row]:
    """By account; what a channel may see of its address."""
    found = await _accounts(session)
    return {
        subject: {"name": _masked("email", row["email"]), "failed": row["failed"]} for subject, row in found.items()
    }


async def networks(session: AsyncSession) -> dict[str, Row]:
    """By network, for whose address it is is personal: of each the address that tries most."""
    found: dict[str, Row] = {}
    for address, row in (await _addresses(session)).items():
        network = _masked("address", address)
        if network not in found or found[network]["failed"] < row["failed"]:
            found[network] = {"failed": row["failed"], "accounts": row["accounts"]}
    return found


def _masked(kind: Any, value: str) -> str:
    return mask(Personal(personal=kind, value=value), Clearance.CHANNEL)


def _tried(facts: Mapping[str, Any]) -> list[str]:
    return [f"at {facts['accounts']:,} accounts"] if facts.get("accounts", 0) > 1 else []


def _failed(name: str, source: Any, whose: str) -> None:
    metric = Metric(
        source,
        lambda row, _: row["failed"],
        "Failed",
        f"Failed sign-ins in a period of {TRIED}, {whose}.",
        lambda value: f"{value:,.0f}",
        Permission.STAFF_INVESTIGATE,
        unit=f" sign-ins in {TRIED}",
        beside=_tried,
    )
    register(f"login.{name}", metric)


_failed("failed_account", accounts, "to one account")
_failed("failed_address", networks, "from one IP address of the network that the alert names")
register(
    "login.night",
    Metric(
        rows(AT_NIGHT),
        lambda row, _: row["number"],
        "Sign-ins",
        f"Sign-ins of staff between {NIGHT[0]:02}:00 and {NIGHT[1]:02}:00, in the time zone that the policy sets.",
        lambda value: f"{value:.0f}",
        Permission.STAFF_INVESTIGATE,
        unit=f" within {LATELY}",
        thresholds=lambda _fires, _clears: (
            f"fires at the first such sign-in, clears after {LATELY} without such a sign-in"
        ),
    ),
)
register(
    "sessions.staff",
    Metric(
        rows(SESSIONS),
        lambda row, _: row["number"],
        "Sessions",
        "A colleague's active sessions.",
        lambda value: f"{value:.0f}",
        Permission.STAFF_INVESTIGATE,
    ),
)
