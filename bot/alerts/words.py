"""Durations and names as alerts say them."""

import datetime as dt

from bot import words
from bot.store.models import Alert

MINUTES_ALONE = 600  # seconds from which on nobody counts them


def in_words(time: dt.timedelta) -> str:
    """To two units, hours at most: `40 s`, `9 min 5 s`, `12 min`, `26 h 40 min`; seconds only below ten minutes."""
    seconds = round(time.total_seconds())
    whole = seconds if seconds < MINUTES_ALONE else seconds // 60 * 60
    return words.duration(dt.timedelta(seconds=whole), 2, largest="h")


def names_of(alert: Alert) -> dict[str, str]:
    """What fills in a rule's texts."""
    culprit = alert.facts.get("culprit") or {}
    tenant = {"tenant": culprit.get("name", ""), "tenant_id": culprit.get("id", "")}
    return {"subject": alert.subject, "name": alert.facts.get("name", alert.subject), **tenant}
