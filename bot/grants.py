"""The rights that the bot's role needs: what its actions declare that they write, and what happens without any."""

from bot import actions
from bot.actions.registry import discover
from bot.platform import writes
from bot.platform.writes import Write


def declared() -> tuple[Write, ...]:
    """Everything that may be written, by whichever action or event."""
    by_actions = [write for action in discover(actions).by_name.values() for write in action.writes]
    return tuple(dict.fromkeys([*by_actions, writes.RECORD, *writes.STRIPE]))
