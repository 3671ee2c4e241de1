"""Action, the registry, and what an action hands back. Actions know nothing of Slack, cards or the pipeline."""

import importlib
import inspect
import pkgutil
import types
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, get_args, get_type_hints

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Impact, Step
from bot.actions.parameters import Lookup, Parameter
from bot.errors import BotError
from bot.integrations.platform import PlatformProbe
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import Verification


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


def _parameter(hint: object) -> type[Parameter] | None:
    """The type of parameter behind an annotation: `kind` or `kind | None`; None for any other."""
    for kind in get_args(hint) or (hint,):
        if inspect.isclass(kind) and issubclass(kind, Parameter):
            return kind
    return None


class Action(ABC):
    """Something an operator can do. Subclasses declare parameters as annotations, like fields of a dataclass.

    The class docstring's first line is the help text. `preview` only reads. `execute` runs in the transaction that
    also writes its audit entry; it raises `Refused` when the platform's state makes it wrong.
    """

    name: ClassVar[str]
    """`resource.verb`, unique; stands in plans and in the audit trail."""
    verb: ClassVar[str]
    """What people type after /pm."""
    permission: ClassVar[Permission]
    """Needed to ask for it."""
    risk: ClassVar[Risk]
    containment: ClassVar[bool] = False
    """Limits damage: never made harder by circumstances, and runs at once on oneself."""
    team: ClassVar[str] = "security"
    """Who is asked, in their channel, by somebody whose own role does not include it."""

    def __init__(self, **parameters: Parameter | None) -> None:
        for name in self.parameters():
            setattr(self, name, parameters.get(name) if name in self.optional() else parameters[name])

    @classmethod
    def parameters(cls) -> dict[str, type[Parameter]]:
        """The declared parameters in order: name → type."""
        declared = {name: _parameter(hint) for name, hint in get_type_hints(cls).items()}
        return {name: kind for name, kind in declared.items() if kind is not None}

    @classmethod
    def optional(cls) -> frozenset[str]:
        """The parameters that may be left out: those declared as `kind | None`."""
        hints = get_type_hints(cls)
        return frozenset(name for name in cls.parameters() if not inspect.isclass(hints[name]))

    @classmethod
    async def given(cls, name: str, raw: str | None, lookup: Lookup) -> Parameter | None:
        """A parameter as typed or chosen; None if it was left out and may be. Raises `InvalidParameter`."""
        if name in cls.optional() and not (raw and raw.strip()):
            return None
        return await cls.parameters()[name].resolve(name, raw, lookup)

    @classmethod
    def summary(cls) -> str:
        """The one line of help."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @classmethod
    def usage(cls) -> str:
        """How it is typed, without the leading command; what may be left out in brackets."""
        usages = ((kind.usage, name in cls.optional()) for name, kind in cls.parameters().items())
        return " ".join([cls.verb, *(f"[{usage}]" if optional else usage for usage, optional in usages)])

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
    @abstractmethod
    def target(self) -> str:
        """What the audit is about, as `type:id`."""

    @property
    def about(self) -> uuid.UUID | None:
        """The member of staff it is done to: they may not decide it."""
        return None

    @property
    def distrusts(self) -> uuid.UUID | None:
        """Whose open approvals and requests become void with it."""
        return None

    @property
    def shuts_out(self) -> uuid.UUID | None:
        """Who can no longer use the platform afterwards: never the last who could let people in again."""
        return None

    @property
    def report(self) -> str | None:
        """A report that is sent to whoever asked, as a direct message beside the answer."""
        return None

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """Verbs worth offering next, with the same parameters."""
        return ()

    @abstractmethod
    async def preview(self, session: AsyncSession) -> Impact:
        """What would change, read from the platform as it is. Raises `NothingToDo` or another `Refused`."""

    async def lock(self, session: AsyncSession) -> None:  # noqa: B027 - nothing to hold is a fine default
        """Hold what the action is about against changes until the transaction ends."""

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        """Make the change in the caller's transaction, on behalf of the requester."""
        raise NotImplementedError(f"{self.name} only reads")

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        """Ask the platform whether it really holds. Raises `Unavailable` when it does not answer."""
        raise NotImplementedError(f"{self.name} has nothing to verify")

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """The step that takes it back, or None if nothing can."""
        return None


class DuplicateAction(BotError):
    """Two files claim the same action name or verb."""


ActionType = TypeVar("ActionType", bound=type[Action])


class Registry:
    """All actions, by name and by verb."""

    def __init__(self) -> None:
        self.by_name: dict[str, type[Action]] = {}
        self.by_verb: dict[str, type[Action]] = {}

    def register(self, action: ActionType) -> ActionType:
        """Class decorator. Raises `DuplicateAction`."""
        for key, table in ((action.name, self.by_name), (action.verb, self.by_verb)):
            if key in table:
                raise DuplicateAction(f"{key} is registered twice: {table[key].__module__} and {action.__module__}")
            table[key] = action
        return action

    async def load(self, step: Step, session: AsyncSession) -> Action:
        """The action of a plan's step, with its parameters read from the database."""
        return await self.by_name[step.action].from_step(step, session)


registry = Registry()
register = registry.register


def discover(package: types.ModuleType) -> Registry:
    """Import every module of the package, so that each registers what it defines."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return registry
