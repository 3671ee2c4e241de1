"""What Slack checks on arrival: the blocks of a surface, whole messages, views, and answers to a type-ahead."""

from collections.abc import Collection, Mapping
from typing import Any

from localslack.blockkit.blocks import block_among
from localslack.blockkit.objects import OPTION, OPTION_GROUP, plain
from localslack.blockkit.problems import Problem, Report, Surface
from localslack.blockkit.rules import (
    Json,
    Needed,
    Rule,
    Shape,
    boolean,
    by_type,
    exactly_one,
    items,
    list_of,
    string,
)
from localslack.blockkit.totals import check_focus, check_totals, unique_block_ids

VIEWS = "https://docs.slack.dev/reference/views"
VIEW_TOO_LARGE = "view_too_large"
VIEW_BYTES = 250 * 1024
BLOCKS_ALLOWED: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
CHECKED_BLOCKS = {surface: list_of(block_among(), 0, most) for surface, most in BLOCKS_ALLOWED.items()}


def check_blocks(blocks: Any, surface: Surface, refused: Collection[str] = (), where: str = "/blocks") -> list[Problem]:
    """Blocks for that surface; `refused` are the types of blocks that the workspace does not know."""
    report = Report(surface, refused)
    _blocks(blocks, where, report)
    if surface == "message":
        check_totals(_list(blocks), where, report)
    return report.problems


def check_message(payload: Any, refused: Collection[str] = ()) -> list[Problem]:
    """What chat.postMessage and its like are sent: text, blocks, attachments with blocks; one of them at least.

    The 40,000 characters that text may have are not looked at: to them the method itself answers msg_too_long.
    """
    report = Report("message", refused)
    if not isinstance(payload, dict):
        report.add("must provide an object", "")
        return report.problems
    MESSAGE(payload, "", report)
    if not any(payload.get(name) for name in ("text", "blocks", "attachments")):
        report.add("no_text", "")
    attached = [block for attachment in items(payload, "attachments") for block in items(attachment, "blocks")]
    check_totals(items(payload, "blocks") + attached, "/blocks", report)
    return report.problems


def check_view(view: Any, refused: Collection[str] = ()) -> list[Problem]:
    """A view as views.open, push, update and publish take it, and as response_action update and push send it."""
    home = isinstance(view, dict) and view.get("type") == "home"
    report = Report("home" if home else "modal", refused)
    by_type({"modal": MODAL, "home": HOME})(view, "/view", report)
    if isinstance(view, dict):
        check_focus(items(view, "blocks"), "/view/blocks", report)
    if not report.problems and _size(view) > VIEW_BYTES:
        report.add(VIEW_TOO_LARGE, "/view")
    return report.problems


def check_options(answer: Any) -> list[Problem]:
    """The answer to a block_suggestion."""
    report = Report("modal")
    OPTIONS(answer, "", report)
    return report.problems


def _blocks(blocks: Any, where: str, report: Report) -> None:
    CHECKED_BLOCKS[report.surface](blocks, where, report)
    unique_block_ids(_list(blocks), where, report)


def _size(view: Any) -> int:
    """Bytes of it as JSON, near enough: escapes are not counted, nor the digits of numbers."""
    size, waiting = 0, [view]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            size += len(part.encode("utf-8", "surrogatepass")) + len('"",')
        elif isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            waiting += part
        size += 2
    return size


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _submit_for_inputs(view: Json, where: str, report: Report) -> None:
    if "submit" in view:
        return
    for place, block in enumerate(items(view, "blocks")):
        if isinstance(block, dict) and block.get("type") == "input":
            report.add("must define `submit` to use an `input` block in modals", f"{where}/blocks/{place}/input")


def _without_buttons(view: Json, where: str, report: Report) -> None:
    for name in ("submit", "close"):
        if name in view:
            report.add(f"invalid additional property: {name}", where)


VIEW_FIELDS: Mapping[str, Rule | Needed] = {
    "blocks": Needed(_blocks),
    "private_metadata": string(0, 3000),
    "callback_id": string(0, 255),
    "external_id": string(0, 255),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
}
# not strict: what views.open returned can be sent back
MODAL = Shape(
    f"{VIEWS}/modal-views",
    {
        **VIEW_FIELDS,
        "title": Needed(plain(24)),
        "close": plain(24),
        "submit": plain(24),
        "submit_disabled": boolean,
    },
    _submit_for_inputs,
    strict=False,
)
HOME = Shape(f"{VIEWS}/home-tab-views", {**VIEW_FIELDS, "title": plain(24)}, _without_buttons, strict=False)

MESSAGE = Shape(
    "https://docs.slack.dev/reference/methods/chat.postMessage",
    {
        "text": string(),
        "blocks": _blocks,
        "attachments": list_of(
            Shape("https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments",
                  {"blocks": _blocks}, strict=False), 0, 100),
    },
    strict=False,
)  # fmt: skip

OPTIONS = Shape(
    "https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element",
    {"options": list_of(OPTION, 0, 100), "option_groups": list_of(OPTION_GROUP, 0, 100)},
    exactly_one("options", "option_groups"),
    strict=False,
)
