"""Taking a change of a flag back: its values as they were, unless somebody has changed them since."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.flags.change import FlagChange, shown
from bot.actions.flags.parameters import Values
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds import engine, flag
from bot.holds.flag import LESS_FIRST, Switch
from bot.holds.kind import Value
from bot.holds.kinds import KINDS
from bot.holds.reads import open_holds
from bot.parameters.base import Reason
from bot.personal import Part
from bot.platform.flags import Flag
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldCause, HoldKind
from bot.targets.flag import FlagKey


@register
class PutBack(FlagChange):
    """Restore a flag as it was before a change."""

    name, verb, says = "flag.put_back", "", "put back"
    flag: FlagKey
    before: Values
    reason: Reason

    @property
    def off(self) -> bool:
        """Whether it gives the flag to nobody."""
        return not any(_more(self.before.was[key], self.before.left[key]) for key in self.before.was)

    @property
    def stakes(self) -> Stakes:
        if self.off:
            return Stakes("flag.turn_off", Risk.HIGH, containment=True)
        whole = any(Switch.of_key(key).id is None for key in self.before.was)
        return Stakes("flag.turn_on", Risk.HIGH if whole else Risk.MEDIUM)

    @property
    def target(self) -> str:
        return next(iter(self.before.was)) if len(self.before.was) == 1 else super().target

    @property
    def tenant_id(self) -> uuid.UUID | None:
        only = Switch.of_key(self.target)
        return only.id if only.of in ("tenant", "listed") else None

    def wanted(self, state: Flag) -> dict[str, Value]:
        return self.before.was

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        switches = [Switch.of_key(key) for key in self.before.was]
        return () if any(one.id is None for one in switches) else await flag.whom(session, switches)

    def nothing(self, state: Flag) -> NothingToDo:
        return NothingToDo(f"{state.key} is already as it was before. Nothing was done.")

    async def preview(self, session: AsyncSession) -> Impact:
        await self._still_ours(session)
        return await super().preview(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        """What is still watched ends with it, so that no watch brings anything back later."""
        await self._still_ours(session)
        watches = await self._watches(session)
        if not watches:
            return await super().execute(session, by)
        state, keys = (await FlagKey.load(self.flag.name, session)).state, self.before.was
        await engine.lock(session)
        await engine.end_together(session, watches, HoldCause.RESUMED, by)
        after = (await FlagKey.load(self.flag.name, session)).state
        now = await flag.expected(session, self.flag.name, [Switch.of_key(key) for key in keys])
        data = {"hold": None, "was": self.before.left, "left": self.before.was, "set": sorted(keys)}
        return Outcome(data={**data, "now": flag.now_in_words(now)}, old=shown(state, keys), new=shown(after, keys))

    async def _watches(self, session: AsyncSession) -> list[Hold]:
        """The open watches of exactly these switches: until one is over, what was before is what it brings back."""
        held = await open_holds(session, Hold.kind == HoldKind.FLAG, Hold.target == self.target)
        return [
            one for one in held if KINDS[HoldKind.FLAG].stays(one) and one.subject["set"].keys() == {*self.before.was}
        ]

    async def _still_ours(self, session: AsyncSession) -> None:
        """What somebody else has changed since is not ours to take back."""
        kind = KINDS[HoldKind.FLAG]
        watched = await self._watches(session)
        for key, left in self.before.left.items():
            now = await (kind.observe(session, key) if watched else engine.base_of(session, HoldKind.FLAG, key))
            if kind.essence(now) != kind.essence(left):
                raise NothingToDo(
                    f"After this change, somebody changed {self.flag.name} again. An undo would also undo that newer "
                    f"change. Nothing was done. To see who changed what, type /pm flag {self.flag.name}."
                )


def _more(one: Value, other: Value) -> bool:
    """Whether the first gives the flag to more than the second does."""
    if "rollout" in one:
        return bool(one["enabled"] > other["enabled"] or one["rollout"] > other["rollout"])
    what = "listed" if "listed" in one else "enabled"
    return LESS_FIRST.index(one[what]) > LESS_FIRST.index(other[what])
