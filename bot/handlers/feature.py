"""What a part of the bot brings along. Nothing central knows it by name: app.py wires it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.delivery.deliver import Moved, Projection
from bot.handlers.desk import Button
from bot.runtime.clock import Chore
from bot.runtime.jobs import Job


@dataclass(frozen=True)
class Feature:
    """All of it may be left out."""

    projections: Mapping[str, Projection] = field(default_factory=dict)
    """What delivery draws, by name."""
    moved: Mapping[str, Moved] = field(default_factory=dict)
    """By projection: what is to be done once such a message stands somewhere, or somewhere else."""
    buttons: Mapping[str, Button] = field(default_factory=dict)
    """By what their names begin with, before the colon."""
    jobs: Sequence[Job] = ()
    chores: Mapping[str, Chore] = field(default_factory=dict)
    """What the clock looks after."""
