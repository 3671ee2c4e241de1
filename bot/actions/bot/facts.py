"""What `/pm status` and App Home both say of the bot itself."""

import datetime as dt

from bot.store.watch import SILENT, Seen
from bot.words import duration


def watched(seen: Seen) -> str:
    """How the bot's watch over itself is: `the bot last received its own test message 20 s ago`."""
    if seen.silent and seen.silent_since is not None:
        why = " ".join((seen.reasons or {}).values())
        return f"there has been a problem for {roughly(seen.now - seen.silent_since)}: {why}"
    if seen.sent is None:
        return "no channel is set for the test message, so I cannot check if messages through Slack arrive"
    if seen.returned is None or seen.now - seen.returned > SILENT:
        return "the test message has not come back yet"
    return f"the bot last received its own test message {roughly(seen.now - seen.returned)} ago{_before(seen)}"


def _before(seen: Seen) -> str:
    """When it last was silent, if that is not long ago."""
    if seen.silent_since is None or seen.silent_until is None or seen.now - seen.silent_until > dt.timedelta(days=7):
        return ""
    lasted = roughly(seen.silent_until - seen.silent_since)
    return f" · there was a problem until {roughly(seen.now - seen.silent_until)} ago; it lasted {lasted}"


def roughly(lasts: dt.timedelta) -> str:
    """To the unit that counts: `40 s`, `3 min`, `2 h`."""
    return duration(max(lasts, dt.timedelta(seconds=1)), 1)
