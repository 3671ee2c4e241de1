"""What changes of columns of one row have in common: set for a time or for good, asked about, taken back."""

import uuid
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Fact, Impact, Step, fact
from bot.errors import NothingToDo
from bot.holds import engine
from bot.holds.columns import ColumnHold, subject_of
from bot.holds.kinds import KINDS
from bot.holds.reads import open_holds
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Lasting
from bot.store.models import Hold, HoldCause, HoldKind, Verification
from bot.targets.base import Target


class ColumnChange(Action):
    """Columns of the row of what it is about.

    A subclass declares its target, `duration: Term | None` if it may be for a time, and its reason; says what it wants
    (`wanted`), and how it is taken back when it was for good (`back`).
    """

    held: ClassVar[HoldKind]
    """The kind of hold that has these columns."""
    until_ended: ClassVar[bool] = False
    """Without a time it is not for good, but until somebody ends it: what was before comes back then."""
    reason: Reason

    @abstractmethod
    def wanted(self) -> Mapping[str, Any]:
        """The values that it sets, by column, as JSON."""

    @abstractmethod
    def back(self, was: Mapping[str, Any]) -> Step | None:
        """The step that sets what was before, where the change was for good."""

    async def notes(self, session: AsyncSession) -> tuple[Fact, ...]:
        """What else somebody should know before they decide."""
        return ()

    @property
    def of(self) -> Target:
        """What the row is of."""
        if self.about_what is None:
            raise NotImplementedError(
                f"{self.name} sets no about_what. Set about_what to the target whose columns this action changes"
            )
        return self.about_what

    @property
    def kind(self) -> ColumnHold:
        kind = KINDS[self.held]
        assert isinstance(kind, ColumnHold)  # noqa: S101 - as its subclass declares
        return kind

    @property
    def lasting(self) -> Lasting | None:
        return getattr(self, "duration", None)

    def _switches(self) -> dict[str, str]:
        return {column: self.kind.switch(self.of.id, column) for column in self.wanted()}

    async def preview(self, session: AsyncSession) -> Impact:
        now = await self._now(session)
        what, after = self.of, self.kind.says(self.wanted())
        return Impact(
            facts=(
                fact(what.label, *what.parts, bound=True),
                fact("Now", self.kind.says(now), bound=not self.stakes.containment),
                fact("After", f"{after} {self.lasting.phrase}, then as before" if self.lasting else after),
                *await self.notes(session),
            ),
            context={
                "of": [part if isinstance(part, str) else part.model_dump() for part in what.parts],
                "after": after,
                "lasts": self.lasting.phrase if self.lasting else None,
            },
        )

    async def _now(self, session: AsyncSession) -> dict[str, Any]:
        """The columns as they are. Raises `NothingToDo` where they are as wanted, and would not last longer."""
        now = await self.kind.now(session, self.of.id, [*self.wanted()])
        if now == self.wanted() and not await self._would_last_longer(session):
            raise self.nothing(now)
        return now

    def nothing(self, now: Mapping[str, Any]) -> NothingToDo:
        return NothingToDo(f"{self.of.shown}: already {self.kind.says(now)}. Nothing was done.")

    async def _would_last_longer(self, session: AsyncSession) -> bool:
        """The same is held now, and may end before this would."""
        held = await open_holds(session, Hold.kind == self.held)
        return any(key in self.kind.wants(one) for one in held for key in self._switches().values())

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await self._now(session)
        was = await self._base(session)
        hold = await self._hold(session, by) if self.lasting or self.until_ended else None
        if hold is None:
            for column, key in self._switches().items():
                value = {"value": self.wanted()[column], "reason": self.reason.text}
                await engine.change(session, self.held, key, value, by=by)
        return Outcome(
            data={"hold": str(hold.id) if hold else None, "was": was, "left": await self._base(session)},
            old=before,
            new=await self.kind.now(session, self.of.id, [*self.wanted()]),
            holds=(hold.id,) if hold else (),
        )

    async def _hold(self, session: AsyncSession, by: uuid.UUID) -> Hold:
        return await engine.place(
            session,
            self.held,
            target=self.target,
            subject=subject_of(self.of.id, self.wanted(), **self.subject()),
            by=by,
            reason=self.reason.text,
            ends=self.lasting.ends if self.lasting else None,
        )

    def subject(self) -> dict[str, Any]:
        """What else its hold says of what it is about: ids."""
        return {"tenant": str(self.tenant_id)} if self.tenant_id else {}

    async def _base(self, session: AsyncSession) -> dict[str, Any]:
        """How the columns stand once nothing holds them any more."""
        found = {column: await engine.base_of(session, self.held, key) for column, key in self._switches().items()}
        return {column: value.get("value") for column, value in found.items()}

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "columns": await self.kind.now(session, self.of.id, [*self.wanted()])}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await self.kind.agrees(platform, self.of.id, outcome["columns"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        """What is for a time says itself when it is over."""
        return bool(outcome["hold"]) or await self._base(session) == outcome["left"]

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """For a time: it ends now. For good: what was before."""
        if outcome["hold"]:
            parameters = {"hold": outcome["hold"], "reason": f"undoing: {self.reason.text}"}
            return Step(action="hold.end", parameters=parameters)
        return self.back(outcome["was"])


async def set_for_good(
    session: AsyncSession, held: HoldKind, identifier: object, columns: Mapping[str, Any], by: uuid.UUID
) -> None:
    """End what is held of these columns and set them: the inverse of a containment. Takes the lock."""
    await engine.lock(session)
    kind = KINDS[held]
    assert isinstance(kind, ColumnHold)  # noqa: S101 - the caller names one
    for column, value in columns.items():
        key = kind.switch(identifier, column)
        await engine.end_together(session, await engine.holding(session, kind, key), HoldCause.RESUMED, by)
        if await kind.now(session, identifier, [column]) != {column: value}:
            await engine.change(session, held, key, {"value": value, "reason": None}, by=by)
