"""Jinja2 templates → Block Kit. Nothing that somebody typed can become markup here, by construction.

A template's own words are prose; a value between them becomes an element of rich text, which Slack parses for
nothing. No mrkdwn is ever written. Through Jinja go the numbers of what was built, between private-use characters which
no value may contain; the block builders (`header`, `line`, `facts`, `buttons` …) take the pieces for them.
The plain text that notifications and screen readers use is derived from the finished blocks, after they were fitted
to what Slack takes (bot/drawing/fitting.py).
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup

from bot.actions.impact import Fact
from bot.actions.registry import registry
from bot.drawing import markdown
from bot.drawing.elements import (
    HEADER_LIMIT,
    NAMELESS,
    TEXT_LIMIT,
    Element,
    blocks_in,
    bold,
    button,
    clock,
    decode,
    drawing,
    encode,
    encode_block,
    from_now,
    link,
    menu,
    outside_blocks,
    plain,
    plain_text,
    text_element,
    time,
    user_mention,
    when,
)
from bot.drawing.fallback import fallback
from bot.drawing.fitting import MESSAGE, VIEW, few, fitted, further, listed
from bot.drawing.masking import Clearance, masked_text
from bot.errors import Misconfigured
from bot.integrations.mail.letters import Letters
from bot.personal import Moment, Part, Personal
from bot.store.models import JSON
from bot.words import times


def _reader(context: Context) -> dict[str, Any]:
    """Who reads: what of personal data they see, and whether amounts."""
    return {"clearance": context.get("clearance", Clearance.NONE), "amounts": context.get("amounts", False)}


def _finalized(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return encode(value if isinstance(value, Element) else text_element(str(value)))


@pass_context
def _finalize(context: Context, value: Any) -> Markup:
    """Every value that a template prints: an element, unless it was built by one of the builders."""
    if isinstance(value, Personal):
        return encode(text_element(masked_text([value], **_reader(context))))
    return _finalized(value)


def _header(caller: Callable[[], str]) -> Markup:
    return encode_block({"type": "header", "text": plain_text(plain(decode(caller())), HEADER_LIMIT)})


def _section(elements: Sequence[Element]) -> JSON:
    return {"type": "rich_text_section", "elements": list(elements)}


def _line(caller: Callable[[], str]) -> Markup:
    elements = decode(caller())
    return encode_block({"type": "rich_text", "elements": [_section(elements)]}) if elements else Markup("")


def _rows(caller: Callable[[], str]) -> Markup:
    """The lines in it as one list; where there is no room for all, the last ones are counted."""
    body = caller()
    if stray := outside_blocks(body):
        raise ValueError(f"a list has text outside its lines: {stray[:80]!r}")
    sections = [section for line in blocks_in(body) for section in line["elements"]]
    return encode_block({"type": "rich_text", "elements": sections}) if sections else Markup("")


def _quiet(caller: Callable[[], str]) -> Markup:
    """Small print: no dates or mentions, plain text only."""
    text = plain(decode(caller()))
    return encode_block({"type": "context", "elements": [plain_text(text, TEXT_LIMIT)]}) if text else Markup("")


@pass_context
def _facts(context: Context, facts: Iterable[Fact]) -> Markup:
    reader = _reader(context)
    sections = [_section([bold(one.label), *_parts(("   ", *one.parts), **reader)]) for one in facts]
    return encode_block({"type": "rich_text", "elements": sections}) if sections else Markup("")


@pass_context
def _grid(context: Context, facts: Iterable[Fact], **more: str) -> Markup:
    """Facts side by side: labels in one column, what they say in the other. Messages take one table, views none."""
    rows = [(one.label, list(_parts(one.parts, **_reader(context)))) for one in facts]
    rows += [(label, [text_element(text.strip())]) for label, text in more.items() if text]
    cells = [[_cell([bold(label or NAMELESS)]), _cell(said)] for label, said in rows]
    settings = [{"is_wrapped": False}, {"is_wrapped": True}]
    return encode_block({"type": "table", "rows": cells, "column_settings": settings}) if cells else Markup("")


def _cell(elements: Sequence[Element]) -> JSON:
    """What is blank in it says so: Slack refuses an empty one."""
    said = [one for one in elements if one.get("text", "?").strip()]
    return {"type": "rich_text", "elements": [_section(said or [text_element(NAMELESS)])]}


def _parts(parts: Iterable[Part], clearance: Clearance, *, amounts: bool = False) -> Iterable[Element]:
    """Text as one piece, with the moments in it by the reader's own clock."""
    for is_moment, some in itertools.groupby(parts, lambda part: isinstance(part, Moment)):
        if is_moment:
            yield from (when(part.moment) for part in some if isinstance(part, Moment))
        else:
            yield text_element(masked_text(some, clearance, amounts=amounts))


@pass_context
def _masked(context: Context, parts: Iterable[Part]) -> str:
    return masked_text(parts, **_reader(context))


@pass_context
def _said(context: Context, parts: Iterable[str | dict[str, str]]) -> str:
    """Parts as they were stored in a context: JSON."""
    return masked_text(
        (part if isinstance(part, str) else Personal.model_validate(part) for part in parts), **_reader(context)
    )


def _mail(letters: Letters, name: str, **context: Any) -> Markup:
    """A letter as it would be sent: what is said in it, below its subject."""
    letter = letters.write(name, context)
    sections = [_section([bold("Mail"), text_element(f"   {letter.subject}")])]
    sections += [_section([text_element(f"> {line}")]) for line in letter.lines]
    return encode_block({"type": "rich_text", "elements": sections})


def _buttons(*buttons: JSON | None) -> Markup:
    shown = [one for one in buttons if one]
    return encode_block({"type": "actions", "elements": shown}) if shown else Markup("")


def _joined(items: Iterable[object]) -> Markup:
    """Values of a template side by side, each as it is: names, mentions, links."""
    return Markup(", ").join(_finalized(one) for one in items)


@pass_context
def _own_words(context: Context, step: JSON) -> Any:
    """The macros of one step's template, with what that step needs."""
    template = context.environment.get_template(step["template"])
    return template.make_module({**context.get_all(), **step["context"]})


def _divider() -> Markup:
    return encode_block({"type": "divider"})


def _markdown(text: str) -> Markup:
    block = markdown.blocks(text)
    return encode_block(block) if block else Markup("")


def _ago(seconds: float) -> str:
    """A duration in words: `40 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h".replace(".0 h", " h")


def templates_folder() -> Path:
    """In the wheel beside the code, in a checkout beside the package."""
    package = Path(__file__).parents[1]
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


@functools.cache
def _environment(folder: Path) -> Environment:
    """One a process: templates are compiled once, however many bots are made."""
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), *map(PackageLoader, registry.packages)]),
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
        chart=encode_block,
        markdown=_markdown,
        bold=bold,
        user=user_mention,
        time=time,
        clock=clock,
        when=when,
        from_now=from_now,
        mail=functools.partial(_mail, Letters(folder)),
        masked=_masked,
        said=_said,
        own_words=_own_words,
        link=link,
        personal=lambda kind, value: Personal(personal=kind, value=value),
    )
    environment.filters.update(ago=_ago, listed=listed, times=times, few=few, further=further, joined=_joined)
    _read_others(environment)
    return environment


def _read_others(environment: Environment) -> None:
    """The templates of packages with actions of their own are read once at the start, so that none is found broken
    only when somebody needs it. Raises `Misconfigured`.
    """
    for package in registry.packages:
        for name in PackageLoader(package).list_templates():
            try:
                environment.get_template(name)
            except TemplateError as error:
                raise Misconfigured(f"The package {package} has a broken template, {name}: {error}") from error


class Renderer:
    """Templates by name → {"text", "blocks"}."""

    def __init__(self, folder: Path | None = None) -> None:
        self._environment = _environment(folder or templates_folder())

    def blocks(
        self, template: str, clearance: Clearance = Clearance.NONE, *, room: int = VIEW, **context: Any
    ) -> list[JSON]:
        """The blocks of one template, with room for them in a view. Prose outside a builder is an error in it."""
        with drawing():
            output = self._environment.get_template(template).render(clearance=clearance, **context)
            if stray := outside_blocks(output):
                raise ValueError(f"{template} has text outside a block: {stray[:80]!r}")
            return fitted(blocks_in(output), room)

    def title(self, template: str, context: dict[str, Any]) -> str:
        """An action's title in plain text, for lists."""
        with drawing():
            module = self._environment.get_template(template).make_module({"clearance": Clearance.CHANNEL, **context})
            return plain(decode(module.title()))  # type: ignore[attr-defined]

    def message(self, template: str, clearance: Clearance = Clearance.NONE, **context: Any) -> JSON:
        """A message: its blocks, and the same in words for notifications and screen readers."""
        blocks = self.blocks(template, clearance, room=MESSAGE, **context)
        return {"text": fallback(blocks), "blocks": blocks}
