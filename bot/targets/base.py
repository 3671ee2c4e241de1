"""Target: a thing that actions are about. One declaration behind grammar, form, type-ahead, cards, locks and audit."""

import re
import uuid
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter, WhichOne
from bot.holds import engine
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, did_you_mean, look_alikes, quoted, unescape
from bot.personal import Part

Kind = TypeVar("Kind", bound="Target")

OFFERED = 5  # of those that a text may mean
BETWEEN = re.compile(r"\s*,\s*|\s+and\s+", re.IGNORECASE)


class Target(Parameter):
    """One thing, found by what people call it. Subclasses are frozen dataclasses, a file each.

    Whoever may use the action may be shown what there is of it: the type-ahead asks nothing else.
    """

    kind: ClassVar[str]
    """Begins its key in the audit trail: `tenant`."""
    noun: ClassVar[str]
    """What one is called: `tenant`; with an s, several."""
    such_as: ClassVar[str]
    """One that people may know, for whoever says none: `Acme Corp`."""
    otherwise: ClassVar[str] = "Type the start of its name."
    """What to do where there is none of that name, nor one that is close."""
    narrower: ClassVar[str] = "type more of the name for the others"
    """What to do where more match than can be offered."""
    control: ClassVar[Control] = "pick"

    @property
    @abstractmethod
    def id(self) -> uuid.UUID | str:
        """What the platform knows it by."""

    @property
    def key(self) -> str:
        """Its name in the audit trail, and what is locked."""
        return f"{self.kind}:{self.id}"

    @property
    def tenant_id(self) -> uuid.UUID | None:
        """Whose it is, for the platform's compliance log."""
        return None

    @property
    def apart(self) -> str:
        """What tells it from others of the same name: `Scale, 45 users`; nothing personal."""
        return ""

    @classmethod
    @abstractmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        """The one of this id, as it is now; None where there is none, also of something that is no id at all."""

    @classmethod
    @abstractmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Those that the text means: none, one, or several that share a name."""

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Those that somebody who typed this may have meant; the closest first."""
        return []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """What a type-ahead shows for what was typed so far."""
        return []

    async def lock(self, session: AsyncSession) -> None:
        """Hold it against changes until the transaction ends, in the order of `bot/store/locks.py`.

        What actions change of most things is held (`bot/holds/`), so this is the lock of all that is held. Where they
        change a row of its own, that is locked with it, or instead.
        """
        await engine.lock(session)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its name, in parts of which not everybody may read each."""
        return (str(self.id),)

    @property
    def shown(self) -> str:
        """As it stands in sentences, which may be read by a whole channel: no customer's name or address."""
        return "".join(part if isinstance(part, str) else part.value for part in self.parts)

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        found = await cls.get(session, str(dumped))
        if found is None:
            raise InvalidParameter(cls.kind, cls.not_there())
        return found

    @classmethod
    def not_there(cls) -> str:
        """What to say of one that is gone since."""
        return f"That {cls.noun} no longer exists on the platform."

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        if not typed:
            raise cls.missing(parameter)
        if as_uuid(typed) is not None:
            one = await cls.get(lookup.session, typed)
            if one is None:
                raise InvalidParameter(parameter, cls.not_there())
            return one
        found = await cls.find(lookup.session, typed)
        if len(found) == 1:
            return found[0]
        raise cls.which(parameter, typed, found, lookup) if found else await cls.unknown(parameter, typed, lookup)

    @classmethod
    def missing(cls, parameter: str) -> MissingParameter:
        return MissingParameter(parameter, f"Say which {cls.noun}, such as {cls.such_as}.")

    @classmethod
    def which(cls, parameter: str, typed: str, found: Sequence["Target"], lookup: Lookup) -> WhichOne:
        """Ask which one is meant."""
        some = "" if len(found) <= OFFERED else f" These are the first {OFFERED}; {cls.narrower}."
        return WhichOne(
            parameter,
            f"{len(found)} {cls.noun}s match {quoted(typed)}. Which one?{some}",
            suggestions=[
                lookup.instead(parameter, one.dump(), lookup.all_seen(one.parts) + _in_brackets(one))
                for one in found[:OFFERED]
            ],
        )

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        """There is none: did they mean another one?"""
        close = await cls.close(lookup.session, typed)
        names = [lookup.all_seen(one.parts) for one in close]
        return InvalidParameter(
            parameter,
            f"There is no {cls.noun} {quoted(typed)}.{look_alikes(typed)} {did_you_mean(names) or cls.otherwise}",
            suggestions=[lookup.instead(parameter, one.dump(), name) for one, name in zip(close, names, strict=True)],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return cls.choices(await cls.offered(session, typed.replace("\x00", "").strip()))

    @staticmethod
    def choices(found: Sequence["Target"]) -> list[Choice]:
        """As a type-ahead shows them."""
        return [Choice((*one.parts, _in_brackets(one)), one.dump()) for one in found]


def _in_brackets(one: Target) -> str:
    return f" ({one.apart})" if one.apart else ""


@dataclass(frozen=True)
class Several(Parameter, Generic[Kind]):
    """One or several of a kind, with commas between: `acme, globex`."""

    of: ClassVar[type[Target]]
    most: ClassVar[int] = 20
    """Named in one command."""
    control: ClassVar[Control] = "pick"

    found: tuple[Kind, ...]

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip(" ,")
        names = [one for one in BETWEEN.split(typed) if one]
        if not names:
            raise cls.of.missing(parameter)
        if len(names) > cls.most:
            text = f"These are {len(names)} {cls.of.noun}s. Nothing was done: name at most {cls.most} at once."
            raise InvalidParameter(parameter, text)
        found = [await cls.of.resolve(parameter, one, lookup) for one in names]
        return cls(tuple(dict.fromkeys(found)))  # type: ignore[arg-type]

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return await cls.of.matching(typed, session)

    @property
    def parts(self) -> tuple[Part, ...]:
        said: list[Part] = []
        for one in self.found:
            said += [*([", "] if said else []), *one.parts]
        return tuple(said)

    @property
    def shown(self) -> str:
        return ", ".join(one.shown for one in self.found)

    def dump(self) -> str:
        return ", ".join(one.dump() for one in self.found)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple([await cls.of.load(one, session) for one in BETWEEN.split(str(dumped))]))  # type: ignore[misc]
