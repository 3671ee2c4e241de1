"""What is typed about a ticket: what it is about, how bad it is, whose it is."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.parameters import Line
from bot.errors import InvalidParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, required
from bot.parameters.named import Known
from bot.personal import Part, Personal
from bot.store.models import TicketState, TicketVerdict
from bot.targets.staff import Staffer
from bot.targets.user import User
from bot.ticket_rules import Team, TicketCategory, TicketSeverity
from bot.words import listed, plain

CATEGORIES: Mapping[TicketCategory, str] = {
    TicketCategory.BILLING_DISPUTE: "billing dispute",
    TicketCategory.REFUND_REQUEST: "refund request",
    TicketCategory.SYNC_ISSUE: "sync issue",
    TicketCategory.ACCESS: "access",
    TicketCategory.DELIVERABILITY: "deliverability",
    TicketCategory.OUTAGE: "outage",
    TicketCategory.OTHER: "other",
}
SEVERITIES: Mapping[TicketSeverity, str] = {
    TicketSeverity.CRITICAL: "P1",
    TicketSeverity.HIGH: "P2",
    TicketSeverity.MEDIUM: "P3",
    TicketSeverity.LOW: "P4",
}
TEAMS: Mapping[Team, str] = {team: plain(team) for team in Team}
VERDICTS: Mapping[TicketVerdict, str] = {TicketVerdict.GOOD: "good", TicketVerdict.NOT_GOOD: "not good"}
WHICH: Mapping[str, str] = {
    "mine": "tickets that you have",
    "all": "open tickets of every team",
    "overdue": "open tickets that are late",
    TicketState.OPEN: "tickets that nobody works on",
    "in-progress": "tickets that somebody works on",
    TicketState.WAITING: "tickets that wait for somebody else",
    TicketState.CLOSED: "tickets that were closed, the newest first",
}


@dataclass(frozen=True)
class About(Known):
    """A category: always the first word, so that the others of a title are never taken for it."""

    by_looks: ClassVar[bool] = False
    label: ClassVar[str] = "Category"
    usage: ClassVar[str] = "refund-request"
    example: ClassVar[str] = "refund-request"
    explanation: ClassVar[str] = f"what it is about: {listed(map(str, CATEGORIES), 'or')}"
    hint: ClassVar[str] = "What is it about?"
    words: ClassVar[Mapping[Any, str]] = CATEGORIES
    what: ClassVar[str] = "category of tickets"

    name: str

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return False

    @classmethod
    def entry(cls, name: Any) -> str:
        return CATEGORIES[name]

    @property
    def shown(self) -> str:
        return CATEGORIES[TicketCategory(self.name)]


@dataclass(frozen=True)
class OnlyAbout(About):
    """One category of a list, wherever it stands."""

    by_looks: ClassVar[bool] = True
    explanation: ClassVar[str] = f"only one category: {listed(map(str, CATEGORIES), 'or')}"

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return cls.meant(raw) is not None


@dataclass(frozen=True)
class TicketTitle(Line):
    """What it is about, in a few words."""

    label: ClassVar[str] = "Title"
    usage: ClassVar[str] = '"title"'
    example: ClassVar[str] = '"charged twice in May"'
    explanation: ClassVar[str] = "what it is about, in a few words, in quotation marks"
    hint: ClassVar[str] = "In a few words, such as: charged twice in May"
    longest: ClassVar[int] = 120
    say: ClassVar[str] = "Say in a few words what it is about."


@dataclass(frozen=True)
class Said(Line):
    """What somebody adds to a ticket."""

    label: ClassVar[str] = "Comment"
    usage: ClassVar[str] = "saying …"
    example: ClassVar[str] = "the customer has sent the receipt"
    explanation: ClassVar[str] = "what is to be noted; everything after “saying” is the comment"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    hint: ClassVar[str] = "What is to be noted"
    longest: ClassVar[int] = 1500
    say: ClassVar[str] = "After “saying”, type your comment."


@dataclass(frozen=True)
class HowUrgent(Known):
    """A severity; typed as P1 to P4, which no title has by chance."""

    label: ClassVar[str] = "Severity"
    usage: ClassVar[str] = "P2"
    example: ClassVar[str] = "P2"
    explanation: ClassVar[str] = (
        f"how bad it is: {', '.join(f'{typed} {name}' for name, typed in SEVERITIES.items())}; "
        "without this: as the policy says"
    )
    hint: ClassVar[str] = "How bad is it?"
    words: ClassVar[Mapping[Any, str]] = SEVERITIES
    what: ClassVar[str] = "severity"

    name: str

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw.upper() in SEVERITIES.values()

    @classmethod
    def entry(cls, name: Any) -> str:
        return f"{SEVERITIES[name]} {name}"


@dataclass(frozen=True)
class Customer(User):
    """A customer's account, told from a tenant by its address."""

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return "@" in raw


@dataclass(frozen=True)
class TeamName(Known):
    """A team."""

    label: ClassVar[str] = "Team"
    usage: ClassVar[str] = "engineering"
    example: ClassVar[str] = "engineering"
    explanation: ClassVar[str] = f"a team: {listed(TEAMS.values(), 'or')}"
    hint: ClassVar[str] = "Which team?"
    words: ClassVar[Mapping[Any, str]] = TEAMS
    what: ClassVar[str] = "team"

    name: str

    @classmethod
    def entry(cls, name: Any) -> str:
        return TEAMS[name]

    @property
    def shown(self) -> str:
        return TEAMS[Team(self.name)]


@dataclass(frozen=True)
class WhichTickets(Known):
    """Which tickets of all."""

    label: ClassVar[str] = "Which tickets"
    usage: ClassVar[str] = "overdue"
    example: ClassVar[str] = "overdue"
    explanation: ClassVar[str] = f"{listed(WHICH, 'or')}; without this: yours and those of your teams"
    hint: ClassVar[str] = "Which ones?"
    words: ClassVar[Mapping[Any, str]] = WHICH
    what: ClassVar[str] = "kind of tickets"

    name: str


@dataclass(frozen=True)
class Handled(Known):
    """What somebody says of how a ticket was handled."""

    label: ClassVar[str] = "How it was handled"
    usage: ClassVar[str] = "good"
    example: ClassVar[str] = "good"
    explanation: ClassVar[str] = "good or not-good"
    hint: ClassVar[str] = "Good, or not good?"
    words: ClassVar[Mapping[Any, str]] = VERDICTS
    what: ClassVar[str] = "answer"

    name: str

    @classmethod
    def entry(cls, name: Any) -> str:
        return VERDICTS[name]

    @property
    def shown(self) -> str:
        return VERDICTS[TicketVerdict(self.name)]


@dataclass(frozen=True)
class Assignee(Parameter):
    """A person or a team."""

    label: ClassVar[str] = "Person or team"
    usage: ClassVar[str] = "@person"
    example: ClassVar[str] = "engineering"
    explanation: ClassVar[str] = f"a colleague, or a team: {listed(TEAMS.values(), 'or')}"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a name or a team"

    team: str | None = None
    person: uuid.UUID | None = None
    name: str = ""
    """Of the person."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say who: a colleague, such as @staffer, or a team, {_teams()}.")
        bare = (raw or "").strip()
        if bare.lower().startswith("to "):
            typed, bare = typed[3:].strip(), bare[3:].strip()
        if team := TeamName.meant(typed):
            return cls(team=team)
        found = await Staffer.resolve(parameter, bare, lookup)
        if not found.roles:
            raise InvalidParameter(parameter, f"{found.name} has no role, so a ticket would wait for nobody.")
        return cls(person=found.id, name=found.name)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        teams = [
            Choice((one.capitalize(), " (team)"), str(team)) for team, one in TEAMS.items() if typed.lower() in one
        ]
        return [*teams, *await Staffer.matching(typed, session)]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (TEAMS[Team(self.team)],) if self.team else (Personal(personal="person", value=self.name),)

    @property
    def shown(self) -> str:
        return TEAMS[Team(self.team)] if self.team else self.name

    def dump(self) -> str:
        return self.team or str(self.person)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        if team := TeamName.meant(str(dumped)):
            return cls(team=team)
        found = await Staffer.load(dumped, session)
        return cls(person=found.id, name=found.name)


def _teams() -> str:
    return f"such as {TEAMS[Team.ENGINEERING]}"
