"""Whether a tenant's mails look like spam: a judgement over figures alone, with its reasons. Measured in docs/spam.md.

Each sign compares the tenant with itself: what is usual for one would be alarming for another. A sign alone may have a
good reason: a campaign is many mails, an import many strangers, an old list many bounces. What real senders seldom have
together is complaints with bounces or strangers, or much more mail to strangers that bounces.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

HOURS = 3  # of now, and of each day before
DAYS = 30  # that tell what is usual
ENOUGH = 100  # mails, before a share of them means something
SURGE, ABOVE_HIGHEST, SURGE_AT_LEAST = 4.0, 1.5, 200  # times the usual, times the highest so far, mails
STRANGERS = 0.5  # of the mails go to domains never written to
BOUNCES, COMPLAINTS = 0.05, 0.004  # from there on the mailbox providers act
BOUNCED_AT_LEAST, COMPLAINED_AT_LEAST = 15, 4
TIMES_USUAL = 3.0  # a rate that this tenant does not have otherwise
MANY_COMPLAINTS, MANY_COMPLAINED = 0.01, 10  # this many are a sign that needs no other


class Verdict(StrEnum):
    """What the signs come to."""

    LIKELY = "likely spam"
    POSSIBLE = "worth a look"
    NOTHING = "nothing unusual"


@dataclass(frozen=True)
class Figures:
    """What a tenant sent in the last hours, and in the same hours of the days before."""

    sent: int
    to_new_domains: int
    """Of these, to domains that it had not written to in the days before."""
    new_domains: int
    bounced: int
    complained: int
    before: tuple[int, ...]
    """Mails in the same hours of each day before on which the tenant was there."""
    bounced_before: float
    """Share of the mails of the days before."""
    complained_before: float

    @property
    def usual(self) -> float:
        """Half of the days before had at most so many."""
        return statistics.median(self.before) if self.before else 0.0

    @property
    def highest(self) -> int:
        return max(self.before, default=0)

    def share(self, number: int) -> float:
        return number / self.sent if self.sent else 0.0


@dataclass(frozen=True)
class Judgement:
    """What it comes to, with the signs that it rests on, and what speaks against it."""

    verdict: Verdict
    signs: tuple[str, ...]
    against: tuple[str, ...]


def judge(one: Figures) -> Judgement:
    """The verdict on some figures, in words."""
    said = [(words(one), holds(one)) for words, holds in SIGNS]
    signs = tuple(words for words, holds in said if holds)
    against = tuple(words for words, holds in said if not holds) if one.sent else ()
    return Judgement(verdict(one), signs, against)


def verdict(one: Figures) -> Verdict:
    """Pure, so that it can be measured on years of figures."""
    volume, strangers, bounces, complaints = signs = [holds(one) for _, holds in SIGNS]
    certain = one.complained >= MANY_COMPLAINED and one.share(one.complained) >= MANY_COMPLAINTS
    if certain or (complaints and (bounces or strangers)) or (volume and strangers and bounces):
        return Verdict.LIKELY
    return Verdict.POSSIBLE if any(signs) else Verdict.NOTHING


def _surges(one: Figures) -> bool:
    return one.sent >= max(SURGE_AT_LEAST, SURGE * one.usual, ABOVE_HIGHEST * one.highest)


def _writes_to_strangers(one: Figures) -> bool:
    return bool(one.before) and one.sent >= ENOUGH and one.share(one.to_new_domains) >= STRANGERS


def _bounces_high(one: Figures) -> bool:
    rate = one.share(one.bounced)
    return one.bounced >= BOUNCED_AT_LEAST and rate >= max(BOUNCES, TIMES_USUAL * one.bounced_before)


def _complaints_high(one: Figures) -> bool:
    rate = one.share(one.complained)
    return one.complained >= COMPLAINED_AT_LEAST and rate >= max(COMPLAINTS, TIMES_USUAL * one.complained_before)


def _volume(one: Figures) -> str:
    if not one.before:
        return f"{one.sent:,} mails in {HOURS} hours; the tenant is new, so there is nothing to compare with"
    usual = f"usually {one.usual:,.0f}, and never more than {one.highest:,} in the {DAYS} days before"
    return f"{one.sent:,} mails in {HOURS} hours; {usual}"


def _strangers(one: Figures) -> str:
    return f"{one.share(one.to_new_domains):.0%} of them to {one.new_domains:,} domains it never wrote to before"


def _bounces(one: Figures) -> str:
    return f"{one.share(one.bounced):.1%} bounced; usually {one.bounced_before:.1%}"


def _complaints(one: Figures) -> str:
    return f"{one.share(one.complained):.2%} complained; usually {one.complained_before:.2%}"


SIGNS: tuple[tuple[Callable[[Figures], str], Callable[[Figures], bool]], ...] = (
    (_volume, _surges),
    (_strangers, _writes_to_strangers),
    (_bounces, _bounces_high),
    (_complaints, _complaints_high),
)
"""What each sign says, and whether it is one here."""
