"""Jinja2 templates → Block Kit. Nothing that somebody typed can become markup here, by construction.

A template's own words are prose; a value between them becomes an element of rich text, which Slack parses for
nothing. No mrkdwn is ever written. Values travel through Jinja as JSON between private-use characters, which no
value may contain, and are taken apart again by the block builders (`header`, `line`, `facts`, `buttons` …).
The plain text that notifications and screen readers use is derived from the finished blocks, after they were fitted
to what Slack takes (bot/fitting.py).
"""

import datetime as dt
import functools
import ipaddress
import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot import charts
from bot.actions.impact import Fact
from bot.fitting import FEW, MESSAGE, VIEW, clip, few, fitted, further
from bot.personal import Moment, Part, Personal
from bot.store.models import JSON

ELEMENT = re.compile("\ue000(.*?)\ue001", re.DOTALL)
BLOCK = re.compile("\ue002(.*?)\ue003", re.DOTALL)
HEADER_LIMIT, BUTTON_LIMIT, TEXT_LIMIT = 150, 75, 2900  # characters, as Slack documents them
NAMELESS = "(no name)"  # Slack refuses a header or a button that says nothing

# What Unicode lets a renderer leave out (Default_Ignorable_Code_Point), beside everything of the category Cf; and the
# blanks that are letters.
IGNORABLE = set(
    map(chr, [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164, 0xFFA0, 0x2800])
) | set(map(chr, [*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9)]))
NARROW, WIDE = r" \u00a0\u1680\u202f\u205f", r"\u2000-\u200a\u3000"
BLANKS = re.compile(rf" {{4,}}|[{NARROW}]*[{WIDE}][{NARROW}{WIDE}]*")
JOINER, AS_EMOJI = "\u200d", "\ufe0f"
SIGNS = ("So", "Sk", "Sm")  # what emoji and their skin tones are, for Unicode
LINE_BREAKS = {"\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x85"}


def visible(text: str) -> str:
    """The text on one line, with whatever could hide, reorder or forge made visible; blanks push nothing away."""
    typed = text.replace("\r\n", "\n")
    shown = (one if _joins_emoji(typed, place) else _visible(one) for place, one in enumerate(typed))
    return BLANKS.sub(" ", "".join(shown))


def _joins_emoji(text: str, place: int) -> bool:
    """A joiner between two emoji, or the selector that makes a sign one: part of what is honestly seen."""
    if text[place] not in (JOINER, AS_EMOJI) or place == 0:
        return False
    before = unicodedata.category(text[place - 1]) in SIGNS or text[place - 1] == AS_EMOJI
    if text[place] == AS_EMOJI:
        return before
    return before and unicodedata.category(text[place + 1 : place + 2] or " ") in SIGNS


def _visible(character: str) -> str:
    code = ord(character)
    if character in LINE_BREAKS:
        return " ⏎ "
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if 0xE000 <= code <= 0xF8FF or 0xD800 <= code <= 0xDFFF:
        return "�"
    return f"⟨U+{code:04X}⟩" if _hidden(character, code) else character


def _hidden(character: str, code: int) -> bool:
    """Whether there is nothing to see of it."""
    control_or_tag = 0x7F <= code < 0xA0 or 0xE0000 <= code <= 0xE0FFF
    return control_or_tag or character in IGNORABLE or unicodedata.category(character) == "Cf"


def plain_text(text: str, limit: int) -> JSON:
    """A text object that Slack parses for nothing, never empty and of at most `limit` characters."""
    return {"type": "plain_text", "text": clip(visible(text).strip(), limit) or NAMELESS, "emoji": False}


class Clearance(StrEnum):
    """How much of a person's data the reader may see."""

    FULL = "full"
    CHANNEL = "channel"
    """Everybody in a channel: colleagues' names, nothing else."""
    NONE = "none"


def mask(personal: Personal, clearance: Clearance, *, amounts: bool = False) -> str:
    """The one place where personal data and amounts become text (promise 9)."""
    if personal.personal == "amount":
        return personal.value if amounts else "•••"
    if clearance is Clearance.FULL:
        return personal.value
    if personal.personal == "person":
        return personal.value if clearance is Clearance.CHANNEL else _masked_words(personal.value)
    if personal.personal in ("email", "customer"):
        local, at, domain = personal.value.partition("@")
        return f"{local[:1]}•••{at}{domain}"
    return _masked_address(personal.value)


def _masked_words(name: str) -> str:
    return " ".join(f"{word[:1]}•••" for word in name.split())


def _masked_address(address: str) -> str:
    """The network: a /24, or of IPv6 a /48."""
    try:
        whole = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return "•"
    if isinstance(whole, ipaddress.IPv6Address):
        if whole.ipv4_mapped is None:
            return f"{ipaddress.IPv6Network((whole, 48), strict=False).network_address}•"
        whole = whole.ipv4_mapped
    return ".".join([*str(whole).split(".")[:3], "•"])


class Element(dict[str, Any]):
    """A piece of rich text."""


def _text(text: str, **style: bool) -> Element:
    shown = clip(visible(text), TEXT_LIMIT)
    return Element(type="text", text=shown, style=style) if style else Element(type="text", text=shown)


def _bold(text: object) -> Element:
    return _text(str(text), bold=True)


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
    return Element(type="link", url=url, text=shown) if url and OWN_LINK.fullmatch(url) else _text(shown)


def _date(moment: dt.datetime | float, form: str) -> Element:
    instant = moment if isinstance(moment, dt.datetime) else dt.datetime.fromtimestamp(moment, dt.UTC)
    fallback = f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    return Element(type="date", timestamp=int(instant.timestamp()), format=form, fallback=fallback)


def _time(moment: dt.datetime | float) -> Element:
    return _date(moment, "{time}")


def _clock(moment: dt.datetime | float) -> Element:
    return _date(moment, "{time_secs}")


def _when(moment: dt.datetime | float) -> Element:
    return _date(moment, "{date_short_pretty} at {time}")


def _encode(element: Element) -> Markup:
    return Markup(f"\ue000{json.dumps(element)}\ue001")  # noqa: S704 - ASCII JSON between our own marks


def _block(block: JSON) -> Markup:
    return Markup(f"\ue002{json.dumps(block)}\ue003")  # noqa: S704


def _reader(context: Context) -> dict[str, Any]:
    """Who reads: what of personal data they see, and whether amounts."""
    return {"clearance": context.get("clearance", Clearance.NONE), "amounts": context.get("amounts", False)}


def _finalized(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return _encode(value if isinstance(value, Element) else _text(str(value)))


@pass_context
def _finalize(context: Context, value: Any) -> Markup:
    """Every value that a template prints: an element, unless it was built by one of the builders."""
    if isinstance(value, Personal):
        return _encode(_text(masked_text([value], **_reader(context))))
    return _finalized(value)


def _elements(body: str) -> list[Element]:
    """Template prose and the values in it, as elements of rich text in their order."""
    elements: list[Element] = []
    position = 0
    for found in ELEMENT.finditer(body):
        _add_prose(elements, body[position : found.start()])
        element = Element(json.loads(found.group(1)))
        if element.get("text") != "":  # Slack refuses empty ones
            elements.append(element)
        position = found.end()
    _add_prose(elements, body[position:])
    _trim(elements)
    return elements


def _add_prose(elements: list[Element], prose: str) -> None:
    if prose:
        elements.append(Element(type="text", text=re.sub(r"\s+", " ", prose)))


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


def _header(caller: Callable[[], str]) -> Markup:
    return _block({"type": "header", "text": plain_text(plain(_elements(caller())), HEADER_LIMIT)})


def _section(elements: Sequence[Element]) -> JSON:
    return {"type": "rich_text_section", "elements": list(elements)}


def _line(caller: Callable[[], str]) -> Markup:
    elements = _elements(caller())
    return _block({"type": "rich_text", "elements": [_section(elements)]}) if elements else Markup("")


def _rows(caller: Callable[[], str]) -> Markup:
    """The lines in it as one list; where there is no room for all, the last ones are counted."""
    body = caller()
    if stray := BLOCK.sub("", body).strip():
        raise ValueError(f"a list has text outside its lines: {stray[:80]!r}")
    lines = [json.loads(found) for found in BLOCK.findall(body)]
    sections = [section for line in lines for section in line["elements"]]
    return _block({"type": "rich_text", "elements": sections}) if sections else Markup("")


def _quiet(caller: Callable[[], str]) -> Markup:
    """Small print: no dates or mentions, plain text only."""
    text = plain(_elements(caller()))
    return _block({"type": "context", "elements": [plain_text(text, TEXT_LIMIT)]}) if text else Markup("")


@pass_context
def _facts(context: Context, facts: Iterable[Fact]) -> Markup:
    reader = _reader(context)
    sections = [_section([_bold(one.label), *_parts(("   ", *one.parts), **reader)]) for one in facts]
    return _block({"type": "rich_text", "elements": sections}) if sections else Markup("")


@pass_context
def _grid(context: Context, facts: Iterable[Fact], **more: str) -> Markup:
    """Facts side by side: labels in one column, what they say in the other. Messages take one table, views none."""
    rows = [(one.label, list(_parts(one.parts, **_reader(context)))) for one in facts]
    rows += [(label, [_text(text.strip())]) for label, text in more.items() if text]
    cells = [[_cell([_bold(label or NAMELESS)]), _cell(said)] for label, said in rows]
    settings = [{"is_wrapped": False}, {"is_wrapped": True}]
    return _block({"type": "table", "rows": cells, "column_settings": settings}) if cells else Markup("")


def _cell(elements: Sequence[Element]) -> JSON:
    """What is blank in it says so: Slack refuses an empty one."""
    said = [one for one in elements if one.get("text", "?").strip()]
    return {"type": "rich_text", "elements": [_section(said or [_text(NAMELESS)])]}


def _parts(parts: Iterable[Part], clearance: Clearance, *, amounts: bool = False) -> Iterable[Element]:
    """Text as one piece, with the moments in it by the reader's own clock."""
    for is_moment, some in itertools.groupby(parts, lambda part: isinstance(part, Moment)):
        if is_moment:
            yield from (_when(part.moment) for part in some if isinstance(part, Moment))
        else:
            yield _text(masked_text(some, clearance, amounts=amounts))


def masked_text(parts: Iterable[Part], clearance: Clearance, *, amounts: bool = False) -> str:
    return "".join(_as_text(part, clearance, amounts=amounts) for part in parts)


def _as_text(part: Part, clearance: Clearance, *, amounts: bool) -> str:
    """A part where there is only text: a moment by the clock that all share."""
    if isinstance(part, Moment):
        return f"{part.moment.astimezone(dt.UTC):%-d %b %H:%M} UTC"
    return part if isinstance(part, str) else mask(part, clearance, amounts=amounts)


@pass_context
def _masked(context: Context, parts: Iterable[Part]) -> str:
    return masked_text(parts, **_reader(context))


@pass_context
def _said(context: Context, parts: Iterable[str | dict[str, str]]) -> str:
    """Parts as they were stored in a context: JSON."""
    return masked_text(
        (part if isinstance(part, str) else Personal.model_validate(part) for part in parts), **_reader(context)
    )


def _words(text: str) -> str:
    """What a template printed, or a text as it is."""
    return plain(_elements(text)) if isinstance(text, Markup) else text


def button(text: str, action: str, value: object, style: str | None = None, label: str | None = None) -> JSON:
    """A button: `action` is its action_id, `value` an opaque id; `label` what a screen reader says."""
    made: JSON = {
        "type": "button",
        "action_id": action,
        "value": str(value),
        "text": plain_text(_words(text), BUTTON_LIMIT),
    }
    if style:
        made["style"] = style
    if label:
        made["accessibility_label"] = clip(visible(_words(label)), BUTTON_LIMIT)
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


def _buttons(*buttons: JSON | None) -> Markup:
    shown = [one for one in buttons if one]
    return _block({"type": "actions", "elements": shown}) if shown else Markup("")


def _joined(items: Iterable[object]) -> Markup:
    """Values of a template side by side, each as it is: names, mentions, links."""
    return Markup(", ").join(_finalized(one) for one in items)


def _divider() -> Markup:
    return _block({"type": "divider"})


def _ago(seconds: float) -> str:
    """A duration in words: `40 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h".replace(".0 h", " h")


def listed(names: Sequence[str], last: str = "or") -> str:
    if len(names) > FEW:
        return ", ".join(few(names)) + further(names)
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def templates_folder() -> Path:
    """In the wheel beside the code, in a checkout beside the package."""
    package = Path(__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@functools.cache
def _environment(folder: Path) -> Environment:
    """One a process: templates are compiled once, however many bots are made."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        header=_header,
        line=_line,
        rows=_rows,
        quiet=_quiet,
        facts=_facts,
        grid=_grid,
        button=button,
        buttons=_buttons,
        menu=menu,
        divider=_divider,
        chart=_block,
        bold=_bold,
        user=user_mention,
        time=_time,
        clock=_clock,
        when=_when,
        masked=_masked,
        said=_said,
        link=link,
        personal=lambda kind, value: Personal(personal=kind, value=value),
    )
    environment.filters.update(ago=_ago, listed=listed, few=few, further=further, joined=_joined)
    return environment


class Renderer:
    """Templates by name → {"text", "blocks"}."""

    def __init__(self, folder: Path | None = None) -> None:
        self._environment = _environment(folder or templates_folder())

    def blocks(
        self, template: str, clearance: Clearance = Clearance.NONE, *, room: int = VIEW, **context: Any
    ) -> list[JSON]:
        """The blocks of one template, with room for them in a view. Prose outside a builder is an error in it."""
        output = self._environment.get_template(template).render(clearance=clearance, **context)
        stray = BLOCK.sub("", output).strip()
        if stray:
            raise ValueError(f"{template} has text outside a block: {stray[:80]!r}")
        return fitted([json.loads(found) for found in BLOCK.findall(output)], room)

    def title(self, template: str, context: dict[str, Any]) -> str:
        """An action's title in plain text, for lists."""
        module = self._environment.get_template(template).make_module({"clearance": Clearance.CHANNEL, **context})
        return plain(_elements(module.title()))  # type: ignore[attr-defined]

    def message(self, template: str, clearance: Clearance = Clearance.NONE, **context: Any) -> JSON:
        """A message: its blocks, and the same in words for notifications and screen readers."""
        blocks = self.blocks(template, clearance, room=MESSAGE, **context)
        return {"text": fallback(blocks), "blocks": blocks}


def fallback(blocks: Iterable[JSON]) -> str:
    """All that the blocks say, one line each, with Slack's control characters escaped and formatting defused."""
    text = "\n".join(line for block in blocks for line in _spoken(block))
    if len(text) <= TEXT_LIMIT:
        return text
    # Half an entity or half a token at the cut would be markup again.
    return re.sub(r"(?:<[^<>]*|&[a-z]*)$", "", text[: TEXT_LIMIT - 1]) + "…"


def _spoken(block: JSON) -> list[str]:
    if block["type"] == "header":
        return [_defused(block["text"]["text"])]
    if block["type"] == "rich_text":
        return ["".join(map(_spoken_element, section["elements"])) for section in block["elements"]]
    if block["type"] == "table":
        return ["   ".join("".join(_spoken(cell)) for cell in row) for row in block["rows"]]
    if block["type"] == charts.KIND:
        return [_defused(charts.words(block))]
    if block["type"] == "context":
        return [_defused(item["text"]) for item in block["elements"]]
    return []


def _spoken_element(element: JSON) -> str:
    if element["type"] == "user":
        return f"<@{element['user_id']}>"
    if element["type"] == "usergroup":
        return f"<!subteam^{element['usergroup_id']}>"
    if element["type"] == "date":
        return f"<!date^{element['timestamp']}^{element['format']}|{element['fallback']}>"
    if element["type"] == "link":
        return f"<{element['url']}|{_defused(element['text']).replace('|', '¦')}>"
    return _defused(element["text"])


def _defused(text: str) -> str:
    """Text for a field that Slack parses: no link, mention, bold or emoji. U+2060 is invisible and unites words."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`]|:(?=[\w+'-]+:))", "\u2060\\1\u2060", escaped)
