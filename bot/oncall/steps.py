"""What PagerDuty is to be told next of an alert: a pure function of what it should know and what it knows.

Slack's alert can go from acknowledged back to firing, and PagerDuty's cannot: there the old one is resolved, and a new
one begins under another key. A call whose answer is not known is made again, or overtaken by what is wanted by now.
"""

from bot.integrations.pagerduty.events import Event


def following(wanted: Event, known: Event | None, tried: Event | None) -> Event | None:
    """The next call, None where nothing is left to say.

    `known`: the last one that was taken; `tried`: one whose answer is not known.
    """
    if tried is Event.RESOLVE or (wanted is Event.RESOLVE and tried is not None):
        return Event.RESOLVE
    if tried is not None:
        return Event.RESOLVE if (wanted, tried) == (Event.TRIGGER, Event.ACKNOWLEDGE) else wanted
    if known in (None, Event.RESOLVE):  # nothing is open there
        return Event.TRIGGER if wanted is Event.TRIGGER else None
    if wanted is known:
        return None
    return Event.RESOLVE if known is Event.ACKNOWLEDGE else wanted


def begins_anew(event: Event, tried: Event | None) -> bool:
    """Whether it opens another one there, under a key of its own, so that nothing late concerns it."""
    return event is Event.TRIGGER and tried is not Event.TRIGGER
