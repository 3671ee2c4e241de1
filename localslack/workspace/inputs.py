"""The elements people use: finding them, what stands in them, and the shape of state.values."""

from typing import Any

from localslack.workspace.model import Json
from localslack.workspace.shapes import elements_of

VALUE_FIELD = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
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
EXTERNAL = {"external_select", "multi_external_select"}
STATELESS = {"button", "overflow", "workflow_button"}
LISTS = {"files", "selected_options", "selected_users", "selected_conversations", "selected_channels"}


def options_of(holder: Json) -> list[Json]:
    """The options of an element or of an answer to a type-ahead, groups or not, in one list."""
    options = list(holder.get("options") or [])
    for group in holder.get("option_groups") or []:
        options += group["options"]
    return options


def initial(element: Json) -> Json:
    kind = element["type"]
    field = VALUE_FIELD[kind]
    name = "initial_value" if field.endswith("value") else field.replace("selected_", "initial_")
    empty: Any = [] if field in LISTS else None
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
