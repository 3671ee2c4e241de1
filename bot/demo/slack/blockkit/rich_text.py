"""rich_text blocks: which elements may stand in them, and what each needs."""

from typing import Any

from bot.demo.slack.blockkit.trouble import Trouble
from bot.demo.slack.workspace.model import Json

LEAF_FIELDS: dict[str, tuple[str, type]] = {
    "text": ("text", str),
    "link": ("url", str),
    "user": ("user_id", str),
    "usergroup": ("usergroup_id", str),
    "channel": ("channel_id", str),
    "emoji": ("name", str),
    "date": ("timestamp", int),
    "broadcast": ("range", str),
    "color": ("value", str),
}
CONTAINERS = {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}
STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}


def check_rich_text(block: Json, trouble: Trouble, where: str) -> None:
    elements = block.get("elements")
    if not trouble.counted(elements, 0, 1000, f"{where}/elements"):
        return
    for place, element in enumerate(elements or []):
        here = f"{where}/elements/{place}"
        kind = element.get("type") if isinstance(element, dict) else None
        if kind == "rich_text_list":
            _list(element, trouble, here)
        elif kind in CONTAINERS:
            _leaves(element, trouble, here)
        else:
            trouble.add(f"unsupported type: {kind}", f"{here}/type")


def _list(element: Json, trouble: Trouble, where: str) -> None:
    if element.get("style") not in ("bullet", "ordered"):
        trouble.add("must be one of bullet, ordered", f"{where}/style")
    if not trouble.counted(element.get("elements"), 1, 1000, f"{where}/elements"):
        return
    for place, item in enumerate(element["elements"]):
        _leaves(item, trouble, f"{where}/elements/{place}")


def _leaves(section: Any, trouble: Trouble, where: str) -> None:
    elements = section.get("elements") if isinstance(section, dict) else None
    if not trouble.counted(elements, 0, 1000, f"{where}/elements"):
        return
    for place, leaf in enumerate(elements or []):
        _leaf(leaf, trouble, f"{where}/elements/{place}")


def _leaf(leaf: Any, trouble: Trouble, where: str) -> None:
    kind = leaf.get("type") if isinstance(leaf, dict) else None
    if kind not in LEAF_FIELDS:
        trouble.add(f"unsupported type: {kind}", f"{where}/type")
        return
    name, expected = LEAF_FIELDS[kind]
    if not isinstance(leaf.get(name), expected):
        trouble.add(f"missing required field: {name}", where)
    elif kind == "text":
        trouble.filled(leaf["text"], f"{where}/text")
    if kind == "date":
        trouble.filled(leaf.get("format"), f"{where}/format")
    for style in leaf.get("style") or {}:
        if style not in STYLES:
            trouble.add(f"invalid additional property: {style}", f"{where}/style")
