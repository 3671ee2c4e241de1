"""What a check found: one line, and what to do."""

import time
from dataclasses import dataclass
from enum import StrEnum

NOTICED, TOO_MUCH = 2.0, 30.0  # seconds between two clocks


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """`says` and `advice` are sentences for whoever runs the bot; no secret is in them."""

    level: Level
    subject: str
    says: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8} {self.subject:<11} {self.says}"
        return f"{line}\n{'':<20} → {self.advice}" if self.advice else line


def ok(subject: str, says: str) -> Finding:
    return Finding(Level.OK, subject, says)


def warning(subject: str, says: str, advice: str) -> Finding:
    return Finding(Level.WARNING, subject, says, advice)


def failed(subject: str, says: str, advice: str) -> Finding:
    return Finding(Level.FAILED, subject, says, advice)


def now() -> float:
    """This machine's clock, in seconds since 1970."""
    return time.time()


def clock(whose: str, theirs: float, asked: float) -> Finding:
    """Their clock beside ours: `theirs` was read between `asked` and now."""
    answered = now()
    ahead, unsure = theirs - (asked + answered) / 2, (answered - asked) / 2  # it was read at some moment in between
    if abs(ahead) < NOTICED + unsure:
        return ok("clock", f"this machine and {whose} agree")
    says = f"this machine's clock is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} {whose}"
    advice = "Synchronise the clocks (timedatectl set-ntp true): Slack's signatures are valid for five minutes."
    return failed("clock", says, advice) if abs(ahead) > TOO_MUCH else warning("clock", says, advice)
