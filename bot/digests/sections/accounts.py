"""Colleagues' accounts, looked through once a week: who does not use theirs, and what does not fit together."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.personal import Personal
from bot.platform import staff
from bot.platform.models import LoginSession, StaffMember
from bot.platform.staff import StaffRecord
from bot.store.models import StaffLink
from bot.words import counted

UNUSED = dt.timedelta(days=30)


@dataclass(frozen=True)
class Oddity:
    """One account that somebody should look at."""

    name: str
    why: str


@section
@dataclass(frozen=True)
class Accounts(Section):
    """Of staff; customers' are not looked through."""

    name: ClassVar[str] = "accounts"
    title: ClassVar[str] = "Colleagues' accounts to look at"
    shows: ClassVar[str] = "Show the accounts"

    active: int
    odd: tuple[Oddity, ...]

    @property
    def worth_a_look(self) -> bool:
        return bool(self.odd)

    def items(self) -> list[Item]:
        if not self.odd:
            return []
        verb = "is" if len(self.odd) == 1 else "are"
        said = f"{counted(len(self.odd), 'account')} of colleagues {verb} to be looked at: {', '.join(self._kinds)}"
        return [Item(Level.YELLOW, (said,), self.name)]

    @property
    def _kinds(self) -> Sequence[str]:
        number = {why: sum(one.why == why for one in self.odd) for why in dict.fromkeys(one.why for one in self.odd)}
        return [f"{count} {why}" for why, count in number.items()]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        people = await staff.everybody(session)
        signed_in = await _last_signed_in(session)
        linked = set(await session.scalars(select(StaffLink.staff_id)))
        odd = [
            Oddity(one.name, why)
            for one in people
            if (why := _why(one, signed_in.get(one.id), linked=one.id in linked, now=window.now))
        ]
        return cls(sum(one.may_act for one in people), tuple(odd))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        found = await cls.read(session, window)
        return [fact(one.why.capitalize(), Personal(personal="person", value=one.name)) for one in found.odd]


async def _last_signed_in(session: AsyncSession) -> dict[uuid.UUID, dt.datetime]:
    """When each of them began their newest session: one step in an index each."""
    newest = select(func.max(LoginSession.created)).where(LoginSession.user_id == StaffMember.user_id)
    rows = await session.execute(select(StaffMember.user_id, newest.correlate(StaffMember).scalar_subquery()))
    return {person: at for person, at in rows if at is not None}


def _why(one: StaffRecord, signed_in: dt.datetime | None, *, linked: bool, now: dt.datetime) -> str:
    """What is odd; empty: nothing."""
    if not one.may_act:
        return "with roles but without access" if one.roles else ""
    if not one.roles:
        return "active without any role"
    if signed_in is None or now - signed_in > UNUSED:
        return "not signed in for 30 days"
    return "" if linked else "not linked to Slack"
