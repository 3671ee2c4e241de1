"""Block Kit's interactive elements and the objects inside them: texts, options, confirmations."""

from collections.abc import Collection
from typing import Any

from bot.demo.slack.blockkit.trouble import Trouble
from bot.demo.slack.workspace.model import Json

OPTIONS_ALLOWED = {
    "static_select": 100,
    "multi_static_select": 100,
    "overflow": 5,
    "checkboxes": 10,
    "radio_buttons": 10,
}
NO_ACTION_ID = {"image"}
TEXT_KINDS = {"mrkdwn", "plain_text"}


def check_text(text: Any, trouble: Trouble, where: str, most: int, *, plain: bool = False) -> None:
    """A text object of 1 to `most` characters; `plain` where mrkdwn is refused."""
    if not isinstance(text, dict):
        trouble.add("missing required text object", where)
        return
    kind = text.get("type")
    if kind not in ({"plain_text"} if plain else TEXT_KINDS):
        trouble.add(f"unsupported type: {kind}", f"{where}/type")
    trouble.filled(text.get("text"), f"{where}/text")
    trouble.longest(text.get("text"), most, f"{where}/text")
    if kind == "mrkdwn" and "emoji" in text:
        trouble.add("invalid additional property: emoji", where)


def check_element(element: Any, trouble: Trouble, where: str, allowed: Collection[str]) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        trouble.add(f"unsupported type: {kind}", f"{where}/type")
        return
    if kind not in NO_ACTION_ID:
        trouble.longest(element.get("action_id"), 255, f"{where}/action_id")
    if kind == "button":
        _button(element, trouble, where)
    elif kind == "image":
        _image(element, trouble, where)
    elif kind in OPTIONS_ALLOWED:
        _chooser(element, trouble, where)
    if element.get("placeholder") is not None:
        check_text(element["placeholder"], trouble, f"{where}/placeholder", 150, plain=True)
    if element.get("confirm") is not None:
        _confirm(element["confirm"], trouble, f"{where}/confirm")


def _button(element: Json, trouble: Trouble, where: str) -> None:
    check_text(element.get("text"), trouble, f"{where}/text", 75, plain=True)
    trouble.longest(element.get("value"), 2000, f"{where}/value")
    trouble.longest(element.get("url"), 3000, f"{where}/url")
    trouble.longest(element.get("accessibility_label"), 75, f"{where}/accessibility_label")
    if element.get("style") not in (None, "primary", "danger"):
        trouble.add("must be one of primary, danger", f"{where}/style")


def _image(element: Json, trouble: Trouble, where: str) -> None:
    if not element.get("image_url") and not element.get("slack_file"):
        trouble.add("missing required field: image_url", where)
    trouble.longest(element.get("image_url"), 3000, f"{where}/image_url")
    trouble.filled(element.get("alt_text"), f"{where}/alt_text")
    trouble.longest(element.get("alt_text"), 2000, f"{where}/alt_text")


def _chooser(element: Json, trouble: Trouble, where: str) -> None:
    groups = element.get("option_groups")
    if groups is not None:
        if trouble.counted(groups, 1, 100, f"{where}/option_groups"):
            for place, group in enumerate(groups):
                check_text(group.get("label"), trouble, f"{where}/option_groups/{place}/label", 75, plain=True)
                _options(group, trouble, f"{where}/option_groups/{place}", 100)
        return
    _options(element, trouble, where, OPTIONS_ALLOWED[element["type"]])


def _options(holder: Json, trouble: Trouble, where: str, most: int) -> None:
    if not trouble.counted(holder.get("options"), 1, most, f"{where}/options"):
        return
    for place, option in enumerate(holder["options"]):
        check_option(option, trouble, f"{where}/options/{place}")


def check_option(option: Any, trouble: Trouble, where: str) -> None:
    if not isinstance(option, dict):
        trouble.add("must be an option object", where)
        return
    check_text(option.get("text"), trouble, f"{where}/text", 75)
    trouble.filled(option.get("value"), f"{where}/value")
    trouble.longest(option.get("value"), 150, f"{where}/value")
    if option.get("description") is not None:
        check_text(option["description"], trouble, f"{where}/description", 75)


def _confirm(confirm: Any, trouble: Trouble, where: str) -> None:
    if not isinstance(confirm, dict):
        trouble.add("must be a confirmation object", where)
        return
    check_text(confirm.get("title"), trouble, f"{where}/title", 100, plain=True)
    check_text(confirm.get("text"), trouble, f"{where}/text", 300)
    check_text(confirm.get("confirm"), trouble, f"{where}/confirm", 30, plain=True)
    check_text(confirm.get("deny"), trouble, f"{where}/deny", 30, plain=True)
