"""What is typed about thresholds: of which rule, for which severity, and the values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, did_you_mean, quoted, required
from bot.parameters.named import Known, Named
from bot.store import thresholds
from bot.store.models import AlertLevel
from bot.words import listed

NUMBER = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(\.[0-9]{1,6})?\s*(%?)")


@dataclass(frozen=True)
class WhichRule(Named):
    """A rule of the rules file, by its name."""

    label: ClassVar[str] = "Rule"
    usage: ClassVar[str] = "queue-backlog"
    example: ClassVar[str] = "queue-backlog"
    explanation: ClassVar[str] = "the name of an alert rule; “Why did this fire?” on the alert shows it"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the start of its name, such as queue-backlog"

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which rule, such as queue-backlog.")
        known = await _names(lookup.session)
        if typed.lower() in known:
            return cls(typed.lower())
        close = get_close_matches(typed.lower(), known, n=2, cutoff=0.6)
        otherwise = did_you_mean(close) or "To see the name of a rule, use “Why did this fire?” on its alert."
        raise InvalidParameter(
            parameter,
            f"There is no rule {quoted(typed)}. {otherwise}",
            suggestions=[lookup.instead(parameter, one, one) for one in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return [Choice((one,), one) for one in await _names(session) if typed.strip().lower() in one]


async def _names(session: AsyncSession) -> list[str]:
    return list(dict.fromkeys(one.rule for one in await thresholds.levels(session)))


@dataclass(frozen=True)
class HowSevere(Known):
    """A severity that a rule has a threshold for."""

    label: ClassVar[str] = "Severity"
    usage: ClassVar[str] = "high"
    example: ClassVar[str] = "high"
    explanation: ClassVar[str] = listed(thresholds.SEVERITIES, "or")
    hint: ClassVar[str] = "For which severity?"
    words: ClassVar[Mapping[Any, str]] = {one: one for one in thresholds.SEVERITIES}
    what: ClassVar[str] = "severity"

    name: str

    @classmethod
    def entry(cls, name: Any) -> str:
        return str(name)


@dataclass(frozen=True)
class Figure(Parameter):
    """A threshold as people read it: `2,000`, `0.8`, `5%`."""

    label: ClassVar[str] = "Fires at"
    usage: ClassVar[str] = "at 2000"
    keywords: ClassVar[tuple[str, ...]] = ("at",)
    example: ClassVar[str] = "2000"
    explanation: ClassVar[str] = "the value at which it fires, in the unit of the alert: 2000 for 2,000 jobs, or 5%"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "2000 or 5%, in the unit of the alert"

    number: float
    """As typed: of 5%, 5."""
    percent: bool

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say a number, such as {cls.example}, or a percentage, such as 5%.")
        found = NUMBER.fullmatch(typed)
        if found is None:
            raise InvalidParameter(parameter, f"{quoted(typed)} is not a number. Say for example 2000, 0.8 or 5%.")
        number = float(found[1].replace(",", "") + (found[2] or ""))
        return cls(number, bool(found[3]))

    def meant(self, level: AlertLevel) -> float:
        """The value of this rule's metric. Raises `InvalidParameter` where only one of them is a percentage."""
        if self.percent != level.percent:
            now = thresholds.figure(level.fires, level)
            raise InvalidParameter(
                "fires",
                f"The rules file has {now} for “{level.label}”. Write your number in the same way. Nothing was done.",
            )
        return round(self.number / 100, 12) if self.percent else self.number

    def dump(self) -> str:
        return f"{self.number:.15g}{'%' if self.percent else ''}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        text = str(dumped)
        return cls(float(text.removesuffix("%")), text.endswith("%"))


@dataclass(frozen=True)
class ClearsAt(Figure):
    """The value at which it ends."""

    label: ClassVar[str] = "Clears at"
    usage: ClassVar[str] = "clears 1000"
    keywords: ClassVar[tuple[str, ...]] = ("clears", "over")
    example: ClassVar[str] = "1000"
    explanation: ClassVar[str] = "the value at which the alert ends; without this: the present value"
    hint: ClassVar[str] = "1000 or 3%; if empty, it stays as it is now"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        """Also after `over`, the other word for it: the grammar leaves that before the value."""
        return await super().resolve(parameter, raw and raw.removeprefix("over "), lookup)


def dumped(limits: Mapping[str, float], level: AlertLevel) -> dict[str, str]:
    """Figures of a level as the parameters of a step, or of a form."""
    return {name: f"{value * 100:.12g}%" if level.percent else f"{value:.15g}" for name, value in limits.items()}
