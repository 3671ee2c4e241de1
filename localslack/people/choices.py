"""What a person can put into each kind of element: the client offers nothing else, so anything else raises."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from localslack.workspace.filing import file_json
from localslack.workspace.inputs import LISTS, VALUE_FIELD, find, options_of
from localslack.workspace.model import Channel, Json
from localslack.workspace.state import State

MOST_FILES = 10
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def choose(state: State, blocks: list[Json], chosen: Json, given: Json) -> None:
    """Put {block_id: {action_id: given}} into `chosen`. What is not in the blocks raises LookupError."""
    for block_id, actions in given.items():
        for action_id, value in actions.items():
            _, element = find(blocks, action_id, block_id)
            chosen.setdefault(block_id, {})[action_id] = entry(state, element, value)


def entry(state: State, element: Json, given: Any) -> Json:
    """{"type": …, "value" or "selected_…": …} for what was given; None, "" and [] empty the element.

    Options are given by their value or text, people and channels by id or name, dates as "2026-11-21", times
    as "09:30", a moment in seconds since 1970.
    """
    kind = element["type"]
    field = VALUE_FIELD[kind]
    pick = PICKS.get(kind, _option)
    if field in LISTS:
        several = list(given) if isinstance(given, list | tuple) else [given] if given not in (None, "") else []
        usual = MOST_FILES if kind == "file_input" else len(several)
        most = element.get("max_files" if kind == "file_input" else "max_selected_items", usual)
        if len(several) > most:
            raise LookupError(f"{element['action_id']} takes at most {most}")
        return {"type": kind, field: [pick(state, element, one) for one in several]}
    return {"type": kind, field: None if given in (None, "") else pick(state, element, given)}


def _option(_state: State, element: Json, given: Any) -> Any:
    """The option meant by its value or its text; an option object is taken as it is."""
    if isinstance(given, dict):
        return given
    for option in options_of(element):
        if given in (option.get("value"), option["text"]["text"]):
            return option
    raise LookupError(f"{element.get('action_id')} has no option {given!r}")


def _text(_state: State, _element: Json, given: Any) -> Any:
    return str(given)


def _rich_text(_state: State, _element: Json, given: Any) -> Any:
    if isinstance(given, dict):
        return given
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(given)}]}
    return {"type": "rich_text", "elements": [section]}


def _person(state: State, _element: Json, given: Any) -> Any:
    name = str(given).removeprefix("@")
    for person in state.people.values():
        if name in (person.id, person.name) and not person.deleted:
            return person.id
    if given == state.workspace.bot_user_id:
        return given
    raise LookupError(f"nobody is called {given!r}")


def _channel(state: State, element: Json, given: Any) -> Any:
    """Public channels only, as the client's menu of channels offers."""
    return _conversation(state, element | {"filter": {"include": ["public"]}}, given)


def _conversation(state: State, element: Json, given: Any) -> Any:
    wanted = element.get("filter", {}).get("include") or ["public", "private", "im", "mpim"]
    name = str(given).removeprefix("#")
    for channel in state.channels.values():
        if name in (channel.id, channel.name) and _kind(channel) in wanted and not channel.archived:
            return channel.id
    raise LookupError(f"{element['action_id']} offers no conversation {given!r}")


def _kind(channel: Channel) -> str:
    if channel.kind != "channel":
        return channel.kind
    return "private" if channel.private else "public"


def _date(_state: State, _element: Json, given: Any) -> Any:
    return date.fromisoformat(given).isoformat()


def _time(_state: State, element: Json, given: Any) -> Any:
    if not CLOCK.fullmatch(given):
        raise ValueError(f"{element['action_id']} takes a time such as 09:30, not {given!r}")
    return given


def _moment(_state: State, _element: Json, given: Any) -> Any:
    return int(given)


def _file(state: State, element: Json, given: Any) -> Any:
    """A file that was uploaded before (`Forms.upload`), by its id or as it stood in the form."""
    file_id = given.get("id") if isinstance(given, dict) else given
    file = state.files.get(str(file_id))
    if file is None or not file.complete:
        raise LookupError(f"there is no file {file_id!r}")
    wanted = [kind.lower().removeprefix(".") for kind in element.get("filetypes") or []]
    if wanted and file.name.rpartition(".")[2].lower() not in wanted:
        raise LookupError(f"{element['action_id']} takes {', '.join(wanted)}, not {file.name}")
    return file_json(state, file.id)


PICKS: dict[str, Callable[[State, Json, Any], Any]] = {
    "plain_text_input": _text,
    "number_input": _text,
    "email_text_input": _text,
    "url_text_input": _text,
    "rich_text_input": _rich_text,
    "file_input": _file,
    "users_select": _person,
    "multi_users_select": _person,
    "conversations_select": _conversation,
    "multi_conversations_select": _conversation,
    "channels_select": _channel,
    "multi_channels_select": _channel,
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _moment,
}
