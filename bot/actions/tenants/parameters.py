"""What is agreed with a tenant, as people type it: which limit, how many, which plan, until when a trial lasts."""

import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.holds.reads import clock
from bot.parameters.base import Choice, Control, Lookup, Parameter, did_you_mean, quoted, required
from bot.parameters.time import UNTIL, Term
from bot.platform import tenant_reads
from bot.platform.tenant_reads import LIMITS
from bot.targets.tenant import Tenant
from bot.words import listed

SAID = {
    "max_users": ("users", "user", "seats"),
    "max_domains": ("domains", "domain"),
    "max_campaigns_per_month": ("campaigns", "campaign"),
    "max_emails_per_month": ("emails", "email", "mails"),
    "max_storage_gb": ("storage", "gb"),
}
SPELLED = {word: name for name, words in SAID.items() for word in (name, name.removeprefix("max_"), *words)}
MOST = 1_000_000_000
LONGEST_TRIAL = dt.timedelta(days=366)


@dataclass(frozen=True)
class LimitName(Parameter):
    """Which limit: `max_users`, or `users`."""

    label: ClassVar[str] = "Which limit"
    usage: ClassVar[str] = "max_users"
    example: ClassVar[str] = "max_users"
    explanation: ClassVar[str] = "which limit: max_users, max_domains, campaigns, emails (a month) or storage (in GB)"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "max_users, max_domains, campaigns, emails or storage"

    column: str

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return _plain(raw) in SPELLED

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say which limit: {listed([*LIMITS], 'or')}.")
        if (found := SPELLED.get(_plain(typed))) is None:
            close = [SPELLED[one] for one in get_close_matches(_plain(typed), SPELLED, n=1, cutoff=0.6)]
            rest = did_you_mean(close) or f"The limits are {listed(LIMITS)}."
            raise InvalidParameter(parameter, f"There is no limit {quoted(typed)}. {rest}")
        return cls(found)

    @property
    def words(self) -> str:
        return LIMITS[self.column]

    def dump(self) -> str:
        return self.column

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


def _plain(typed: str) -> str:
    return re.sub(r"[\s-]+", "_", typed.strip().lower())


@dataclass(frozen=True)
class HowMany(Parameter):
    """A whole number, or `plan`: as many as its plan has."""

    label: ClassVar[str] = "To how many"
    usage: ClassVar[str] = "to 50"
    keywords: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[str] = "500"
    explanation: ClassVar[str] = "a whole number such as 500 or 100,000, or the word plan, for the limit of its plan"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "50, or the word plan (the limit of its plan)"

    number: int | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say the new limit, such as “to 50”.")
        if typed.lower() in ("plan", "its plan", "the plan"):
            return cls(None)
        digits = re.sub(r"(?<=[0-9])[,_ ’'](?=[0-9]{3}\b)", "", typed)
        if not re.fullmatch(r"[0-9]{1,10}", digits) or int(digits) > MOST:
            raise InvalidParameter(
                parameter,
                f"{quoted(typed)} is not a whole number up to {MOST:,}. Type a number such as 50, or the word “plan”.",
            )
        return cls(int(digits))

    def dump(self) -> str:
        return "plan" if self.number is None else str(self.number)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(None if dumped == "plan" else int(str(dumped)))


@dataclass(frozen=True)
class ToPlan(Parameter):
    """A plan by its name, or `own`: the tenant's own."""

    label: ClassVar[str] = "Limits of which plan"
    usage: ClassVar[str] = "to plan-name"
    keywords: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[str] = "enterprise"
    explanation: ClassVar[str] = (
        "the plan whose limits the tenant gets; or the word “own”: the tenant gets the limits of its own plan"
    )
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the name of a plan, or the word “own”"

    slug: str | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which plan's limits, such as “to enterprise”.").lower()
        if typed == "own":
            return cls(None)
        plans = await tenant_reads.plan_names(lookup.session)
        spelled = {**{name.lower(): slug for slug, name in plans.items()}, **{slug: slug for slug in plans}}
        if (found := spelled.get(typed)) is None:
            close = get_close_matches(typed, spelled, n=1, cutoff=0.6)
            rest = did_you_mean(close) or f"The plans are {listed(plans.values())}."
            raise InvalidParameter(parameter, f"There is no plan {quoted(typed)}. {rest}")
        return cls(found)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        plans = {**await tenant_reads.plan_names(session), "own": "own: its own plan's"}
        return [Choice((name,), slug) for slug, name in plans.items() if typed.strip().lower() in name.lower()]

    def dump(self) -> str:
        return self.slug or "own"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(None if dumped == "own" else str(dumped))


@dataclass(frozen=True)
class TrialEnd(Parameter):
    """Until when a trial lasts: `by 14d` longer than now, or `until 2027-01-31`."""

    label: ClassVar[str] = "By how long, or until when"
    usage: ClassVar[str] = "by 14d"
    keywords: ClassVar[tuple[str, ...]] = ("by", "until")
    example: ClassVar[str] = "14d"
    explanation: ClassVar[str] = "how much longer than planned, such as 14d, or a new end: until 2027-01-31"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "14d, or until 2027-01-31"

    ends: dt.datetime

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(
            parameter, raw, "Say how much longer, such as “by 14d”, or a new end, such as “until 2027-01-31”."
        )
        term = await Term.resolve(parameter, typed, lookup)
        now = await clock(lookup.session)
        begins = now if UNTIL.fullmatch(typed) else max(now, await _ends_now(lookup) or now)
        ends = term.ends(begins)
        if ends - now > LONGEST_TRIAL:
            raise InvalidParameter(parameter, f"A trial lasts at most a year from now: {quoted(typed)} is longer.")
        return cls(ends.astimezone(dt.UTC).replace(microsecond=0))

    @property
    def shown(self) -> str:
        return f"{self.ends:%-d %b %Y}"

    def dump(self) -> str:
        return f"until {self.ends.isoformat()}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dt.datetime.fromisoformat(str(dumped).removeprefix("until ")))


async def _ends_now(lookup: Lookup) -> dt.datetime | None:
    """When the trial of the tenant that the command names ends as things are; None where it names none."""
    try:
        tenant = await Tenant.resolve("tenant", lookup.arguments.get("tenant"), lookup)
    except InvalidParameter:
        return None
    return await tenant_reads.trial_end(lookup.session, tenant.tenant)
