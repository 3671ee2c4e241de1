"""What a month of alerts is made of, and what people have to see of it: counted on paper, not by the bot's own code.

An episode is one problem from its beginning to its end: what is measured when, in minutes from its first moment, and
how many messages it has to bring. The rules that the numbers follow from are those of docs/alerts.md.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

OVER, HIGH, MORE, CRITICAL = 10.0, 200.0, 300.0, 2000.0  # of a rule that is high above 100 and critical above 1,000
GONE = 17  # minutes after which what comes back is a problem of its own


@dataclass(frozen=True)
class Seen:
    """What people see of something: messages in the channel, changes of those, lines below them, direct messages."""

    posts: int = 0
    updates: int = 0
    lines: int = 0
    direct: int = 0
    direct_updates: int = 0

    def __add__(self, other: Self) -> "Seen":
        pairs = zip(self.numbers, other.numbers, strict=True)
        return Seen(*(mine + theirs for mine, theirs in pairs))

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.posts, self.updates, self.lines, self.direct, self.direct_updates


@dataclass(frozen=True)
class Episode:
    """One problem, or several that belong together."""

    name: str
    values: Mapping[float, Mapping[str, float]]
    """By minute: what is measured from then on, by rule and subject (`slow:api`)."""
    seen: Seen
    alerts: int = 1
    """How many there are on record in the end."""
    acts: Mapping[float, str] = field(default_factory=dict)
    """By minute: what somebody does about it: acknowledge, silence, or works on it for an hour."""
    looks: tuple[float, ...] = ()
    """Minutes at which something is due that nobody measures."""

    @property
    def minutes(self) -> list[float]:
        return sorted({*self.values, *self.acts, *self.looks})


def once(name: str, lasts: float) -> Episode:
    """One message, changed when it is over."""
    return Episode(name, {0: {f"slow:{name}": HIGH}, lasts: {f"slow:{name}": OVER}}, Seen(1, 1, 2))


def returning(name: str, times: int) -> Episode:
    """Back after ten minutes, so many times: the same message."""
    values = {}
    for number in range(times + 1):
        values[15.0 * number] = {f"slow:{name}": HIGH}
        values[15.0 * number + 5] = {f"slow:{name}": OVER}
    return Episode(name, values, Seen(1, 2 * times + 1, 2 * (times + 1)))


def twice(name: str) -> Episode:
    """Back after more than a quarter of an hour: two problems."""
    on, off = {f"slow:{name}": HIGH}, {f"slow:{name}": OVER}
    return Episode(name, {0: on, 5: off, 5 + GONE: on, 10 + GONE: off}, Seen(2, 2, 4), alerts=2)


def flapping(name: str, times: int) -> Episode:
    """Every minute on or off, more than four times: three ends and returns are told, and then an end after quiet.

    The message changes with the figure that it shows, each time.
    """
    values = {}
    for number in range(times):
        values[2.0 * number] = {f"slow:{name}": HIGH}
        values[2.0 * number + 1] = {f"slow:{name}": OVER}
    return Episode(name, values, Seen(1, 2 * times, 8), looks=(2.0 * times + 15,))


def growing(name: str) -> Episode:
    """A change of less than a twentieth is none; a worse or a better state is told, too."""
    figures = (HIGH, HIGH * 1.03, MORE, CRITICAL, MORE, OVER)
    values = {float(minute): {f"slow:{name}": figure} for minute, figure in enumerate(figures)}
    return Episode(name, values, Seen(1, 4, 4))


def nobody_there(name: str) -> Episode:
    """Critical, and nobody looks: after ten minutes the next on call is told, and after twenty the one after them."""
    values = {0.0: {f"urgent:{name}": CRITICAL}, 40.0: {f"urgent:{name}": OVER}}
    seen = Seen(1, 2, 5, direct=2, direct_updates=4)
    return Episode(name, values, seen, acts={25: "acknowledge"}, looks=(10.5, 20.5))


def silenced(name: str, lasts: float) -> Episode:
    """For an hour, five minutes after it began. Its end is told at once; and so is the end of the silence."""
    values = {0.0: {f"slow:{name}": HIGH}, lasts: {f"slow:{name}": OVER}}
    updates = 2 if lasts < 65 else 3  # what is over by then is not told a second time: a line says so
    return Episode(name, values, Seen(1, updates, 4), acts={5: "silence"}, looks=(65.5,))


def worked_on(name: str, lasts: float) -> Episode:
    """Maintenance for an hour explains it; what lasts longer is told afterwards, with all that happened."""
    values = {10.0: {f"slow:{name}": HIGH}, 10 + lasts: {f"slow:{name}": OVER}}
    seen = Seen() if 10 + lasts < 60 else Seen(1, 1, 4)
    return Episode(name, values, seen, acts={0: "maintain"}, looks=(60,))


def explained(name: str, *, outlasts: bool) -> Episode:
    """A service that is down and four that are slow without it: one message, with a line for each."""
    parts = [f"behind:{name}-{number}" for number in range(4)]
    values = {
        0.0: {f"down:{name}": 1.0},
        1.0: dict.fromkeys(parts[:3], HIGH),
        2.0: {parts[3]: HIGH},
        20.0: dict.fromkeys(parts[1:] if outlasts else parts, OVER),
        21.0: {f"down:{name}": 0.0},
    }
    if not outlasts:
        return Episode(name, values, Seen(1, 4, 10), alerts=5)
    values[30.0] = {parts[0]: OVER}
    return Episode(name, values, Seen(1, 4, 9) + Seen(1, 1, 3), alerts=5, looks=(22, 23.5))


def storm(name: str, number: int, later: int) -> Episode:
    """So many within a minute: one message, changed when more come, and when all of them are over."""
    first = {f"slow:{name}-{one}": HIGH for one in range(number)}
    more = {f"slow:{name}-{number + one}": HIGH for one in range(later)}
    values = {0.0: first, 20.0: dict.fromkeys({**first, **more}, OVER)}
    if more:
        values[0.5] = more
    return Episode(name, values, Seen(1, 1 + bool(later), 2), alerts=number + later + 1)


def unseen(name: str) -> Episode:
    """It came and went while the bot was down, from minute 0 to 120: nobody knows of it."""
    return Episode(name, {30.0: {f"slow:{name}": HIGH}, 60.0: {f"slow:{name}": OVER}}, Seen(), alerts=0)


def seen_late(name: str) -> Episode:
    """It began while the bot was down, and lasts: told as soon as somebody looks."""
    return Episode(name, {30.0: {f"slow:{name}": HIGH}, 150.0: {f"slow:{name}": OVER}}, Seen(1, 1, 2))


def ended_unseen(name: str) -> Episode:
    """It was over while the bot was down."""
    return Episode(name, {-30.0: {f"slow:{name}": HIGH}, 60.0: {f"slow:{name}": OVER}}, Seen(1, 1, 2))


def episodes() -> list[Episode]:
    """A month's worth, but for what depends on when the bot is down; each kind spread over the whole of it."""
    kinds: tuple[list[Episode], ...] = (
        [once(f"once-{number}", 5.0 + number % 7 * 10) for number in range(80)],
        [returning(f"returning-{number}", 1 + number % 2) for number in range(12)],
        [twice(f"twice-{number}") for number in range(6)],
        [flapping(f"flapping-{number}", 5 + number) for number in range(5)],
        [growing(f"growing-{number}") for number in range(8)],
        [nobody_there(f"urgent-{number}") for number in range(4)],
        [silenced(f"silenced-{number}", 30.0 if number % 2 else 120.0) for number in range(6)],
        [worked_on(f"worked-on-{number}", 20.0 if number % 2 else 120.0) for number in range(6)],
        [explained(f"explained-{number}", outlasts=bool(number % 2)) for number in range(4)],
        [storm("storm-0", 20, 0), storm("storm-1", 22, 5)],
    )
    return [one for together in itertools.zip_longest(*kinds) for one in together if one is not None]
