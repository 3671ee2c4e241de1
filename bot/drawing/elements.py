"""Pieces of rich text, and the buttons and menus beside them: data as Slack takes it, with nothing in it to parse."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from markupsafe import Markup

from bot.drawing.fitting import clip
from bot.drawing.masking import visible
from bot.store.models import JSON

ELEMENT, BLOCK = re.compile("\ue000([0-9]+)\ue001"), re.compile("\ue002([0-9]+)\ue003")
SPACES = re.compile(r"\s+")
HEADER_LIMIT, BUTTON_LIMIT, TEXT_LIMIT = 150, 75, 2900  # characters, as Slack documents them
NAMELESS = "(no name)"  # Slack refuses a header or a button that says nothing


def plain_text(text: str, limit: int) -> JSON:
    """A text object that Slack parses for nothing, never empty and of at most `limit` characters."""
    return {"type": "plain_text", "text": clip(visible(text).strip(), limit) or NAMELESS, "emoji": False}


class Element(dict[str, Any]):
    """A piece of rich text."""


def text_element(said: str, **style: bool) -> Element:
    shown = clip(visible(str(said)), TEXT_LIMIT)
    return Element(type="text", text=shown, style=style) if style else Element(type="text", text=shown)


def bold(text: object) -> Element:
    return text_element(str(text), bold=True)


def user_mention(slack_user_id: str) -> Element:
    return Element(type="user", user_id=slack_user_id)


def group_mention(group_id: str) -> Element:
    """A Slack user group: everybody in it is notified."""
    return Element(type="usergroup", usergroup_id=group_id)


# Only what the bot builds itself; ids come from Stripe and Slack and hold nothing else.
OWN_LINK = re.compile(
    r"https://dashboard\.stripe\.com/[a-z/]+/[A-Za-z0-9_]+|https?://[A-Za-z0-9.:-]+/archives/[CDG][A-Z0-9]+/p[0-9]+"
)


def link(url: str | None, text: str) -> Element:
    """A link to an address that the bot built. Without one, or with any other, it stays text."""
    shown = clip(visible(text), TEXT_LIMIT)
    return Element(type="link", url=url, text=shown) if url and OWN_LINK.fullmatch(url) else text_element(shown)


def date(moment: dt.datetime | float, form: str) -> Element:
    instant = moment if isinstance(moment, dt.datetime) else dt.datetime.fromtimestamp(moment, dt.UTC)
    fallback = f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return Element(type="date", timestamp=int(instant.timestamp()), format=form, fallback=fallback)


def time(moment: dt.datetime | float) -> Element:
    return date(moment, "{time}")


def clock(moment: dt.datetime | float) -> Element:
    return date(moment, "{time_secs}")


def when(moment: dt.datetime | float) -> Element:
    return date(moment, "{date_short_pretty} at {time}")


def from_now(moment: dt.datetime | float) -> Element:
    """`in 3 hours`, `2 days ago`: as it is when somebody reads it."""
    return date(moment, "{ago}")


# What was built so far of what is being drawn. Through Jinja, which knows only text, go their numbers, each between two
# characters that no value may contain.
_BUILT: ContextVar[list[JSON]] = ContextVar("built")


@contextmanager
def drawing() -> Iterator[None]:
    """In it, builders may be called and what they built be read again."""
    before = _BUILT.set([])
    try:
        yield
    finally:
        _BUILT.reset(before)


def _kept(piece: JSON) -> int:
    built = _BUILT.get()
    built.append(piece)
    return len(built) - 1


def encode(element: Element) -> Markup:
    return Markup(f"\ue000{_kept(element)}\ue001")  # noqa: S704 - a number between our own marks


def encode_block(block: JSON) -> Markup:
    return Markup(f"\ue002{_kept(block)}\ue003")  # noqa: S704


def blocks_in(body: str) -> list[JSON]:
    """The blocks of a template, in their order."""
    built = _BUILT.get()
    return [built[int(number)] for number in BLOCK.findall(body)]


def outside_blocks(body: str) -> str:
    """What a template says beside them, which is a mistake in it."""
    return BLOCK.sub("", body).strip()


def decode(body: str) -> list[Element]:
    """Template prose and the values in it, as elements of rich text in their order."""
    elements: list[Element] = []
    position, body, built = 0, str(body), _BUILT.get()  # a piece of `Markup` would be made `Markup` each time
    for found in ELEMENT.finditer(body):
        _add_prose(elements, body[position : found.start()])
        element = Element(built[int(found[1])])  # its own, since it may be trimmed
        if element.get("text") != "":  # Slack refuses empty ones
            elements.append(element)
        position = found.end()
    _add_prose(elements, body[position:])
    _trim(elements)
    return elements


def _add_prose(elements: list[Element], prose: str) -> None:
    if prose:
        elements.append(Element(type="text", text=SPACES.sub(" ", prose)))


def _trim(elements: list[Element]) -> None:
    for index, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while elements and elements[index]["type"] == "text":
            elements[index]["text"] = strip(elements[index]["text"])
            if elements[index]["text"]:
                break
            elements.pop(index)


def plain(elements: Iterable[JSON]) -> str:
    """Elements as text without any markup."""
    return "".join(
        str(item.get("text") or item.get("fallback") or f"@{item.get('user_id') or item.get('usergroup_id', '')}")
        for item in elements
    )


def words(text: str) -> str:
    """What a template printed, or a text as it is."""
    return plain(decode(text)) if isinstance(text, Markup) else text


def button(text: str, action: str, value: object, style: str | None = None, label: str | None = None) -> JSON:
    """A button: `action` is its action_id, `value` an opaque id; `label` what a screen reader says."""
    made: JSON = {
        "type": "button",
        "action_id": action,
        "value": str(value),
        "text": plain_text(words(text), BUTTON_LIMIT),
    }
    if style:
        made["style"] = style
    if label:
        made["accessibility_label"] = clip(visible(words(label)), BUTTON_LIMIT)
    return made


def menu(name: str, entries: Iterable[tuple[str, str, object]], label: str | None = None) -> JSON:
    """A menu behind three dots, or behind `label`. An entry has the text, action and opaque id of a button."""
    options = [
        {"text": plain_text(text, BUTTON_LIMIT), "value": f"{action}|{value}"} for text, action, value in entries
    ]
    if label is None:
        return {"type": "overflow", "action_id": f"menu:{name}", "options": options}
    placeholder = plain_text(label, BUTTON_LIMIT)
    return {"type": "static_select", "action_id": f"menu:{name}", "placeholder": placeholder, "options": options}
