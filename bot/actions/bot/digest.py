"""`digest morning`: a scheduled report, now and for oneself."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, quoted
from bot.permissions import Permission
from bot.policy import Risk
from bot.schedules import ReportName


@dataclass(frozen=True)
class Report(Parameter):
    """One of the reports."""

    label: ClassVar[str] = "Digest"
    usage: ClassVar[str] = "|".join(ReportName)
    example: ClassVar[str] = "morning"
    explanation: ClassVar[str] = f"which digest: {', '.join(ReportName)}"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "A digest"

    name: ReportName

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = (raw or "").strip().lower()
        if not typed:
            raise MissingParameter(parameter, f"Say which digest: {', '.join(ReportName)}.")
        if typed not in set(ReportName):
            raise InvalidParameter(
                parameter,
                f"There is no digest {quoted(typed)}. Available: {', '.join(ReportName)}.",
                suggestions=[lookup.instead(parameter, name, name) for name in ReportName],
            )
        return cls(ReportName(typed))

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return [Choice((name,), name) for name in ReportName if name.startswith(typed.lower())]

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: str, session: AsyncSession) -> Self:
        return cls(ReportName(dumped))


@register
class ShowDigest(Action):
    """Send yourself a digest as it would be posted now."""

    name, verb = "digest.show", "digest"
    offered_as = "get a digest"
    permission, risk = Permission.DIGEST_READ, Risk.READ
    group = Group("Digests", 6)
    which: Report

    @property
    def target(self) -> str:
        return f"digest:{self.which.name}"

    @property
    def report(self) -> str:
        return self.which.name

    async def preview(self, session: AsyncSession) -> Impact:
        return Impact(facts=(fact("Digest", self.which.name.value),), context={"report": self.which.name.value})
