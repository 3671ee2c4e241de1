"""Blocks of 2026: alert, card, carousel, task_card, plan and auth_provider, each as its page documents it."""

from collections.abc import Mapping

from localslack.blockkit.elements import BUTTON, ELEMENTS, IMAGE
from localslack.blockkit.objects import SLACK_ICON, URL, plain, text
from localslack.blockkit.problems import Report
from localslack.blockkit.rich_text import RICH_TEXT
from localslack.blockkit.rules import (
    BLOCK_ID,
    DOCS,
    Json,
    Needed,
    Rule,
    Shape,
    at_least_one,
    boolean,
    by_type,
    list_of,
    one_of,
    placed,
    string,
    unique,
)

PAGES = f"{DOCS}/blocks"
AN_IMAGE = by_type({"image": IMAGE})

ALERT = Shape(
    f"{PAGES}/alert-block",
    {
        "block_id": BLOCK_ID,
        "text": Needed(text(200)),
        "level": one_of("default", "info", "warning", "error", "success"),
    },
)


def _one_icon(card: Json, where: str, report: Report) -> None:
    if "icon" in card and "slack_icon" in card:
        report.add("must define either `icon` or `slack_icon`", where)


CARD = Shape(
    f"{PAGES}/card-block",
    {
        "block_id": BLOCK_ID,
        "hero_image": AN_IMAGE,
        "icon": AN_IMAGE,
        "slack_icon": SLACK_ICON,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": list_of(by_type({"button": BUTTON}), 1, 3),
    },
    at_least_one("hero_image", "title", "actions", "body"),
    _one_icon,
    unique("action_id", placed("actions")),
)
CAROUSEL = Shape(
    f"{PAGES}/carousel-block", {"block_id": BLOCK_ID, "elements": Needed(list_of(by_type({"card": CARD}), 1, 10))}
)

TASK: Mapping[str, Rule | Needed] = {
    "block_id": BLOCK_ID,
    "task_id": Needed(string(1)),
    "title": Needed(string(1)),
    "details": by_type({"rich_text": RICH_TEXT}),
    "output": by_type({"rich_text": RICH_TEXT}),
    "sources": list_of(
        by_type(
            {"url": Shape(f"{DOCS}/block-elements/url-source-element", {"url": Needed(string()), "text": string()})}
        )
    ),
}
# a task that waits has a plan to wait in: blocks.validate refuses it alone
TASK_CARD = Shape(f"{PAGES}/task-card-block", {**TASK, "status": Needed(one_of("in_progress", "complete", "error"))})
TASK_OF_PLAN = Shape(
    f"{PAGES}/task-card-block", {**TASK, "status": Needed(one_of("pending", "in_progress", "complete", "error"))}
)
PLAN = Shape(
    f"{PAGES}/plan-block",
    {
        "block_id": BLOCK_ID,
        "title": Needed(string(1)),
        "tasks": Needed(list_of(by_type({"task_card": TASK_OF_PLAN}), 0, 50)),
    },
    unique("task_id", placed("tasks")),
)


def auth_provider(fallback: Rule) -> Shape:
    return Shape(
        f"{PAGES}/auth-provider-block",
        {
            "block_id": BLOCK_ID,
            "value": Needed(string(1, 150)),
            "name": Needed(plain(75)),
            "is_connected": Needed(boolean),
            "description": plain(150),
            "icon_url": URL,
            "auth_url": URL,
            "disconnect_url": URL,
            "connected_identity": plain(75),
            "connected_context": plain(75),
            "accessory": by_type({"overflow": ELEMENTS["overflow"]}),
            "fallback": fallback,
        },
        strict=False,
    )
