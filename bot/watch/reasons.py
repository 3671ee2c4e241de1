"""What is wrong with the bot, from its signs of life: pure. Sentences for whoever runs it."""

import datetime as dt
from dataclasses import dataclass

from bot.store.watch import ALONE, SILENT, Seen
from bot.words import duration


@dataclass(frozen=True)
class Reason:
    """Something that is wrong."""

    kind: str
    says: str
    since: dt.datetime


def reasons(seen: Seen, *, canary: bool) -> list[Reason]:
    """What is wrong; nothing while all is well. `canary`: whether it is sent round at all."""
    found = [_clock(seen), _jobs(seen), _canary(seen) if canary else None, _unsent(seen, canary=canary)]
    return [one for one in found if one is not None]


def well(seen: Seen, *, canary: bool) -> bool:
    """Whether all is known to be well. Somebody who only began to look knows that only once the canary is back."""
    return not seen.silent and not reasons(seen, canary=canary) and (seen.came_back or not canary)


def _canary(seen: Seen) -> Reason | None:
    lasts = seen.ago(seen.returned)
    if lasts < SILENT:
        return None
    since = seen.now - lasts
    if seen.sent is None:
        return Reason("canary", "Not even the first test message was sent to Slack.", since)
    if seen.canary_unsent:
        word = f" (its answer: {seen.canary_refused})" if seen.canary_refused else ""
        return Reason("canary", f"Slack has accepted no message from the bot for {_roughly(lasts)}{word}.", since)
    says = f"Slack accepts messages from the bot, but the bot has handled no event from Slack for {_roughly(lasts)}."
    return Reason("canary", says, since)


def _unsent(seen: Seen, *, canary: bool) -> Reason | None:
    if seen.unsent is None or seen.now - seen.unsent < SILENT:
        return None
    if canary and seen.came_back and seen.now - seen.unsent > ALONE:
        return None  # Slack answers others: it is this message alone
    says = f"A message to Slack has been waiting for {_roughly(seen.now - seen.unsent)}."
    return Reason("unsent", says, seen.unsent)


def _jobs(seen: Seen) -> Reason | None:
    waiting = [one for one in (seen.payload, seen.job) if one is not None]
    oldest = max(min(waiting, default=seen.now), seen.awake or seen.now)
    if seen.now - oldest < SILENT:
        return None
    says = f"Accepted work has been waiting for {_roughly(seen.now - oldest)}, and no worker (pm worker) does it."
    return Reason("jobs", says, oldest)


def _clock(seen: Seen) -> Reason | None:
    lasts = seen.ago(seen.ticked)
    if lasts < SILENT:
        return None
    says = f"The clock process (pm clock) has not run for {_roughly(lasts)}, so nothing starts at its time."
    return Reason("clock", says, seen.now - lasts)


def _roughly(lasts: dt.timedelta) -> str:
    return duration(lasts, 1)
