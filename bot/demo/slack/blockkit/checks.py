"""Block Kit as Slack accepts it: types, required parts and lengths of blocks and views.

Each complaint is worded as Slack words it and ends in a JSON pointer to the part it is about.
"""

from collections.abc import Callable, Collection
from typing import Any

from bot.demo.slack.blockkit.charts import check_chart
from bot.demo.slack.blockkit.elements import check_element, check_text
from bot.demo.slack.blockkit.rich_text import check_rich_text
from bot.demo.slack.blockkit.trouble import Trouble
from bot.demo.slack.workspace.model import Json, SlackError

BLOCKS_PER_MESSAGE = 50
BLOCKS_PER_VIEW = 100
ACCESSORIES = {
    "button", "checkboxes", "channels_select", "conversations_select", "datepicker", "external_select", "image",
    "multi_channels_select", "multi_conversations_select", "multi_external_select", "multi_static_select",
    "multi_users_select", "overflow", "radio_buttons", "static_select", "timepicker", "users_select",
    "workflow_button",
}  # fmt: skip
IN_ACTIONS = (ACCESSORIES - {"image"}) | {"datetimepicker"}
INPUTS = (IN_ACTIONS - {"button", "overflow", "workflow_button"}) | {
    "plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input", "rich_text_input",
}  # fmt: skip
PASSED_UNCHECKED = {"video", "markdown", "file", "container", "card", "alert"}


def check_message_blocks(blocks: Any, refused: Collection[str] = ()) -> list[Json]:
    """The blocks of a message, or SlackError invalid_blocks with what is wrong and where."""
    trouble = Trouble()
    _check_blocks(blocks, trouble, BLOCKS_PER_MESSAGE, refused)
    if trouble:
        raise SlackError("invalid_blocks", errors=list(trouble), response_metadata={"messages": trouble.messages()})
    checked: list[Json] = blocks
    return checked


def check_view(view: Any, refused: Collection[str] = ()) -> Json:
    """A view as views.open and its like take it, or SlackError invalid_arguments."""
    trouble = Trouble()
    if not isinstance(view, dict):
        trouble.add("view must be an object", "/view")
    else:
        _check_view_head(view, trouble)
        _check_blocks(view.get("blocks"), trouble, BLOCKS_PER_VIEW, refused, "/view/blocks")
    if trouble:
        raise SlackError("invalid_arguments", response_metadata={"messages": trouble.messages()})
    checked: Json = view
    return checked


def _check_view_head(view: Json, trouble: Trouble) -> None:
    if view.get("type") not in ("modal", "home"):
        trouble.add("must be one of modal, home", "/view/type")
    trouble.longest(view.get("private_metadata"), 3000, "/view/private_metadata")
    trouble.longest(view.get("callback_id"), 255, "/view/callback_id")
    if view.get("type") != "modal":
        return
    check_text(view.get("title"), trouble, "/view/title", 24, plain=True)
    for part in ("submit", "close"):
        if view.get(part) is not None:
            check_text(view[part], trouble, f"/view/{part}", 24, plain=True)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if has_input and not view.get("submit"):
        trouble.add("missing required field: submit", "/view")


def _check_blocks(blocks: Any, trouble: Trouble, most: int, refused: Collection[str], where: str = "/blocks") -> None:
    if not isinstance(blocks, list):
        trouble.add("must provide an array", where)
        return
    if len(blocks) > most:
        trouble.add(f"no more than {most} items allowed", where)
    for place, block in enumerate(blocks):
        _check_block(block, trouble, f"{where}/{place}", refused)
    whole = [block for block in blocks if isinstance(block, dict)]
    for repeated in _repeated(block.get("block_id") for block in whole):
        trouble.add(f'`block_id` "{repeated}" already exists', where)
    if sum(block.get("type") == "table" for block in whole) > 1:
        trouble.add("only one table allowed", where)


def _check_block(block: Any, trouble: Trouble, where: str, refused: Collection[str]) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in PASSED_UNCHECKED and kind not in refused:
        return
    check = BLOCKS.get(kind) if isinstance(kind, str) else None
    if check is None or kind in refused:
        trouble.add(f"unsupported type: {kind}", f"{where}/type")
        return
    trouble.longest(block.get("block_id"), 255, f"{where}/block_id")
    check(block, trouble, where)


def _header(block: Json, trouble: Trouble, where: str) -> None:
    check_text(block.get("text"), trouble, f"{where}/text", 150, plain=True)


def _section(block: Json, trouble: Trouble, where: str) -> None:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        trouble.add("missing required field: text or fields", where)
    if block.get("text") is not None:
        check_text(block["text"], trouble, f"{where}/text", 3000)
    if fields is not None:
        trouble.counted(fields, 1, 10, f"{where}/fields")
        for place, text in enumerate(fields):
            check_text(text, trouble, f"{where}/fields/{place}", 2000)
    if block.get("accessory") is not None:
        check_element(block["accessory"], trouble, f"{where}/accessory", ACCESSORIES)


def _context(block: Json, trouble: Trouble, where: str) -> None:
    elements = block.get("elements")
    if not trouble.counted(elements, 1, 10, f"{where}/elements"):
        return
    for place, element in enumerate(elements or []):
        here = f"{where}/elements/{place}"
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(element, trouble, here, {"image"})
        else:
            check_text(element, trouble, here, 3000)


def _actions(block: Json, trouble: Trouble, where: str) -> None:
    elements = block.get("elements")
    if not trouble.counted(elements, 1, 25, f"{where}/elements"):
        return
    for place, element in enumerate(elements or []):
        check_element(element, trouble, f"{where}/elements/{place}", IN_ACTIONS)
    for repeated in _repeated(e.get("action_id") for e in elements or [] if isinstance(e, dict)):
        trouble.add(f'`action_id` "{repeated}" already exists', f"{where}/elements")


def _input(block: Json, trouble: Trouble, where: str) -> None:
    check_text(block.get("label"), trouble, f"{where}/label", 2000, plain=True)
    if block.get("hint") is not None:
        check_text(block["hint"], trouble, f"{where}/hint", 2000, plain=True)
    check_element(block.get("element"), trouble, f"{where}/element", INPUTS)


def _image(block: Json, trouble: Trouble, where: str) -> None:
    check_element(block, trouble, where, {"image"})
    if block.get("title") is not None:
        check_text(block["title"], trouble, f"{where}/title", 2000, plain=True)


def _divider(_block: Json, _trouble: Trouble, _where: str) -> None:
    pass


def _table(block: Json, trouble: Trouble, where: str) -> None:
    most = 100 if block["type"] == "table" else 201
    rows = block.get("rows")
    if block["type"] == "data_table" and not block.get("caption"):
        trouble.add("missing required field: caption", where)
    if not trouble.counted(rows, 1, most, f"{where}/rows"):
        return
    for number, row in enumerate(rows or []):
        if trouble.counted(row, 1, 20, f"{where}/rows/{number}"):
            for place, cell in enumerate(row):
                _cell(cell, trouble, f"{where}/rows/{number}/{place}")


def _cell(cell: Any, trouble: Trouble, where: str) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "rich_text":
        check_rich_text(cell, trouble, where)
    elif kind == "raw_text":
        trouble.filled(cell.get("text"), f"{where}/text")
    elif kind != "raw_number":
        trouble.add(f"unsupported type: {kind}", f"{where}/type")


def _repeated(ids: Any) -> list[str]:
    seen: list[str] = [i for i in ids if i]
    return sorted({i for i in seen if seen.count(i) > 1})


BLOCKS: dict[str, Callable[[Json, Trouble, str], None]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "divider": _divider,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": check_rich_text,
    "table": _table,
    "data_table": _table,
    "data_visualization": check_chart,
}
