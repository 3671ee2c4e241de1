"""The same for many at once: one preview, one approval, carried out in parts between which it can be stopped."""

import hashlib
import json
import uuid
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite
from bot.actions.impact import Fact, Impact, fact
from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Control, Lookup, Parameter, Reason
from bot.personal import Part
from bot.words import counted

PART = 1000  # of them in one transaction: few enough to be stopped soon, many enough to cost little each
MOST = 50_000  # of them in one request


@dataclass(frozen=True)
class Chosen(Parameter):
    """Those that a part is about, by their ids: only the bot itself says this."""

    label: ClassVar[str] = "Which"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "which ones"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = ""

    ids: tuple[uuid.UUID, ...]

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        raise InvalidParameter(parameter, "You can't type this: say which ones with the command for several.")

    @property
    def shown(self) -> str:
        return counted(len(self.ids), "account")

    @property
    def digest(self) -> str:
        """Names them in the audit trail, which has no room for all."""
        return hashlib.sha256(self.dump().encode()).hexdigest()[:12]

    def dump(self) -> str:
        return " ".join(map(str, self.ids))

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple(map(uuid.UUID, str(dumped).split())))


@dataclass(frozen=True)
class Selection(Parameter):
    """Which ones somebody means: how they said it, and all that this means now. What is stored is how many."""

    control: ClassVar[Control] = "text"

    said: tuple[Part, ...]
    count: int
    ids: tuple[uuid.UUID, ...] = field(default=(), compare=False)
    """Only of one that was resolved just now: what is stored of them stands in the parts."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.said

    @property
    def shown(self) -> str:
        return "".join(part if isinstance(part, str) else part.value for part in self.said)

    def dump(self) -> str:
        said = [part if isinstance(part, str) else part.model_dump() for part in self.said]
        return json.dumps({"said": said, "count": self.count})


@dataclass(frozen=True)
class Sorted:
    """Those of a selection to whom it is done, and why not to the others."""

    ids: tuple[uuid.UUID, ...]
    left_out: tuple[tuple[int, str], ...] = ()
    """How many, and the rule in words: `already suspended`."""
    sample: tuple[tuple[Part, ...], ...] = ()
    """A few of them, as people know them."""


class Bulk(Composite):
    """A command for many: what there is to do is sorted out once, when it is asked for."""

    part: ClassVar[type["PartOf"]]
    noun: ClassVar[str]
    selection: Selection
    reason: Reason

    @property
    def target(self) -> str:
        return f"{self.resource()}:several"

    @abstractmethod
    async def sort(self, session: AsyncSession) -> Sorted:
        """To whom it can be done, by one statement."""

    @abstractmethod
    def after(self) -> str:
        """What is so afterwards, for the card."""

    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        found = (await self.sort(session)).ids
        if not found:
            raise NothingToDo(
                f"Of {counted(self.selection.count, self.noun)}, there is none to do this to. Nothing was done."
            )
        parts = (found[start : start + PART] for start in range(0, len(found), PART))
        return [self.part(chosen=Chosen(ids), reason=self.reason) for ids in parts]

    async def preview(self, session: AsyncSession) -> Impact:
        """What is bound is the plan itself: everybody it is done to stands in its parts, by id."""
        found = await self.sort(session) if self.selection.ids else Sorted(())
        number = len(found.ids)
        return Impact(
            facts=(
                fact("Which", *self.selection.said),
                fact("How many", f"{number:,} of {counted(self.selection.count, self.noun)}"),
                *_left_out(found),
                *([fact("For example", *_listed(found.sample))] if found.sample else []),
                fact("After", self.after()),
                *(
                    [fact("In parts", f"of {PART:,}, one after the other; it can be stopped between them")]
                    if number > PART
                    else []
                ),
            ),
            context={"count": number, "noun": self.noun, "folded": True},
            affected=number,
        )


def _left_out(found: Sorted) -> list[Fact]:
    said = [f"{number:,} {why}" for number, why in found.left_out if number]
    return [fact("Left out", ", ".join(said))] if said else []


def _listed(sample: Sequence[tuple[Part, ...]]) -> list[Part]:
    said: list[Part] = []
    for one in sample:
        said += [*([", "] if said else []), *one]
    return said


class PartOf(Action):
    """One part of a command for many: rows changed by one statement, each with its row in the compliance log."""

    verb = ""
    in_parts = True
    chosen: Chosen
    reason: Reason

    @property
    def target(self) -> str:
        return f"{self.resource()}:several/{self.chosen.digest}"

    async def preview(self, session: AsyncSession) -> Impact:
        """Whoever is not as expected when it runs is left out then, and counted."""
        which = fact("Which", self.chosen.shown, f" · {self.chosen.digest}", bound=True)
        return Impact(facts=(which,), context={"count": len(self.chosen.ids)})
