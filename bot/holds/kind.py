"""What a kind of hold has to say about itself."""

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds import reads
from bot.integrations.platform.probe import PlatformProbe
from bot.personal import Part
from bot.platform import staff
from bot.platform.writes import Write
from bot.policy import Stakes
from bot.store.models import JSON, HeldSwitch, Hold, HoldKind

Value = dict[str, Any]
"""How a switch stands on the platform: JSON, such as {"is_active": false}."""


@dataclass(frozen=True)
class Answered:
    """What the platform said when it was asked whether something holds."""

    agrees: bool
    at: dt.datetime
    """By its own clock."""


class Kind(ABC):
    """One kind of hold: its switches, its own row on the platform if it has one, and how people read it."""

    name: ClassVar[HoldKind]
    noun: ClassVar[str]
    """What people call one: `pause`."""
    writes: ClassVar[tuple[Write, ...]]
    """What it changes on the platform, whoever sets, moves or ends one."""
    template: ClassVar[str] = ""
    """Its words are in `holds/<template>.j2`; unless given, its name."""
    yields: ClassVar[bool] = False
    """A switch that somebody set on the platform is theirs until all holds have ended, also for a hold placed later."""

    @property
    def own(self) -> bool:
        """It holds something of the bot's own: the platform is not asked whether that is in force."""
        return not self.writes

    # On the platform

    async def apply(self, session: AsyncSession, hold: Hold) -> None:  # noqa: B027 - most kinds are their switches
        """Add the hold's own row; its id goes into the subject."""

    async def lift(self, session: AsyncSession, hold: Hold) -> None:  # noqa: B027
        """End the hold's own row, unless somebody has."""

    async def moved(self, session: AsyncSession, hold: Hold) -> None:  # noqa: B027
        """The hold's end has changed: so does its own row's."""

    async def taken_away(self, session: AsyncSession, holds: Sequence[Hold]) -> Collection[uuid.UUID]:
        """Those holds whose own row somebody else has ended."""
        return ()

    async def unlike(self, session: AsyncSession) -> Collection[uuid.UUID]:
        """Open holds whose own row or whose switches may not be as the bot left them: each is looked at again alone.

        Asked at every sweep: a kind of which many may be open answers in one statement.
        """
        holds = await reads.open_holds(session, Hold.kind == self.name)
        keys = {key for one in holds for key in self.wants(one)}
        ours = HeldSwitch.target == any_(literal([*keys], ARRAY(Text)))
        rows = await session.execute(select(HeldSwitch.target, HeldSwitch.seen).where(ours))
        seen: dict[str, Value] = {key: value for key, value in rows}  # noqa: C416 - dict() takes no rows
        found = await self.observe_all(session, seen)
        differing = {key for key in seen if self.differs(seen[key], found[key])}
        switched = {one.id for one in holds if not differing.isdisjoint(self.wants(one))}
        return {*await self.taken_away(session, holds), *switched} if holds else ()

    @abstractmethod
    def wants(self, hold: Hold) -> Mapping[str, Value]:
        """The switches that it sets, by their names as in the audit trail (`queue:email-sending`), and how."""

    @abstractmethod
    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        """How the switch stands; with `hold`, nobody else sets it until the transaction ends."""

    async def observe_all(self, session: AsyncSession, keys: Collection[str]) -> Mapping[str, Value]:
        """How these switches stand."""
        return {key: await self.observe(session, key) for key in keys}

    @abstractmethod
    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        """Set the switch, on behalf of somebody or (None) of the clock."""

    @abstractmethod
    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        """What is in force while these are wanted (at least one) over the base."""

    def takes(self, value: Value) -> bool:
        """Whether the value gives nobody anything: set for good, it counts at once, whatever holds give."""
        return False

    def without(self, hold: Hold, key: str) -> JSON | None:
        """The subject of a hold that lets go of this switch; None if it has no other."""
        return None

    def essence(self, value: Value) -> Value:
        """What of a value tells whether somebody else has changed it."""
        return value

    def differs(self, one: Value, other: Value) -> bool:
        """Whether somebody has set one to be the other."""
        return self.essence(one) != self.essence(other)

    def stays(self, hold: Hold) -> bool:
        """What it set stays once its time is over: it is only taken back when it ends before."""
        return bool(hold.subject.get("stays"))

    # In the bot

    @abstractmethod
    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """How it is judged to end it before its time, or else to make it last longer."""

    def about(self, hold: Hold) -> uuid.UUID | None:
        """The staff member it is done to: they may not decide about it."""
        return None

    async def lock(self, session: AsyncSession, hold: Hold) -> None:
        """What is locked before the holds are (bot/store/locks.py): the account that it is done to."""
        if (person := self.about(hold)) is not None:
            await staff.lock(session, person)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        """The one tenant that it is about, for the platform's compliance log."""
        return None

    @abstractmethod
    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        """What is in force now that it has ended, by our own rows: for people, and for asking the platform."""

    @abstractmethod
    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        """Ask the platform whether that is in force there. Raises `Unavailable`."""

    @abstractmethod
    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        """What would be in force once an open hold has ended, as people say it."""

    @abstractmethod
    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        """What it does, as people say it: `email-sending paused`."""

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        """What its own template (`holds/<kind>.j2`) needs by name."""
        return {}

    def concerned(self, hold: Hold) -> Collection[uuid.UUID]:
        """Staff members who hear of its end by direct message."""
        return ()


class Own(Kind):
    """Something of the bot's own: in force with its commit. There is no switch of it to look at or to set."""

    writes = ()

    async def unlike(self, session: AsyncSession) -> Collection[uuid.UUID]:
        return ()

    def wants(self, hold: Hold) -> Mapping[str, Value]:
        return {}

    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        return {}

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        """Nothing."""

    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        return base

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        return Answered(agrees=True, at=dt.datetime.now(dt.UTC))
