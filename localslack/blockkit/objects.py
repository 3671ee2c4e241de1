"""Composition objects. Each table stands as its page does under docs.slack.dev/reference/block-kit."""

from typing import Any

from localslack.blockkit.problems import Report
from localslack.blockkit.rules import (
    DOCS,
    Json,
    Needed,
    Rule,
    Shape,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    items,
    list_of,
    one_of,
    string,
)

PAGES = f"{DOCS}/composition-objects"
URL = string(1, 3000)


def plain(most: int = 3000) -> Rule:
    return by_type({"plain_text": _plain_text(most)})


def text(most: int = 3000) -> Rule:
    return by_type({"plain_text": _plain_text(most), "mrkdwn": _mrkdwn(most)})


def _plain_text(most: int) -> Shape:
    return Shape(f"{PAGES}/text-object", {"text": Needed(string(1, most)), "emoji": boolean})


def _mrkdwn(most: int) -> Shape:
    return Shape(f"{PAGES}/text-object", {"text": Needed(string(1, most)), "verbatim": boolean})


STYLE = one_of("primary", "danger")

CONFIRM = Shape(
    f"{PAGES}/confirmation-dialog-object",
    {
        "title": Needed(plain(100)),
        "text": Needed(text(300)),
        "confirm": Needed(plain(30)),
        "deny": Needed(plain(30)),
        "style": STYLE,
    },
)

# mrkdwn is for checkboxes and radio buttons alone, a url for overflow menus
OPTION_PAGE = f"{PAGES}/option-object"
OPTION = Shape(
    OPTION_PAGE,
    {"text": Needed(plain(75)), "value": Needed(string(0, 150)), "description": plain(75)},
)
OPTION_OF_OVERFLOW = Shape(
    OPTION_PAGE,
    {"text": Needed(plain(75)), "value": Needed(string(0, 150)), "description": plain(75), "url": string(0, 3000)},
)
OPTION_WITH_MRKDWN = Shape(
    OPTION_PAGE,
    {"text": Needed(text(75)), "value": Needed(string(0, 150)), "description": text(75)},
)
OPTION_GROUP = Shape(
    f"{PAGES}/option-group-object",
    {"label": Needed(plain(75)), "options": Needed(list_of(OPTION, 1, 100))},
)

FILTER = Shape(
    f"{PAGES}/conversation-filter-object",
    {
        "include": list_of(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

DISPATCH_ACTION_CONFIG = Shape(
    f"{PAGES}/dispatch-action-configuration-object",
    {"trigger_actions_on": Needed(list_of(one_of("on_enter_pressed", "on_character_entered"), 1, 2))},
)

SLACK_FILE = Shape(f"{PAGES}/slack-file-object", {"id": string(1), "url": string(1)}, exactly_one("id", "url"))

WORKFLOW = Shape(
    f"{PAGES}/workflow-object",
    {
        "trigger": Needed(
            Shape(
                f"{PAGES}/trigger-object",
                {
                    "url": Needed(string(1)),
                    "customizable_input_parameters": list_of(
                        Shape(f"{PAGES}/input-parameter-object", {"name": Needed(string(1)), "value": Needed(string())})
                    ),
                },
            )
        )
    },
)

SLACK_ICON_NAMES = (
    "archive", "book", "bookmark", "bot", "bug", "calendar", "call", "caret-left", "caret-right", "check", "clipboard",
    "code", "comment", "compass", "copy", "cube", "download", "edit", "email", "eye-closed", "eye-open", "file", "flag",
    "folder", "gear", "globe", "heart", "help", "image", "info", "key", "lightbulb", "link", "map", "mobile",
    "new-window", "pin", "plus", "refine", "refresh", "rocket", "save", "screen", "share", "sparkle", "star",
    "star-filled", "tag", "thumbs-down", "thumbs-up", "trash", "upload", "user", "warning",
)  # fmt: skip
SLACK_ICON = by_type({"icon": Shape(f"{PAGES}/slack-icon-object", {"name": Needed(one_of(*SLACK_ICON_NAMES))})})


def initial_among_options(value: Json, where: str, report: Report) -> None:
    """What is chosen at first is one of the options of the element or of its groups."""
    offered = {_identity(option) for option in _offered(value)} | {None}
    for name, chosen in (
        ("initial_option", [value.get("initial_option")]),
        ("initial_options", items(value, "initial_options")),
    ):
        if not offered.issuperset(map(_identity, chosen)):
            report.add("must be one of the provided options", f"{where}/{name}")


def _offered(element: Json) -> list[Any]:
    grouped = [option for group in items(element, "option_groups") for option in items(group, "options")]
    return items(element, "options") + grouped


def _identity(option: Any) -> tuple[str, str] | None:
    """By value and text; none for what is no option, about which its own rule complains."""
    if not isinstance(option, dict) or not isinstance(option.get("text"), dict):
        return None
    value, label = option.get("value"), option["text"].get("text")
    return (value, label) if isinstance(value, str) and isinstance(label, str) else None
