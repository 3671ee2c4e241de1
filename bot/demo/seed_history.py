"""What happened in the four weeks before: mails by the hour and mistyped passwords, so that "usual" means something."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.demo.data import BROWSERS, SUBJECTS, Row, Tables, uid
from bot.platform.models import LoginEvent, OutboundMessage

DAYS = 29
MAILS_AN_HOUR = 84  # on average; seed_business.py has as many
FAILED_A_DAY = 22


def history_tables(now: datetime, campaigns: list[Row]) -> Tables:
    """Rows older than those of the other parts, drawn from a generator of their own."""
    rng = random.Random("history")
    return {OutboundMessage: list(_mails(now, campaigns, rng)), LoginEvent: list(_failed(now, rng))}


def _mails(now: datetime, campaigns: list[Row], rng: random.Random) -> Iterator[Row]:
    """Only the hours that are compared: the same weekday of other weeks, half a day around."""
    sending = [campaign for campaign in campaigns if campaign["status"] in {"sending", "completed"}]
    for week in range(1, 5):
        for hour in range(-4, 40):
            begins = now - timedelta(weeks=week, hours=hour)
            wave = 1 + 0.35 * math.sin((begins.hour - 14) * math.pi / 12) + rng.uniform(-0.15, 0.15)
            for n in range(round(MAILS_AN_HOUR * wave)):
                campaign = rng.choice(sending)
                yield {
                    "id": uid("message", f"{week} {hour} {n}"),
                    "tenant_id": campaign["tenant_id"],
                    "campaign_id": campaign["id"],
                    "recipient": f"reader{rng.randint(1, 90_000)}@inbox{rng.randint(1, 40)}.example",
                    "subject": rng.choice(SUBJECTS),
                    "status": "delivered",
                    "sent": begins + timedelta(seconds=rng.randint(0, 3599)),
                }
    yield _first(now, sending[0])


def _first(now: datetime, campaign: Row) -> Row:
    """The oldest on record, so that all four weeks count."""
    return {
        "id": uid("message", "first"),
        "tenant_id": campaign["tenant_id"],
        "campaign_id": campaign["id"],
        "recipient": "reader1@inbox1.example",
        "subject": SUBJECTS[0],
        "status": "delivered",
        "sent": now - timedelta(days=DAYS + 2),
    }


def _failed(now: datetime, rng: random.Random) -> Iterator[Row]:
    """Customers mistype; a few each day, from all over."""
    for day in range(1, DAYS + 1):
        for n in range(round(FAILED_A_DAY * rng.uniform(0.7, 1.3))):
            at = now - timedelta(days=day, seconds=rng.randint(60, 86_000))
            yield {
                "id": uid("login", f"history {day}.{n}"),
                "user_id": None,
                "email": f"person{rng.randint(1, 4_000)}@customer{rng.randint(1, 60)}.example",
                "succeeded": False,
                "ip": f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randint(1, 250)}",
                "user_agent": rng.choice(BROWSERS),
                "at": at,
            }
