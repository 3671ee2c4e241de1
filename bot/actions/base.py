"""Action, and what an action hands back. Actions know nothing of Slack, cards or the pipeline."""

import inspect
import uuid
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self, get_type_hints

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.cases import Case
from bot.actions.declared import Declared, declared_by
from bot.actions.impact import Impact, Step
from bot.actions.outside import Outside
from bot.errors import InvalidParameter
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Lookup, Parameter
from bot.people.identity import Operator
from bot.personal import Part
from bot.platform.staff import StaffRecord
from bot.platform.writes import Write
from bot.policy import Risk, Stakes
from bot.store.models import Verification
from bot.store.rooms import Home
from bot.targets.base import Target
from bot.targets.staff import Staffer


@dataclass(frozen=True)
class EffectRequest:
    """A call to the outside that follows from the step: carried out after the commit, at most once."""

    name: str
    integration: str
    request: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a step did."""

    data: dict[str, Any]
    """For the card, for `verify` and for `undo`: JSON, ids and counts."""
    old: dict[str, Any] = field(default_factory=dict)
    new: dict[str, Any] = field(default_factory=dict)
    """Values before and after, for the platform's compliance log; nothing personal."""
    effects: tuple[EffectRequest, ...] = ()
    holds: tuple[uuid.UUID, ...] = ()
    """Holds that the step placed: the pipeline notes whose they are."""


@dataclass(frozen=True)
class Verified:
    """What the system concerned answered, and when by its own clock."""

    state: Verification
    at: datetime | None = None
    waits: str | None = None
    """What it waits for, in a sentence for the card, where that is not the platform's own answer."""


@dataclass(frozen=True)
class Lead:
    """Something worth doing next on what an answer has found."""

    verb: str
    arguments: Mapping[str, str]
    """As they would be typed."""
    what: tuple[Part, ...]
    """To what, as its button ends; what is personal in it is masked for the reader."""


@dataclass(frozen=True)
class Group:
    """What help calls the things that some actions are about, and where it lists them: the smaller, the earlier."""

    title: str
    place: int = 100


class Action(ABC):
    """Something an operator can do. Subclasses declare parameters as annotations, like fields of a dataclass.

    The class docstring's first line is the help text. `preview` only reads. `execute` runs in the transaction that
    also writes its audit entry; it raises `Refused` when the platform's state makes it wrong.
    """

    name: ClassVar[str]
    """`resource.verb`, unique; stands in plans and in the audit trail."""
    verb: ClassVar[str]
    """What people type after /pm: a word, or a thing and a word (`role add`). Empty: nobody types it, it undoes.

    Where it is a word, the resource of its name may stand before it (`staff suspend`); where it is a thing and a word
    that several share (`suspend`), the word alone means the one to which what follows belongs.
    """
    also: ClassVar[tuple[str, ...]] = ()
    """Other words that people use for its verb: `sign out`. Where several share one, what follows says which."""
    says: ClassVar[str] = ""
    """What its button says it does, where that is not the verb: `turn off`."""
    phrased: ClassVar[str] = ""
    """What it does to what, where its name does not say so: `declare an incident`."""
    said_of: ClassVar[tuple[str, ...]] = ()
    """Other things whose name may stand before its verb, as its resource may: `tenant pause` is `pause`."""
    shares: ClassVar[str] = ""
    """A command of another action that means this one, too, where what follows says so by its looks: `incident 7`."""
    offered_as: ClassVar[str] = ""
    """What a button says that offers it before anybody has said to whom or what: `sign somebody out`."""
    permission: ClassVar[str]
    """Needed to ask for it: a `Permission`, or one of a package's own (`bot.permissions.own`)."""
    risk: ClassVar[Risk]
    containment: ClassVar[bool] = False
    """Limits damage: never made harder by circumstances."""
    unattended: ClassVar[bool] = False
    """Containment that may be done by an alert's rule where the policy allows it (self-healing). It takes a `duration`,
    concerns no person, and others decide it where somebody asks for it."""
    renewable: ClassVar[bool] = False
    """Ends something that may be asked for again: nothing is lost with it, although it has no undo."""
    ends_holds: ClassVar[bool] = False
    """Only ends what is temporary: done in read-only mode as well."""
    only_notes: ClassVar[bool] = False
    """Writes down what people do in an incident or on call, and changes nothing else: done in read-only mode, too."""
    stops_others: ClassVar[bool] = False
    """Nothing that it would stop is at work when it runs, or begins before it is committed."""
    sorted_once: ClassVar[bool] = False
    """Whom it is done to is found out when it is asked for, and stands in its parts: its card goes on saying that."""
    in_parts: ClassVar[bool] = False
    """One part of many: how far they are is drawn now and then, and not after each."""
    on_oneself: ClassVar[str] = ""
    """What its button says to whoever does it to themselves. Set: everybody may, whatever their roles."""
    changes: ClassVar[str] = ""
    """What of its target it changes, where other actions change the same: what came after cannot be taken back."""
    grants: ClassVar[bool] = False
    """Gives somebody roles: for some of them it takes more than its risk says."""
    writes: ClassVar[tuple[Write, ...]] = ()
    """All that it does to the platform's tables, and that takes it back: the bot's role gets no other rights there."""
    shows_people: ClassVar[bool] = False
    """Looks somebody up: one person may do so only so often."""
    team: ClassVar[str] = "security"
    """Who is asked, in their channel, by somebody whose own role does not include it."""
    group: ClassVar[Group | None] = None
    """What help calls the resource of its name: one action says it for all of that resource."""

    def __init__(self, **parameters: Parameter | None) -> None:
        for name in self.parameters():
            setattr(self, name, parameters.get(name) if name in self.optional() else parameters[name])

    @classmethod
    @cache
    def declared(cls) -> Mapping[str, Declared]:
        """The declared parameters by name, in the order of the class itself, then of those it builds on."""
        hints = get_type_hints(cls, include_extras=True)
        order = dict.fromkeys([*inspect.get_annotations(cls), *hints])
        found = {name: declared_by(hints[name]) for name in order}
        return {name: one for name, one in found.items() if one is not None}

    @classmethod
    def parameters(cls) -> dict[str, type[Parameter]]:
        """The declared parameters in order: name → type."""
        return {name: one.kind for name, one in cls.declared().items()}

    @classmethod
    def optional(cls) -> frozenset[str]:
        """The parameters that may be left out: those declared as `kind | None`."""
        return frozenset(name for name, one in cls.declared().items() if one.optional)

    @classmethod
    async def given(cls, name: str, raw: str | None, lookup: Lookup) -> Parameter | None:
        """A parameter as typed or chosen; None if it was left out and may be. Raises `InvalidParameter`."""
        if name in cls.optional() and not (raw and raw.strip()):
            return None
        kind = cls.parameters()[name]
        if raw and len(raw) > kind.most_characters:
            said = f"At most {kind.most_characters:,} characters are allowed. Nothing was done: shorten it."
            raise InvalidParameter(name, said)
        return await kind.resolve(name, raw, lookup)

    @classmethod
    def summary(cls) -> str:
        """The one line of help."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def usage(cls) -> str:
        """How it is typed, without the leading command; what may be left out in brackets."""
        shown = (f"[{one.usage}]" if one.optional else one.usage for one in cls.declared().values() if one.usage)
        return " ".join([cls.verb, *shown])

    @classmethod
    def example(cls) -> str:
        """A whole command as somebody might type it, without the leading command."""
        return " ".join([cls.verb, *(one.example for one in cls.declared().values() if one.example)])

    @classmethod
    def words(cls) -> str:
        """What it does, in words."""
        return cls.says or cls.verb

    @classmethod
    def phrase(cls) -> str:
        """What it does to what, where that is clear or not said yet: `suspend`, `add a role`, `turn off a flag`."""
        says_so = cls.verb.endswith(f" {cls.says}")  # `setting roll back`
        thing = cls.verb.removesuffix(f" {cls.says}") if says_so else cls.verb.rpartition(" ")[0]
        return cls.phrased or (f"{cls.words()} a {thing}" if cls.says and thing else cls.words())

    @classmethod
    def offer(cls) -> str:
        """What it does to what, for whoever knows nothing of it yet: `pause a queue or tenant`."""
        return cls.offered_as or cls.phrase()

    @classmethod
    def beginning(cls) -> str:
        """How a button begins that says to what: `sign out`, `add a role:`."""
        return cls.phrase() if cls.phrase() == cls.words() else f"{cls.phrase()}:"

    @classmethod
    def resource(cls) -> str:
        """The kind of thing that it is about: what its name begins with."""
        return cls.name.partition(".")[0]

    @classmethod
    def whole(cls) -> str:
        """Its command with the resource before the verb: `staff suspend`; empty where nobody types it."""
        said = cls.verb.split()
        return f"{cls.resource()} {cls.verb}" if len(said) == 1 and said[0].rstrip("s") != cls.resource() else cls.verb

    def values(self) -> dict[str, Parameter]:
        """The parameters that were given."""
        return {name: value for name in self.parameters() if (value := getattr(self, name)) is not None}

    def step(self) -> Step:
        """This action as data."""
        return Step(action=self.name, parameters={name: value.dump() for name, value in self.values().items()})

    @classmethod
    async def from_step(cls, step: Step, session: AsyncSession) -> Self:
        """The action again, from a plan."""
        kinds = cls.parameters()
        given = {name: dumped for name, dumped in step.parameters.items() if name in kinds}
        return cls(**{name: await kinds[name].load(dumped, session) for name, dumped in given.items()})

    @property
    def about_what(self) -> Target | None:
        """The first thing that it names: what it is done to, where nothing else says so."""
        return next((one for one in self.values().values() if isinstance(one, Target)), None)

    @property
    def target(self) -> str:
        """What the audit is about, as `type:id`; where that is always the same, a class has the text in its place."""
        if self.about_what is None:
            raise NotImplementedError(f"{self.name} has no target, so the action itself has to say what it is about")
        return self.about_what.key

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        """All that could be asked for, as far as it matters for who would have to decide.

        `people` and `roles` are those there are. What is done to a staff member is a case for each of them.
        """
        if any(issubclass(kind, Staffer) for kind in cls.parameters().values()):
            return [Case(cls.usually(), about=one.id) for one in people]
        return [Case(cls.usually())]

    @classmethod
    def usually(cls) -> Stakes:
        """What the policy judges by as long as no parameter is known."""
        return Stakes(cls.name, cls.risk, containment=cls.containment)

    @property
    def stakes(self) -> Stakes:
        """What the policy judges by, with these parameters."""
        return self.usually()

    def allowed(self, operator: Operator) -> bool:
        """Whether somebody's roles include it, or it is theirs to do."""
        return operator.may(self.permission) or (bool(self.on_oneself) and self.about == operator.id)

    @classmethod
    def open_to(cls, operator: Operator) -> bool:
        """Whether somebody may use it on anything at all: what there is to use it on is offered to them."""
        return bool(cls.on_oneself) or operator.may(cls.permission)

    def refuses(self, operator: Operator) -> str | None:
        """Why somebody whose roles include the action may not ask for it with these parameters; None: they may."""
        return None

    @property
    def relies_on(self) -> Collection[str]:
        """What it makes no sense without: names of what a deployment may not have set up (`bot/systems.py`)."""
        return ()

    @property
    def grave(self) -> bool:
        """It cannot be taken back, or gives somebody more: its button is a red one, and no other is."""
        irreversible = type(self).undo is Action.undo and not self.renewable
        return irreversible or bool(self.stakes.grants)

    @property
    def tenant_id(self) -> uuid.UUID | None:
        """The tenant that it is about, for the platform's compliance log."""
        return self.about_what.tenant_id if self.about_what else None

    @property
    def about(self) -> uuid.UUID | None:
        """The staff member it is done to: they may not decide it."""
        return self.about_what.id if isinstance(self.about_what, Staffer) else None

    @property
    def voids_decisions_of(self) -> uuid.UUID | None:
        """Whose open approvals and requests become void with it."""
        return None

    @property
    def removes_access_of(self) -> uuid.UUID | None:
        """Who can no longer use the platform afterwards: never the last who could let people in again."""
        return None

    @property
    def deprives(self) -> Mapping[uuid.UUID, frozenset[str]]:
        """The roles that staff members no longer hold afterwards: words that rested on them become void."""
        return {}

    async def roles_after(self, session: AsyncSession) -> frozenset[str]:
        """The roles that whoever it is about would hold, where it gives some: none that exclude each other."""
        return frozenset()

    @property
    def report(self) -> str | None:
        """A report that is sent to whoever asked, as a direct message beside the answer."""
        return None

    @property
    def withdraws(self) -> uuid.UUID | None:
        """A request of the asker's own that is taken back with the answer."""
        return None

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """Verbs worth offering next, with the same parameters."""
        return ()

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        """What is worth doing next on other things than its own parameters."""
        return ()

    def people_in(self, impact: Impact) -> tuple[str, ...]:
        """Whose personal data its answer shows beside its target's, as `type:id`: that somebody looked is recorded."""
        return ()

    @abstractmethod
    async def preview(self, session: AsyncSession) -> Impact:
        """What would change, read from the platform as it is. Raises `NothingToDo` or another `Refused`."""

    async def lock(self, session: AsyncSession) -> None:
        """Hold what the action is about against changes until the transaction ends."""
        if self.about_what is not None:
            await self.about_what.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        """Make the change in the caller's transaction, on behalf of the requester."""
        raise NotImplementedError(f"{self.name} only reads, so there is nothing to execute")

    async def home(self, session: AsyncSession) -> Home | None:
        """Where its card belongs, from wherever it is asked for; None: there, or in the channel of the policy."""
        return None

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        """What `verify` needs to know of what should be in force by now, beside the outcome."""
        return outcome

    async def asked(self, outside: Outside, impact: Impact) -> dict[str, Any]:
        """What a reading action wants to hear from the platform itself or from others, for its template."""
        return {}

    @property
    def verifiable(self) -> bool:
        """Whether another system is to be asked if it holds. What is the bot's own does so with its commit."""
        return type(self).verify is not Action.verify

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """Ask the platform whether it really holds. Raises `Unavailable` when it does not answer."""
        raise NotImplementedError(f"{self.name} has nothing to verify")

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        """Whether what it did is as it left it, by our own rows; a finished card says when it is not."""
        return True

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """The step that takes it back, or None if nothing can."""
        return None
