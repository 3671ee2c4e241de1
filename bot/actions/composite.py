"""An action that is a plan of others: one word for what takes several steps."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Step


class Composite(Action):
    """Asked for in one word, done in several steps, each an action of its own.

    It changes nothing itself: what is drawn, bound, decided, executed, verified and undone are its steps. Who may ask
    for it is a matter of its own permission, who decides of the strictest among it and its steps. Its title and its
    words lead the card, its own preview stands before theirs, and what was asked for and decided is written down
    under its name. In a plan it stands first, and is never executed.
    """

    reviewed: ClassVar[bool] = False
    """Somebody not involved is asked to look at what happened."""
    reversible: ClassVar[bool] = True
    """Done as a whole, it is taken back step by step; else by an action of its own, which its card names."""

    @abstractmethod
    async def steps(self, session: AsyncSession) -> Sequence[Action]:
        """What there is to do as things are, in order: at least one, none of them a plan. Raises `NothingToDo`."""

    def step(self) -> Step:
        return super().step().model_copy(update={"leads": True})

    @property
    def grave(self) -> bool:
        """That is for its steps to say."""
        return False


async def whole(session: AsyncSession, actions: Sequence[Action]) -> list[Action]:
    """The plan of what somebody asks for: after what leads it, where something does, its steps."""
    plan = list(actions)
    return [*plan, *await plan[0].steps(session)] if isinstance(plan[0], Composite) and len(plan) == 1 else plan


def asked_for(actions: Sequence[Action]) -> Sequence[Action]:
    """Of a plan that which somebody needs the right to ask for: what leads it, or each of its steps."""
    return actions[:1] if first_step(actions) else actions


def first_step(actions: Sequence[Action]) -> int:
    """Where in a plan its steps begin: what leads it is none."""
    return int(bool(actions) and isinstance(actions[0], Composite))
