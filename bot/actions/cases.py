"""What could be asked for of an action, as far as it matters for who would have to decide."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.people.identity import Operator
from bot.policy import Stakes


def _nobody_is_refused(operator: Operator) -> str | None:
    return None


@dataclass(frozen=True)
class Case:
    """Something that could be asked for: what decides who would have to decide about it."""

    stakes: Stakes
    said: str = ""
    """Which of its cases, in a word: the role that would be given."""
    about: uuid.UUID | None = None
    """The staff member it would be done to."""
    leaves: frozenset[str] = frozenset()
    """The roles they would hold afterwards, where it gives some."""
    refuses: Callable[[Operator], str | None] = _nobody_is_refused
    """As `Action.refuses`."""
