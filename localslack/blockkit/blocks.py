"""Layout blocks, and the surfaces each may stand on, as the pages under docs.slack.dev/reference/block-kit/blocks say.

Where a page is silent about surfaces, the ones are listed that blocks.validate, Slack's own method, takes it on
(https://github.com/nicklambourne/slackblocks/blob/master/spec/vocabulary.json).
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from localslack.blockkit.cards import ALERT, AN_IMAGE, CARD, CAROUSEL, PLAN, TASK_CARD, auth_provider
from localslack.blockkit.data import DATA_TABLE, DATA_VISUALIZATION, TABLE
from localslack.blockkit.elements import (
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    element,
)
from localslack.blockkit.objects import SLACK_FILE, URL, plain, text
from localslack.blockkit.problems import Report, Surface
from localslack.blockkit.rich_text import RICH_TEXT
from localslack.blockkit.rules import (
    BLOCK_ID,
    DOCS,
    Json,
    Needed,
    Rule,
    Shape,
    anything,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    integer,
    kind_of,
    list_of,
    one_of,
    placed,
    string,
    unique,
)

PAGES = f"{DOCS}/blocks"


class Block(NamedTuple):
    shape: Shape
    surfaces: tuple[Surface, ...]


EVERYWHERE: tuple[Surface, ...] = ("message", "modal", "home")
MESSAGES: tuple[Surface, ...] = ("message",)
MODALS: tuple[Surface, ...] = ("modal",)
NOT_IN_MODALS: tuple[Surface, ...] = ("message", "home")

BLOCKS: dict[str, Block] = {}


def block_among(kinds: Collection[str] = BLOCKS) -> Rule:
    """One of these blocks, where its surface has them and the workspace does not refuse them."""

    def rule(value: Any, where: str, report: Report) -> None:
        kind = kind_of(value, where, report)
        if kind is None:
            return
        known = BLOCKS.get(kind) if kind in kinds and kind not in report.refused else None
        if known is None or report.surface not in known.surfaces:
            report.add(f"unsupported type: {kind}", f"{where}/type")
        else:
            known.shape(value, where, report)

    return rule


def _text_or_fields(section: Json, where: str, report: Report) -> None:
    if "text" not in section and "fields" not in section:
        report.add("must define either `text` or `fields`", f"{where}/type")


def _files_are_sent_with_the_form(block: Json, where: str, report: Report) -> None:
    held = block.get("element")
    if not isinstance(held, dict) or held.get("type") != "file_input":
        return
    if block.get("dispatch_action") is True:
        report.add("`dispatch_action` cannot be used with a file_input", f"{where}/dispatch_action")
    if report.surface != "modal":
        report.add("unsupported type: file_input", f"{where}/element/type")


def _collapsing(container: Json, where: str, report: Report) -> None:
    collapsible = container.get("is_collapsible") is True
    if container.get("default_collapsed") is True and not collapsible:
        report.add("requires `is_collapsible`", f"{where}/default_collapsed")
    if container.get("has_header_divider") is True and collapsible:
        report.add("cannot be used with `is_collapsible`", f"{where}/has_header_divider")


IN_CONTAINER = (
    "actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video",
)  # fmt: skip

BLOCKS |= {
    "actions": Block(
        Shape(
            f"{PAGES}/actions-block",
            {"block_id": BLOCK_ID, "elements": Needed(list_of(element(IN_ACTIONS), 1, 25))},
            unique("action_id", placed("elements")),
        ),
        EVERYWHERE,
    ),
    "alert": Block(ALERT, MODALS),
    "call": Block(  # https://docs.slack.dev/apis/web-api/using-the-calls-api
        Shape(
            PAGES,
            {
                "block_id": BLOCK_ID,
                "call_id": Needed(string(1)),
                "api_decoration_available": boolean,
                "call": anything,
            },
        ),
        MESSAGES,
    ),
    "card": Block(CARD, EVERYWHERE),
    "carousel": Block(CAROUSEL, NOT_IN_MODALS),
    "container": Block(
        Shape(
            f"{PAGES}/container-block",
            {
                "block_id": BLOCK_ID,
                "title": plain(150),
                "rich_text_title": by_type({"rich_text": RICH_TEXT}),
                "subtitle": text(150),
                "child_blocks": Needed(list_of(block_among(IN_CONTAINER), 1, 10)),
                "width": one_of("narrow", "standard", "wide", "full"),
                "icon": AN_IMAGE,
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
            at_least_one("title", "rich_text_title"),
            _collapsing,
        ),
        NOT_IN_MODALS,
    ),
    "context": Block(
        Shape(
            f"{PAGES}/context-block",
            {
                "block_id": BLOCK_ID,
                "elements": Needed(list_of(by_type({"image": IMAGE, "plain_text": text(), "mrkdwn": text()}), 1, 10)),
            },
        ),
        EVERYWHERE,
    ),
    "context_actions": Block(
        Shape(
            f"{PAGES}/context-actions-block",
            {"block_id": BLOCK_ID, "elements": Needed(list_of(element(IN_CONTEXT_ACTIONS), 1, 5))},
            unique("action_id", placed("elements")),
        ),
        MESSAGES,
    ),
    "data_table": Block(DATA_TABLE, NOT_IN_MODALS),
    "data_visualization": Block(DATA_VISUALIZATION, NOT_IN_MODALS),
    "divider": Block(Shape(f"{PAGES}/divider-block", {"block_id": BLOCK_ID}), EVERYWHERE),
    "file": Block(
        Shape(
            f"{PAGES}/file-block",
            {"block_id": BLOCK_ID, "external_id": Needed(string(1)), "source": Needed(one_of("remote"))},
        ),
        MESSAGES,
    ),
    "header": Block(
        Shape(f"{PAGES}/header-block", {"block_id": BLOCK_ID, "text": Needed(plain(150)), "level": integer()}),
        EVERYWHERE,
    ),
    "image": Block(
        Shape(
            f"{PAGES}/image-block",
            {
                "block_id": BLOCK_ID,
                "alt_text": Needed(string(1, 2000)),
                "image_url": URL,
                "slack_file": SLACK_FILE,
                "title": plain(2000),
            },
            exactly_one("image_url", "slack_file"),
        ),
        EVERYWHERE,
    ),
    "input": Block(
        Shape(
            f"{PAGES}/input-block",
            {
                "block_id": BLOCK_ID,
                "label": Needed(plain(2000)),
                "element": Needed(element(IN_INPUT)),
                "dispatch_action": boolean,
                "hint": plain(2000),
                "optional": boolean,
            },
            _files_are_sent_with_the_form,
        ),
        EVERYWHERE,
    ),
    # its length is limited over all of them: see totals
    "markdown": Block(Shape(f"{PAGES}/markdown-block", {"block_id": BLOCK_ID, "text": Needed(string())}), MESSAGES),
    "plan": Block(PLAN, MESSAGES),
    "rich_text": Block(RICH_TEXT, EVERYWHERE),
    "section": Block(
        Shape(
            f"{PAGES}/section-block",
            {
                "block_id": BLOCK_ID,
                "text": text(3000),
                "fields": list_of(text(2000), 1, 10),
                "accessory": element(IN_SECTION),
                "expand": boolean,
            },
            _text_or_fields,
        ),
        EVERYWHERE,
    ),
    "table": Block(TABLE, NOT_IN_MODALS),
    "task_card": Block(TASK_CARD, MESSAGES),
    "video": Block(
        Shape(
            f"{PAGES}/video-block",
            {
                "block_id": BLOCK_ID,
                "alt_text": Needed(string(0, 2000)),
                "title": Needed(plain(200)),
                "video_url": Needed(URL),
                "thumbnail_url": Needed(URL),
                "title_url": string(0, 2000),
                "author_name": string(0, 50),
                "provider_name": string(0, 50),
                "provider_icon_url": string(0, 2000),
                "description": plain(200),
            },
        ),
        EVERYWHERE,
    ),
}
# what older clients show in its place is any block but itself
BLOCKS["auth_provider"] = Block(auth_provider(list_of(block_among(tuple(BLOCKS)))), EVERYWHERE)
