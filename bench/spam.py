"""How often the judgement of `/pm spam` is right: seeded years of made-up tenants, with spam planted among them.

`make spam` measures ten years that the thresholds were not chosen by, and writes the tables of docs/spam.md.
"""

import argparse
import math
import random
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.platform.spam import DAYS, HOURS, Figures, Verdict, verdict

PAGE = Path(__file__).parents[1] / "docs" / "spam.md"
BEGINS, ENDS = "<!-- measured -->", "<!-- /measured -->"
WINDOWS = 24 // HOURS  # a day
CHOSEN_BY, MEASURED_ON = range(1, 4), range(101, 111)  # seeds; the second are looked at only here
TENANTS, YEAR = 60, 365


@dataclass(frozen=True)
class Mails:
    """What a tenant sends in a window: how many, and which share of them is what."""

    times: float
    strangers: float
    bounces: float
    complaints: float


@dataclass(frozen=True)
class Wave:
    """Something out of the ordinary, over some windows; `spam`: somebody ought to stop it."""

    kind: str
    first: int
    last: int
    mails: Mails
    spam: bool


Make = Callable[[random.Random], Mails]


def _between(*bounds: tuple[float, float]) -> Make:
    """Volume and shares drawn evenly between bounds."""
    return lambda rng: Mails(*(rng.uniform(*each) for each in bounds))


# How many windows it lasts, and what it is like. The honest ones are meant to be hard.
HONEST: dict[str, tuple[tuple[int, int], Make]] = {
    "campaign to its own readers": ((1, 2), _between((3, 9), (0.01, 0.12), (0.008, 0.03), (0.0002, 0.0012))),
    "import of new contacts": ((1, 3), _between((1.5, 5), (0.3, 0.75), (0.015, 0.06), (0.0003, 0.0025))),
    "letter to an old list": ((1, 2), _between((1, 2.5), (0.02, 0.2), (0.04, 0.12), (0.0008, 0.004))),
}
SPAM: dict[str, tuple[tuple[int, int], Make]] = {
    "stolen account, to anybody": ((2, 8), _between((5, 40), (0.5, 0.95), (0.06, 0.25), (0.004, 0.03))),
    "stolen account, to the large providers": ((2, 8), _between((5, 40), (0.01, 0.15), (0.06, 0.25), (0.004, 0.03))),
    "bought list": ((1, 6), _between((1.5, 5), (0.45, 0.9), (0.05, 0.15), (0.002, 0.01))),
    "slow, mixed into its own mails": ((8, 24), _between((1.1, 1.9), (0.25, 0.6), (0.03, 0.08), (0.0015, 0.006))),
}


@dataclass
class Score:
    """What was found of what there was."""

    planted: Counter[str] = field(default_factory=Counter)
    likely: Counter[str] = field(default_factory=Counter)
    possible: Counter[str] = field(default_factory=Counter)
    waited: dict[str, list[int]] = field(default_factory=dict)
    """Hours from the first mail until it was called likely."""
    false_likely: Counter[str] = field(default_factory=Counter)
    false_possible: Counter[str] = field(default_factory=Counter)
    years: float = 0

    @property
    def recall(self) -> float:
        return sum(self.likely.values()) / max(1, sum(self.planted.values()))

    @property
    def precision(self) -> float:
        found = sum(self.likely.values())
        return found / max(1, found + sum(self.false_likely.values()))


def _some(rng: random.Random, mean: float) -> int:
    """A count around its mean, as independent events make it."""
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, number, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        number, product = number + 1, product * rng.random()
    return number


def _waves(rng: random.Random, days: int) -> list[Wave]:
    """A tenant's year: a campaign every two weeks or so, imports and old lists now and then, spam of one in three."""
    waves = [
        _wave(rng, kind, *HONEST[kind], days, spam=False)
        for kind, a_year in zip(HONEST, (26, 3, 1.5), strict=True)
        for _ in range(_some(rng, a_year * days / YEAR))
    ]
    if rng.random() < 0.35:
        kind = rng.choice(list(SPAM))
        waves.append(_wave(rng, kind, *SPAM[kind], days, spam=True))
    return waves


def _wave(rng: random.Random, kind: str, lasts: tuple[int, int], make: Make, days: int, *, spam: bool) -> Wave:
    first = rng.randrange(DAYS * WINDOWS, days * WINDOWS)
    return Wave(kind, first, first + rng.randint(*lasts) - 1, make(rng), spam)


def figures(rng: random.Random, waves: Sequence[Wave], days: int) -> Iterator[tuple[int, Wave | None, Figures]]:
    """Window by window what `/pm spam` would read of a tenant, and what really went on."""
    size, grows = math.exp(rng.uniform(math.log(10), math.log(1500))), rng.uniform(0.8, 3)
    usually = Mails(1, rng.choice((0.03, 0.05, 0.1, 0.3)), rng.uniform(0.005, 0.03), rng.uniform(0.0001, 0.001))
    same = [deque[int](maxlen=DAYS) for _ in range(WINDOWS)]
    lately, sums = deque[tuple[int, int, int]]([(0, 0, 0)] * DAYS * WINDOWS), [0, 0, 0]
    for number in range(days * WINDOWS):
        day, window = divmod(number, WINDOWS)
        wave = next((one for one in waves if one.first <= number <= one.last), None)
        like = wave.mails if wave else usually
        clock = 1 + 0.8 * math.sin((window * HOURS - 8) * math.pi / 12)
        mean = size * grows ** (day / YEAR) * clock * (0.4 if day % 7 > 4 else 1) * like.times * rng.uniform(0.6, 1.4)
        sent = _some(rng, max(mean, size * like.times * 0.5 if wave else 0))
        strange, bounced, complained = (
            min(sent, _some(rng, sent * share)) for share in (like.strangers, like.bounces, like.complaints)
        )
        rates = (sums[1] / max(1, sums[0]), sums[2] / max(1, sums[0]))
        before = tuple(same[window])
        yield number, wave, Figures(sent, strange, strange // 2 + 1, bounced, complained, before, *rates)
        same[window].append(sent)
        now = (sent, bounced, complained)
        lately.append(now)
        sums = [known + came - went for known, came, went in zip(sums, now, lately.popleft(), strict=True)]


def measure(seed: int, tenants: int = TENANTS, days: int = YEAR) -> Score:
    """One seeded year: the same each time."""
    rng, score = random.Random(f"spam {seed}"), Score()  # noqa: S311 - the same years each time
    for _ in range(tenants):
        waves = _waves(rng, days)
        score.planted.update(one.kind for one in waves if one.spam)
        _look(figures(rng, waves, days), score)
        score.years += (days - DAYS) / YEAR
    return score


def _look(windows: Iterator[tuple[int, Wave | None, Figures]], score: Score) -> None:
    """An alarm of several windows is one: whoever is called looks once."""
    seen: dict[tuple[Verdict, Wave | None], int] = {}
    for number, wave, one in windows:
        found = verdict(one)
        if number < DAYS * WINDOWS or found is Verdict.NOTHING:
            continue
        for level in (Verdict.POSSIBLE, Verdict.LIKELY)[: 2 if found is Verdict.LIKELY else 1]:
            last = seen.get((level, wave))
            seen[level, wave] = number
            if last is None or (wave is None and number > last + 1):
                _count(score, level, wave, number)


def _count(score: Score, level: Verdict, wave: Wave | None, number: int) -> None:
    likely = level is Verdict.LIKELY
    if wave is not None and wave.spam:
        (score.likely if likely else score.possible)[wave.kind] += 1
        if likely:
            score.waited.setdefault(wave.kind, []).append((number - wave.first + 1) * HOURS)
    else:
        (score.false_likely if likely else score.false_possible)[wave.kind if wave else "an ordinary day"] += 1


def together(scores: Sequence[Score]) -> Score:
    """Several years as one."""
    whole = Score()
    for one in scores:
        for name in ("planted", "likely", "possible", "false_likely", "false_possible"):
            getattr(whole, name).update(getattr(one, name))
        for kind, hours in one.waited.items():
            whole.waited.setdefault(kind, []).extend(hours)
        whole.years += one.years
    return whole


def tables(score: Score) -> str:
    """As docs/spam.md has them."""
    lines = ["| spam that was planted | times | called likely | at least worth a look | hours until likely, median |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for kind in SPAM:
        hours = sorted(score.waited.get(kind, [0]))
        number = score.planted[kind]
        shares = [f"{found[kind] / max(1, number):.0%}" for found in (score.likely, score.possible)]
        lines.append(f"| {kind} | {number} | {' | '.join(shares)} | {hours[len(hours) // 2]} |")
    lines += ["", "| false alarm at | likely | at least worth a look |", "| --- | ---: | ---: |"]
    for kind in (*HONEST, "an ordinary day"):
        lines.append(f"| {kind} | {score.false_likely[kind]} | {score.false_possible[kind]} |")
    false = sum(score.false_likely.values())
    said = (
        f"*Likely spam*: precision {score.precision:.1%}, recall {score.recall:.1%}; {false} false alarms in "
        f"{score.years:,.0f} years of a tenant, {false / score.years:.2f} a year each."
    )
    return "\n".join([*lines, "", said])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chosen-by", action="store_true", help="the years that the thresholds were chosen by")
    chosen = parser.parse_args().chosen_by
    found = tables(together([measure(seed) for seed in (CHOSEN_BY if chosen else MEASURED_ON)]))
    sys.stdout.write(f"{found}\n")
    if not chosen:
        before, rest = PAGE.read_text("utf-8").split(BEGINS)
        PAGE.write_text(f"{before}{BEGINS}\n{found}\n{ENDS}{rest.partition(ENDS)[2]}", "utf-8")


if __name__ == "__main__":
    main()
