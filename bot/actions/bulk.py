"""The same for many at once: one preview, one approval, carried out in parts between which it can be stopped."""

import hashlib
import json
import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.composite import Composite
from bot.actions.impact import Fact, Impact, Step, fact
from bot.errors import InvalidParameter, MissingParameter, NothingToDo
from bot.parameters.base import LONGEST, Control, Lookup, Parameter, Reason, quoted, unescape
from bot.parameters.conditions import Fields
from bot.parameters.listing import Listing, said
from bot.parameters.untyped import Untyped
from bot.personal import Part, Personal
from bot.platform import compliance, user_selection
from bot.policy import Stakes
from bot.words import counted

PART = 1000  # of them in one transaction: few enough to be stopped soon, many enough to cost little each
MOST = 50_000  # of them in one request
SAMPLE = user_selection.SAMPLE  # of them that details name,
IN_A_TITLE = 80  # characters of what they have in common
FEW = 3  # and that the card does
LONG = 5_000_000  # characters of a list: so many with long names


@dataclass(frozen=True)
class Chosen(Untyped):
    """Those that a part is about, by their ids: only the bot itself says this."""

    label: ClassVar[str] = "Which"
    explanation: ClassVar[str] = "which ones"
    instead: ClassVar[str] = "Use a condition to say which ones, such as /pm user suspend where tenant=acme"

    ids: tuple[uuid.UUID, ...]

    @property
    def shown(self) -> str:
        return f"{len(self.ids):,} of them"

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
    """Which ones somebody means, by what they have in common or by a list: how they said it, and all that this means.

    What is stored is how many. A kind of thing declares its fields, what a list of it is, and how both are found.
    """

    control: ClassVar[Control] = "text"
    most_characters: ClassVar[int] = LONG
    in_a_file: ClassVar[bool] = True
    fields: ClassVar[Fields]
    listing: ClassVar[Listing]

    said: tuple[Part, ...]
    count: int
    ids: tuple[uuid.UUID, ...] = field(default=(), compare=False)
    """Only of one that was resolved just now: what is stored of them stands in the parts."""

    @classmethod
    @abstractmethod
    async def that_match(cls, session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[uuid.UUID]:
        """All for which this holds, in order."""

    @classmethod
    @abstractmethod
    async def called(cls, names: Sequence[str], lookup: Lookup) -> Mapping[str, uuid.UUID]:
        """By each of these (in lower case) that is there its id."""

    @classmethod
    @abstractmethod
    async def names(cls, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        """What those of these that are there are called, for a list of what became of each."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").lstrip("\ufeff").strip()
        if not typed:
            raise MissingParameter(parameter, f"Say which {cls.fields.nouns}. {cls.fields.can}")
        by_fields = cls.fields.begins(typed)
        if by_fields and len(typed) > LONGEST:  # only a list is ever as long as a file
            raise InvalidParameter(parameter, f"Conditions may have at most {LONGEST:,} characters. Nothing was done.")
        said, ids = await (cls._by_fields if by_fields else cls._by_list)(parameter, typed, lookup)
        if not ids:
            raise InvalidParameter(parameter, f"No {cls.fields.noun} matches {quoted(typed)}. Nothing was done.")
        if len(ids) > MOST:
            raise InvalidParameter(
                parameter,
                f"These are more than {MOST:,} {cls.fields.nouns}: at most {MOST:,} can be changed at once. "
                "Nothing was done: choose fewer.",
            )
        return cls((said,), len(ids), tuple(ids))

    @classmethod
    async def _by_fields(cls, parameter: str, typed: str, lookup: Lookup) -> tuple[str, Sequence[uuid.UUID]]:
        conditions = await cls.fields.read(parameter, typed, lookup)
        return cls.fields.says(conditions), await cls.that_match(lookup.session, cls.fields.sql(conditions))

    @classmethod
    async def _by_list(cls, parameter: str, typed: str, lookup: Lookup) -> tuple[str, Sequence[uuid.UUID]]:
        items = cls.listing.read(parameter, typed, cls.fields.can)
        if len(items) > MOST:
            said_most = f"The list has {len(items):,} {cls.listing.nouns}, but at most {MOST:,} are allowed."
            raise InvalidParameter(parameter, f"{said_most} Nothing was done: split it.")
        found = await cls.called([one.text.lower() for one in items], lookup)
        unknown = [one for one in items if one.text.lower() not in found]
        if unknown:
            raise InvalidParameter(
                parameter,
                f"{len(unknown):,} of {len(items):,} {cls.listing.nouns} belong to no {cls.fields.noun}. "
                f"{said(unknown)}. Nothing was done: take them out, or correct them.",
            )
        number = counted(len(items), cls.fields.noun)
        return f"{number} by their {cls.listing.nouns}", sorted(set(found.values()))

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.said

    @property
    def which(self) -> str:
        """What they have in common, as it follows their number in a title: `of Acme Corp`; empty for a list."""
        if len(self.said) == 1 and isinstance(self.said[0], str) and self.said[0].startswith(self.fields.nouns):
            which = self.said[0].removeprefix(self.fields.nouns)
            return which if len(which) <= IN_A_TITLE else ""
        return ""

    @property
    def shown(self) -> str:
        return "".join(part if isinstance(part, str) else part.value for part in self.said)

    def dump(self) -> str:
        said = [part if isinstance(part, str) else part.model_dump() for part in self.said]
        return json.dumps({"said": said, "count": self.count})

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        stored = json.loads(str(dumped))
        said = tuple(part if isinstance(part, str) else Personal.model_validate(part) for part in stored["said"])
        return cls(said, stored["count"])


@dataclass(frozen=True)
class Sorted:
    """Those of a selection to whom it is done, and why not to the others."""

    ids: tuple[uuid.UUID, ...]
    left_out: tuple[tuple[tuple[uuid.UUID, ...], str], ...] = ()
    """Which, and the rule in words: `already suspended`."""
    sample: tuple[tuple[Part, ...], ...] = ()
    """At most so many of them as details name, as people know them."""


class Bulk(Composite):
    """A command for many: what there is to do is sorted out once, when it is asked for. It is judged as for one."""

    sorted_once = True
    part: ClassVar[type["PartOf"]]
    noun: ClassVar[str]
    selection: Selection
    reason: Reason

    def __init_subclass__(cls) -> None:
        """Who may ask, how it is judged and who is asked for it is said by its part."""
        if (part := cls.__dict__.get("part")) is not None:
            cls.permission, cls.risk, cls.containment, cls.team = (
                part.permission,
                part.risk,
                part.containment,
                part.team,
            )
            cls.reversible = part.undo is not Action.undo

    @classmethod
    def usually(cls) -> Stakes:
        return cls.part.usually()

    @classmethod
    def phrase(cls) -> str:
        return cls.says

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
        found = await self.sort(session)
        if not found.ids:
            why = f": {_why_not(found)}" if _why_not(found) else ""
            raise NothingToDo(
                f"This would change nothing for {counted(self.selection.count, self.noun)}{why}. Nothing was done."
            )
        parts = [found.ids[start : start + self.part.size] for start in range(0, len(found.ids), self.part.size)]
        return [await self.one(session, ids) for ids in parts]

    async def one(self, session: AsyncSession, ids: tuple[uuid.UUID, ...]) -> "PartOf":
        """The part for these: it takes what it declares of what was said of all."""
        said = {name: value for name, value in self.values().items() if name in self.part.parameters()}
        return self.part(**said, chosen=Chosen(ids))

    async def preview(self, session: AsyncSession) -> Impact:
        """What is bound is the plan itself: everybody it is done to stands in its parts, by id."""
        found = await self.sort(session) if self.selection.ids else Sorted(())
        number = len(found.ids)
        return Impact(
            facts=(
                fact("Which", *self.selection.said),
                fact("How many", f"{number:,} of {counted(self.selection.count, self.noun)}"),
                *_left_out(found),
                *([fact("For example", *_listed(found.sample[:FEW]))] if found.sample else []),
                fact("After", self.after()),
                *(
                    [fact("In parts", f"of {self.part.size:,}, one after the other; you can stop after each part")]
                    if number > self.part.size
                    else []
                ),
            ),
            details=_who(found),
            context={
                "count": number,
                "noun": self.noun,
                "which": self.selection.which,
                "folded": True,
                "left": {why: " ".join(map(str, ids)) for ids, why in found.left_out},
            },
            affected=number,
        )


def _left_out(found: Sorted) -> list[Fact]:
    return [fact("Left out", _why_not(found))] if _why_not(found) else []


def _why_not(found: Sorted) -> str:
    """`12 already suspended, 1 temporarily suspended`; empty where nobody is left out."""
    return ", ".join(f"{len(ids):,} {why}" for ids, why in found.left_out if ids)


def _who(found: Sorted) -> tuple[Fact, ...]:
    """The first of them, for whoever asks for more; the file in the thread has them all when it is done."""
    if not found.sample:
        return ()
    more = len(found.ids) - len(found.sample)
    return (fact("Who", *_listed(found.sample), *([f" and {more:,} more"] if more > 0 else [])),)


def _listed(sample: Sequence[tuple[Part, ...]]) -> list[Part]:
    said: list[Part] = []
    for one in sample:
        said += [*([", "] if said else []), *one]
    return said


@dataclass(frozen=True)
class Did:
    """What was done to one of them, for the compliance log."""

    id: uuid.UUID
    tenant_id: uuid.UUID | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]


class PartOf(Action):
    """One part of a command for many, in one transaction: each of them has its row in the compliance log."""

    verb = ""
    in_parts = True
    size: ClassVar[int] = PART
    """How many are in one."""
    noun: ClassVar[str] = "account"
    judged_as: ClassVar[str]
    """The action that does it to one: the policy says of both the same."""
    chosen_from: ClassVar[type[Selection]]
    """It knows what they are called."""
    chosen: Chosen
    reason: Reason

    @classmethod
    def usually(cls) -> Stakes:
        return Stakes(cls.judged_as, cls.risk, containment=cls.containment)

    @property
    def target(self) -> str:
        return f"{self.resource()}:several/{self.chosen.digest}"

    async def things(self, session: AsyncSession) -> Mapping[uuid.UUID, uuid.UUID]:
        """By each of those chosen what it is about: itself."""
        return {one: one for one in self.chosen.ids}

    async def reached(self, session: AsyncSession) -> Sequence[uuid.UUID]:
        """Those that it can be done to as things are now; all, where only the doing tells."""
        return self.chosen.ids

    async def called(self, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        """What those of these that are there are called."""
        things = await self.things(session)
        names = await self.chosen_from.names(session, sorted({things[one] for one in ids if one in things}))
        return {one: names[things[one]] for one in ids if one in things and things[one] in names}

    async def preview(self, session: AsyncSession) -> Impact:
        """Whoever is not as expected when it runs is left out then, and counted: `misses`, as things are now."""
        number, reached = len(self.chosen.ids), await self.reached(session)
        which = fact("Which", counted(number, self.noun), f" · {self.chosen.digest}", bound=True)
        names = await self.called(session, reached[:SAMPLE])
        return Impact(
            facts=(which,),
            details=tuple(fact("Who", one) for one in names.values()),
            context={"count": number, "noun": self.noun, "part": True, "misses": number - len(reached)},
        )

    async def recorded(self, session: AsyncSession, by: uuid.UUID, did: Sequence[Did], **data: Any) -> Outcome:
        """Write down what was done to each; the outcome of all of it."""
        await compliance.record_each(
            session,
            actor_id=by,
            action=self.judged_as,
            resource_type=self.resource(),
            each=[(str(one.id), one.tenant_id, one.old, one.new) for one in did],
        )
        done = [str(one.id) for one in did]
        return Outcome(
            data={"done": done, "left_out": len(self.chosen.ids) - len(done), **data},
            old={"changed": 0},
            new={"changed": len(done), **(did[0].new if did else {})},
        )

    def back(self, action: str, ids: Sequence[str], **given: str) -> Step | None:
        """A step that takes back what was done to these; None where nothing was done."""
        if not ids:
            return None
        reason = f"undoing: {self.reason.text}"
        return Step(action=action, parameters={"chosen": " ".join(ids), "reason": reason, **given})
