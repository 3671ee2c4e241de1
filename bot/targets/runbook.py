"""Runbooks: by name, by title, or by words that stand in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Lookup
from bot.personal import Part
from bot.store.models import Runbook as Row
from bot.targets.base import OFFERED, Target

MOST_WORDS = 8
NONE = (
    "There are no runbooks yet. They are files of Markdown in the folder that PM_RUNBOOKS names. Whoever runs the bot "
    "can set it."
)


@dataclass(frozen=True)
class Runbook(Target):
    """One runbook, by its name or by what it says."""

    kind: ClassVar[str] = "runbook"
    noun: ClassVar[str] = "runbook"
    such_as: ClassVar[str] = "smtp"
    otherwise: ClassVar[str] = "/pm runbooks shows all."
    narrower: ClassVar[str] = "/pm runbooks shows all"
    label: ClassVar[str] = "Runbook"
    usage: ClassVar[str] = "runbook"
    example: ClassVar[str] = "smtp"
    explanation: ClassVar[str] = "a runbook, by its name or by words in it"
    hint: ClassVar[str] = "Type its name, or a word in it"

    name: str
    title: str

    @property
    def id(self) -> str:
        return self.name

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.name,)

    @property
    def apart(self) -> str:
        return self.title

    @classmethod
    def not_there(cls) -> str:
        return "That runbook no longer exists. /pm runbooks shows all."

    async def lock(self, session: AsyncSession) -> None:
        """Its row."""
        await session.execute(select(Row.name).where(Row.name == self.name).with_for_update())

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        return next(iter(await cls._where(session, Row.name == identifier)), None)

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """The one that is called so; else those with all of the words, in the title or name before the text."""
        wanted = typed.lower().removesuffix(".md")
        if named := await cls._where(session, or_(Row.name == wanted, func.lower(Row.title) == wanted)):
            return named[:1]
        words = wanted.split()[:MOST_WORDS]
        called = func.lower(Row.name + " " + Row.title)
        if found := await cls._where(session, and_(*(func.strpos(called, word) > 0 for word in words))):
            return found
        whole = func.lower(Row.name + " " + Row.title + " " + Row.text)
        return await cls._where(session, and_(*(func.strpos(whole, word) > 0 for word in words)))

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        known = await cls._where(session, Row.name.is_not(None), most=500)
        said = {word: one for one in known for word in (*one.title.lower().split(), one.title.lower(), one.name)}
        near = [said[word] for word in get_close_matches(typed.lower(), said, n=3, cutoff=0.6)]
        return list(dict.fromkeys(near))[:2]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, func.strpos(func.lower(Row.name + " " + Row.title), typed.lower()) > 0)

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        if not await cls._where(lookup.session, Row.name.is_not(None)):
            return InvalidParameter(parameter, NONE)
        return await super().unknown(parameter, typed, lookup)

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool], most: int = OFFERED + 1) -> list[Self]:
        rows = await session.execute(
            select(Row.name, Row.title).where(condition, Row.gone.is_(None)).order_by(Row.name).limit(most)
        )
        return [cls(*row) for row in rows]
