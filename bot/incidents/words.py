"""How the review of an incident says a time, a while, and what somebody typed."""

import datetime as dt
import re

from bot.words import duration

MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


def plain(text: str) -> str:
    """What somebody typed, as words: no markup, no line of its own."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def time(moment: dt.datetime) -> str:
    """In UTC, to the second."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def after(before: dt.datetime, later: dt.datetime) -> str:
    """The time between the two: `4 min`."""
    return duration(later - before, 2)
