"""The form of Slack's payloads, as far as the bot relies on it. What lacks it is refused at the door.

Only what handlers read is here, and everything else may look as it likes: Slack adds fields at will.
"""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

Id = Annotated[str, Field(min_length=1, max_length=255)]


class Person(BaseModel):
    """Who acts."""

    id: Id
    team_id: str | None = None


class Channel(BaseModel):
    """Where something was clicked."""

    id: str | None = None
    name: str | None = None


class Container(BaseModel):
    """What a button stands in."""

    channel_id: str | None = None


class Message(BaseModel):
    """The message with the button."""

    thread_ts: str | None = None


class Place(BaseModel):
    """The channel of a message."""

    id: Id
    name: str | None = None


class About(BaseModel):
    """A shortcut on a message."""

    user: Person
    callback_id: Id
    channel: Place
    message_ts: Id
    message: Message | None = None
    response_url: str | None = None
    trigger_id: str | None = None


class Option(BaseModel):
    """What was chosen."""

    value: str | None = None


class Clicked(BaseModel):
    """A button, or an entry of a menu."""

    action_id: str
    value: str | None = None
    selected_option: Option | None = None


class Click(BaseModel):
    """A click on a button."""

    user: Person
    actions: Annotated[list[Clicked], Field(min_length=1)]
    channel: Channel | None = None
    container: Container | None = None
    message: Message | None = None
    response_url: str | None = None
    trigger_id: str | None = None


class Input(BaseModel):
    """What was typed or chosen in one field."""

    value: str | None = None
    selected_option: Option | None = None


class State(BaseModel):
    """All fields of a form, by block and element."""

    values: dict[str, dict[str, Input]] = {}


class View(BaseModel):
    """A form."""

    id: Id
    callback_id: str
    private_metadata: uuid.UUID
    hash: str | None = None
    state: State = State()
    blocks: list[dict[str, Any]] = []


class Submission(BaseModel):
    """A form sent off."""

    user: Person
    view: View
    trigger_id: str | None = None


class Suggestion(BaseModel):
    """Somebody types into a field that completes itself."""

    user: Person
    view: View
    action_id: str
    value: str | None = None


class Closed(BaseModel):
    """A form closed: nothing is done about it."""


class Command(BaseModel):
    """A slash command."""

    command: Id
    team_id: Id
    user_id: Id
    channel_id: Id
    text: str = ""
    channel_name: str | None = None
    response_url: str | None = None
    trigger_id: str | None = None


class Happened(BaseModel):
    """Something that happened in a workspace."""

    type: str
    user: Id | Person | None = None
    user_team: str | None = None
    source_team: str | None = None
    team: str | None = None
    channel: str | None = None
    thread_ts: str | None = None
    text: str | None = None


class Spoken(Happened):
    """Something that somebody did."""

    user: Id | Person


class Deleted(Happened):
    """A message that somebody deleted; nobody says who."""

    channel: Id


class Event(BaseModel):
    """An event in its envelope."""

    event_id: Id
    team_id: Id
    event: Happened
    authorizations: list[dict[str, Any]] | None = None


class SpokenEvent(Event):
    """An event that cannot be handled without knowing whose it is."""

    event: Spoken


class DeletedEvent(Event):
    """An event that says what is gone, and from where."""

    event: Deleted


BY_TYPE: Mapping[str, type[BaseModel]] = {
    "block_actions": Click,
    "view_submission": Submission,
    "message_action": About,
    "view_closed": Closed,
    "block_suggestion": Suggestion,
    "event_callback": Event,
}


def fits(shape: type[BaseModel], body: Mapping[str, Any]) -> bool:
    """Whether a payload has this form."""
    try:
        shape.model_validate(body)
    except (ValidationError, RecursionError):
        return False
    return True
