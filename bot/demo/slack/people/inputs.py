"""What a person put into an element, as Slack's state.values holds it."""

from typing import Any

from bot.demo.slack.workspace.model import Json
from bot.demo.slack.workspace.shapes import elements_of

VALUE_FIELD = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
STATELESS = {"button", "overflow", "workflow_button"}
INITIAL = {
    "plain_text_input": "initial_value",
    "number_input": "initial_value",
    "email_text_input": "initial_value",
    "url_text_input": "initial_value",
}
REQUIRED = "Please complete this required field."


def entry(element: Json, given: Any) -> Json:
    """{"type": …, "value" or "selected_…": …} for what was given: text, an option's value or text, an id."""
    kind = element["type"]
    field = VALUE_FIELD[kind]
    if field == "selected_option":
        value = option_of(element, given)
    elif field == "selected_options":
        value = [option_of(element, one) for one in given or []]
    else:
        value = given if given != "" else None
    return {"type": kind, field: value}


def option_of(element: Json, given: Any) -> Any:
    """The option meant by its value or its text; an option object is taken as it is."""
    if given is None or given == "" or isinstance(given, dict):
        return given or None
    for option in options_of(element):
        if given in (option.get("value"), option["text"]["text"]):
            return option
    raise LookupError(f"{element.get('action_id')} has no option {given!r}")


def options_of(holder: Json) -> list[Json]:
    """The options of an element or of an answer to a type-ahead, groups or not, in one list."""
    options = list(holder.get("options") or [])
    for group in holder.get("option_groups") or []:
        options += group["options"]
    return options


def initial(element: Json) -> Json:
    kind = element["type"]
    field = VALUE_FIELD[kind]
    name = INITIAL.get(kind, field.replace("selected_", "initial_"))
    empty: Any = [] if field == "selected_options" else None
    return {"type": kind, field: element.get(name, empty)}


def state_values(blocks: list[Json], chosen: Json) -> Json:
    """state.values of a message or view: every stateful element, with what was chosen or its initial value."""
    values: Json = {}
    for block, element in elements_of(blocks):
        if element["type"] in STATELESS or element["type"] not in VALUE_FIELD:
            continue
        block_id, action_id = block["block_id"], element["action_id"]
        kept = chosen.get(block_id, {}).get(action_id)
        same = kept is not None and kept["type"] == element["type"]
        values.setdefault(block_id, {})[action_id] = kept if same else initial(element)
    return values


def choose(blocks: list[Json], chosen: Json, given: Json) -> None:
    """Put {block_id: {action_id: given}} into `chosen`. What is not in the blocks raises LookupError."""
    for block_id, actions in given.items():
        for action_id, value in actions.items():
            _, element = find(blocks, action_id, block_id)
            chosen.setdefault(block_id, {})[action_id] = entry(element, value)


def find(blocks: list[Json], name: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The element with this action_id, or else the one whose text or label reads so."""
    usable = [(b, e) for b, e in elements_of(blocks) if block_id in (None, b["block_id"])]
    for matches in (lambda _b, e: e["action_id"] == name, lambda b, e: name in (_reads(b), _reads(e))):
        for block, element in usable:
            if matches(block, element):
                return block, element
    there = ", ".join(e["action_id"] for _, e in usable) or "nothing to use"
    raise LookupError(f"no element {name!r}; there is {there}")


def _reads(part: Json) -> str | None:
    text = part.get("label") or part.get("text")
    return text.get("text") if isinstance(text, dict) else None


def by_id(blocks: list[Json], given: Json) -> Json:
    """{label: value} or {block_id: {action_id: value}} as the latter."""
    values: Json = {}
    block_ids = {block["block_id"] for block in blocks}
    for key, value in given.items():
        if key in block_ids and isinstance(value, dict) and "value" not in value:
            values.setdefault(key, {}).update(value)
        else:
            block, element = find(blocks, key)
            values.setdefault(block["block_id"], {})[element["action_id"]] = value
    return values


def missing(blocks: list[Json], values: Json) -> dict[str, str]:
    """What the client itself refuses to send: required inputs left empty, texts too short or too long."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        held = values.get(block["block_id"], {}).get(element["action_id"], {})
        value = held.get(VALUE_FIELD.get(element["type"], "value"))
        if not value:
            if not block.get("optional"):
                errors[block["block_id"]] = REQUIRED
        elif problem := _length_problem(element, value):
            errors[block["block_id"]] = problem
    return errors


def _length_problem(element: Json, value: Any) -> str:
    least, most = element.get("min_length"), element.get("max_length")
    if not isinstance(value, str) or element["type"] != "plain_text_input":
        return ""
    if least and len(value) < least:
        return f"Please lengthen this text to {least} characters or more."
    if most and len(value) > most:
        return f"Please shorten this text to {most} characters or fewer."
    return ""
