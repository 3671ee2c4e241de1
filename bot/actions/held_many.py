"""What changes of columns of many rows have in common: each is held, or set for good, by itself."""

import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome, Verified
from bot.actions.bulk import Did, PartOf
from bot.actions.impact import Step
from bot.holds import engine
from bot.holds.columns import ColumnHold, as_json, subject_of
from bot.holds.kinds import KINDS, kind_of
from bot.holds.reads import open_holds
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.before import AsItWas, EachAsItWas
from bot.parameters.time import Lasting
from bot.store.models import Hold, HoldCause, HoldKind, Verification

SIZE = 50  # of them in one part: each is held by itself, under the lock of all that is held


class HeldPart(PartOf):
    """Columns of the rows of some things, as for one (`ColumnChange`): for a time, or for good."""

    size = SIZE
    held: ClassVar[HoldKind]
    until_ended: ClassVar[bool] = False
    """Without a time it is not for good, but until somebody ends it."""
    ended_by: ClassVar[str]
    """The part that ends what it holds; of one that only puts back, never asked for."""
    put_back_by: ClassVar[str]
    """The part that sets what was before, where it was for good."""

    @abstractmethod
    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        """The values that it sets of this one, by column, as JSON."""

    def applies(self, one: uuid.UUID, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        """Whether it can be done to this one: as its columns are now, and as they are once nothing holds them.

        For good, what is so for a time still has to be set; for a time, also what is so for another.
        """
        wanted = self.wanted(one)
        return before != wanted or (self.for_a_time and now != wanted)

    def subject(self, one: uuid.UUID, now: Mapping[str, Any]) -> Mapping[str, Any]:
        """What else its hold says of this one, as the action for one says it (`ColumnChange.subject`)."""
        return {}

    @property
    def for_a_time(self) -> bool:
        return self.until_ended or self.lasting is not None

    @property
    def kind(self) -> ColumnHold:
        kind = KINDS[self.held]
        assert isinstance(kind, ColumnHold)  # noqa: S101 - as its subclass declares
        return kind

    @property
    def lasting(self) -> Lasting | None:
        return getattr(self, "duration", None)

    async def lock(self, session: AsyncSession) -> None:
        """All that is held, and then the rows, in one order for everybody."""
        await engine.lock(session)
        key = getattr(self.kind.table, self.kind.key_column)
        rows = select(key).where(key == any_(literal([*self.chosen.ids], ARRAY(Uuid)))).order_by(key)
        await session.execute(rows.with_for_update(key_share=True))

    async def whose(self, session: AsyncSession) -> Mapping[uuid.UUID, uuid.UUID]:
        """By each of them the tenant that it is of: itself, where they are tenants."""
        return {one: one for one in self.chosen.ids}

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        whose, did, holds, was = await self.whose(session), [], [], {}
        for one in self.chosen.ids:
            now = await self.kind.now(session, one, [*self.wanted(one)])
            before = await self._base(session, one)
            if one not in whose or not self.applies(one, now, before):
                continue
            was[str(one)] = before
            if self.for_a_time:
                holds.append((await self._hold(session, one, whose[one], now, by)).id)
            else:
                await self._set(session, one, by)
            did.append(Did(one, whose[one], now, self.wanted(one)))
        outcome = await self.recorded(session, by, did, holds=[str(one) for one in holds], was=was)
        return replace(outcome, holds=tuple(holds))

    async def _hold(
        self, session: AsyncSession, one: uuid.UUID, tenant: uuid.UUID, now: Mapping[str, Any], by: uuid.UUID
    ) -> Hold:
        return await engine.place(
            session,
            self.held,
            target=self.held_as(one),
            subject=subject_of(one, self.wanted(one), tenant=str(tenant), **self.subject(one, now)),
            by=by,
            reason=self.reason.text,
            ends=self.lasting.ends if self.lasting else None,
        )

    def held_as(self, one: uuid.UUID) -> str:
        """What its hold is about, as of the action for one."""
        return f"{self.kind.thing}:{one}"

    async def _set(self, session: AsyncSession, one: uuid.UUID, by: uuid.UUID) -> None:
        for column, value in self.wanted(one).items():
            said = {"value": value, "reason": self.reason.text}
            await engine.change(session, self.held, self.kind.switch(one, column), said, by=by)

    async def _base(self, session: AsyncSession, one: uuid.UUID) -> dict[str, Any]:
        """How its columns stand once nothing holds them any more."""
        found = {
            column: await engine.base_of(session, self.held, self.kind.switch(one, column))
            for column in self.wanted(one)
        }
        return {column: value.get("value") for column, value in found.items()}

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        now = {one: await self.kind.now(session, one, [*self.wanted(uuid.UUID(one))]) for one in outcome["done"]}
        return {**outcome, "columns": now}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answers = [await self.kind.agrees(platform, one, columns) for one, columns in outcome["columns"].items()]
        agrees = all(one.agrees for one in answers)
        at = min((one.at for one in answers), default=None)
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, at)

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """What is held is ended; what was set for good is set as it was."""
        if self.for_a_time:
            return self.back(self.ended_by, outcome["holds"])
        was = {one: AsItWas(was, dict(self.wanted(uuid.UUID(one)))) for one, was in outcome["was"].items()}
        return self.back(self.put_back_by, outcome["done"], before=EachAsItWas(was).dump())


class PutBackPart(HeldPart):
    """What was set for good is set as it was; what somebody has set since is left alone."""

    before: EachAsItWas
    reason: Reason

    def wanted(self, one: uuid.UUID) -> Mapping[str, Any]:
        return self.before.each[str(one)].was

    def applies(self, one: uuid.UUID, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        return before == self.before.each[str(one)].left

    async def reached(self, session: AsyncSession) -> Sequence[uuid.UUID]:
        """As the rows are, by one statement; what is held over them is looked at when it is done."""
        key, columns = getattr(self.kind.table, self.kind.key_column), [*self.wanted(self.chosen.ids[0])]
        those = key == any_(literal([*self.chosen.ids], ARRAY(Uuid)))
        rows = await session.execute(select(key, *(getattr(self.kind.table, one) for one in columns)).where(those))
        now = {one: dict(zip(columns, map(as_json, values), strict=True)) for one, *values in rows}
        unset = dict.fromkeys(columns)
        return [one for one in self.chosen.ids if self.applies(one, (row := now.get(one, unset)), row)]


class EndPart(PartOf):
    """End some holds at once: what was before comes back."""

    size = SIZE
    noun = "temporary change"
    renewable = True
    ends_holds = True

    async def things(self, session: AsyncSession) -> Mapping[uuid.UUID, uuid.UUID]:
        holds = await session.scalars(select(Hold).where(self._those))
        return {one.id: self.thing(one) for one in holds}

    def thing(self, hold: Hold) -> uuid.UUID:
        """What such a hold is about."""
        return uuid.UUID(hold.subject["id"])

    @property
    def _those(self) -> ColumnElement[bool]:
        return Hold.id == any_(literal([*self.chosen.ids], ARRAY(Uuid)))

    async def reached(self, session: AsyncSession) -> Sequence[uuid.UUID]:
        return [one.id for one in await open_holds(session, self._those)]

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        ending = [*await open_holds(session, self._those)]
        did = [Did(one.id, kind_of(one).tenant(one), {"open": True}, {"open": False}) for one in ending]
        await engine.end_together(session, ending, HoldCause.RESUMED, by)
        return await self.recorded(session, by, did)

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        holds = [await session.get_one(Hold, uuid.UUID(one), populate_existing=True) for one in outcome["done"]]
        ended = [(one, await kind_of(one).after(session, one)) for one in holds]
        for one in holds:
            session.expunge(one)  # the platform is asked when this transaction is over
        return {**outcome, "ended": ended}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answers = [await kind_of(one).confirm(platform, one, after) for one, after in outcome["ended"]]
        agrees = all(one.agrees for one in answers)
        at = min((one.at for one in answers), default=None)
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, at)
