"""Billing periods: a month later is the same day of the next month, or its last. In UTC, as Stripe counts."""

import calendar
import datetime as dt

from localpay.clock import DAY
from localpay.errors import Json

MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def after(start: int, recurring: Json, anchor: int | None = None) -> int:
    """The end of the period that begins then; the day is the anchor's, in seconds since 1970."""
    count: int = recurring["interval_count"]
    interval = recurring["interval"]
    if interval in DAYS:
        return start + DAYS[interval] * count * DAY
    return _months_on(start, MONTHS[interval] * count, start if anchor is None else anchor)


def _months_on(start: int, months: int, anchor: int) -> int:
    begun = dt.datetime.fromtimestamp(start, dt.UTC)
    year, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    day = min(dt.datetime.fromtimestamp(anchor, dt.UTC).day, last)
    return int(begun.replace(year=year, month=month + 1, day=day).timestamp())


def day(moment: int) -> str:
    """For people, as in Stripe's descriptions of lines: "24 Nov 2026"."""
    return f"{dt.datetime.fromtimestamp(moment, dt.UTC):%d %b %Y}".removeprefix("0")
