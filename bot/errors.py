"""Everything that can go wrong and that a person will read. `str(error)` is the text they read, next step included."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Suggestion:
    """A next step as a button: what it does, and the verb with the raw arguments it stands for.

    Whether a form opens first, or the request is made at once, whoever draws the button adds to the label.
    """

    label: str
    verb: str
    arguments: dict[str, str] = field(default_factory=dict)


class BotError(Exception):
    """Root of the tree."""


class Misconfigured(BotError):
    """A setting is missing or wrong; says which, and what to set."""


class Unavailable(BotError):
    """Something the bot depends on cannot be reached right now; nothing was done."""


class OutOfReach(Unavailable):
    """A part of the platform does not take a change that is recorded; its text is for the card, which waits for it."""


class NotAsked(Unavailable):
    """There is no setting for whom to ask."""


class Malformed(BotError):
    """What came in has not the form its sender promises: nothing was stored, and repeating it changes nothing."""


class Refused(BotError):
    """The answer is no, or not like this. Says why, who can help, and offers what to do instead."""

    def __init__(
        self,
        message: str,
        *,
        suggestions: Sequence[Suggestion] = (),
        offers: Sequence[str] = (),
        commands: Sequence[str] = (),
        card: uuid.UUID | None = None,
    ) -> None:
        super().__init__(message)
        self.card = card
        """The proposal that it speaks of."""
        self.suggestions = tuple(suggestions)
        self.commands = tuple(commands)
        """Whole commands to copy, without the leading /pm."""
        self.offers = tuple(offers)
        """Names of standing offers of the place that shows the refusal, such as `remind`."""


class NotUnderstood(Refused):
    """What was typed is no command, or names nobody and nothing we know."""


class InvalidParameter(Refused):
    """One parameter of a command or form is missing or wrong."""

    def __init__(self, parameter: str, message: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.parameter = parameter


class WhichOne(InvalidParameter):
    """Several things are called so."""


class MissingParameter(InvalidParameter):
    """Nothing was given for it: a form can ask."""


class NotIdentified(Refused):
    """The Slack account does not stand for an active staff member."""


class NotPermitted(Refused):
    """The operator's roles do not include this."""


class NotTheirs(Refused):
    """This person may not decide this one: they asked for it, it is about them, or their role does not reach."""


class CodeNeeded(Refused):
    """A decision takes a code from the app of whoever makes it."""

    def __init__(self, message: str, revision_id: uuid.UUID) -> None:
        super().__init__(message)
        self.revision_id = revision_id
        """What it is about."""


class NoCodeApp(Refused):
    """The same, and they have no app yet."""


class AlreadyDecided(Refused):
    """Somebody else was first."""


class AskedAlready(Refused):
    """The same is open: whoever asks for it once more is shown that request."""

    def __init__(self, card: uuid.UUID, *, by: uuid.UUID) -> None:
        super().__init__("Somebody has already asked for this.", card=card)
        self.by = by
        """The staff member who asks once more."""


class OutOfDate(Refused):
    """The button belongs to a state of the proposal that is no longer the current one."""


class NothingToDo(Refused):
    """The platform is already in the state that was asked for."""


class ReadOnlyNow(Refused):
    """The bot is in read-only mode, and this would change something."""


class TooOften(Refused):
    """One person did this as often as anybody may in that time."""


class LastWayIn(Refused):
    """It would leave nobody who could administer the platform."""


class Later(BotError):
    """Not now: Slack has said so, or somebody has it in hand. Come back after `seconds`."""

    def __init__(self, seconds: float, why: str) -> None:
        super().__init__(f"I try again in {seconds:g} s: {why}")
        self.seconds = seconds
