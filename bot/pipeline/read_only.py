"""The read-only switch: while it is on nothing is changed but what limits damage, or ends what is temporary.

What people do in an incident, and who stands in on call, is noted all the same.

Looked at where something is asked for, where it is decided, and, under lock, where it runs. Withdrawing, rejecting,
reviewing, looking and the mirrors of other systems are no actions of this pipeline's, and go on.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import Composite, first_step
from bot.errors import ReadOnlyNow, Suggestion
from bot.holds import read_only, reads
from bot.holds.read_only import ReadOnly
from bot.policy import Risk
from bot.words import duration

# Everything that the mode would stop shares it; switching it on takes it alone, and so waits for what is at work.
ALONE = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.read_only'))")
SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('pmbot.read_only'))")
STILL = "You can still sign people out, suspend accounts, pause things, and end temporary changes."


def goes_on(action: Action) -> bool:
    """Whether it is done in read-only mode as well."""
    return action.risk is Risk.READ or action.ends_holds or action.only_notes or action.stakes.containment


async def stopping(session: AsyncSession, actions: Sequence[Action]) -> ReadOnly | None:
    """The mode, where it is on and stops any of these; what leads a plan is no step of it."""
    steps = actions[first_step(actions) :]
    return None if all(map(goes_on, steps)) else await read_only.now(session)


async def refuse(session: AsyncSession, actions: Sequence[Action]) -> None:
    """Raise `ReadOnlyNow` if it stops any of these."""
    if on := await stopping(session, actions):
        raise await refusal(session, on)


async def refuse_kind(session: AsyncSession, action: type[Action]) -> None:
    """The same before its parameters are known, where it does not depend on them: nobody fills in a form in vain."""
    by_case = action.stakes is not Action.stakes or issubclass(action, Composite)
    if not (action.containment or action.ends_holds or action.only_notes or by_case):
        await refuse_anything(session)


async def refuse_anything(session: AsyncSession) -> None:
    """The same of something that limits no damage: acknowledging an alert does, silencing one does not."""
    if on := await read_only.now(session):
        raise await refusal(session, on)


async def refusal(session: AsyncSession, on: ReadOnly) -> ReadOnlyNow:
    """Who has switched it on, why and for how long; what still works; who can switch it off."""
    now = await reads.clock(session)
    ends = f"It ends automatically in {duration(on.ends - now, 2)}. " if on.ends else ""
    return ReadOnlyNow(
        f"Nothing was done: I have been read-only for {duration(now - on.since, 1)}. {on.by} switched that on "
        f"because “{on.reason}”. {ends}{STILL} Security or a super admin can switch it off.",
        suggestions=[Suggestion("Switch read-only off", "readonly off")],
    )


async def stops(session: AsyncSession, left: Sequence[Action], *, by_itself: bool = False) -> str | None:
    """Why the first of these steps may not run now, for the card; None: it may, and stays so until it is committed.

    `by_itself`: nobody asked for it, and then it stops containment as well: people watch, and decide.
    An approval is for now. What it was for is ended and not kept: it would run by itself hours later, at the moment
    somebody switches the mode off and watches for something else.
    """
    if left[0].stops_others:
        await session.execute(ALONE)
    elif by_itself or not all(map(goes_on, left)):
        await session.execute(SHARED)
    on = await (read_only.now(session) if by_itself else stopping(session, left))
    if on is None:
        return None
    return (
        f"{on.by} switched on read-only mode before this could run, because “{on.reason}”. "
        "When it is off, ask for this again."
    )
