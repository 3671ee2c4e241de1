"""What people type after /pm: a verb, its parameters in order or by keyword, and `because` a reason."""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.actions.base import Action, Registry
from bot.actions.parameters import USER_MENTION, unescape
from bot.errors import NotUnderstood, Suggestion
from bot.fitting import clip
from bot.rendering import visible

TOKEN = re.compile(r'<@[A-Z0-9]+(?:\|[^>]*)?>|"[^"]*"|“[^”]*”|\S+')
HELP = "help"


@dataclass(frozen=True)
class Typed:
    """A command taken apart; the values are still raw."""

    verb: str
    arguments: dict[str, str] = field(default_factory=dict)


def parse(text: str, registry: Registry) -> Typed:
    """Take a command apart. Raises `NotUnderstood` with what may have been meant."""
    first, rest = [*text.split(None, 1), "", ""][:2]
    verb = first.lower()
    if not verb or verb == HELP:
        return Typed(HELP, {"verb": rest.strip().lower()} if rest.strip() else {})
    action = registry.by_verb.get(verb)
    if action is None:
        raise _unknown(first, rest, registry)
    return Typed(verb, arguments(action, rest))


def arguments(action: type[Action], text: str) -> dict[str, str]:
    """Raw values by parameter name; what was not given is absent."""
    kinds = action.parameters()
    keywords = {kind.keyword: name for name, kind in kinds.items() if kind.keyword and not kind.takes_rest}
    last = {kind.keyword: name for name, kind in kinds.items() if kind.keyword and kind.takes_rest}
    positional = [name for name, kind in kinds.items() if not kind.keyword]
    head, given = _split_last(text, last)
    rest, introduced = _split_keywords(head, keywords)
    values = _positional(rest, positional)
    _reason_without_because(values, positional, given, last)
    return {name: value for name, value in {**values, **introduced, **given}.items() if value.strip()}


def _split_last(text: str, keywords: dict[str, str]) -> tuple[str, dict[str, str]]:
    """`because` and all that follows it."""
    if not keywords:
        return text, {}
    pattern = re.compile(rf"(?:^|\s)({'|'.join(map(re.escape, keywords))})(?:\s+|$)", re.IGNORECASE)
    found = pattern.search(text)
    if not found:
        return text, {}
    return text[: found.start()], {keywords[found.group(1).casefold()]: text[found.end() :]}


def _split_keywords(text: str, keywords: dict[str, str]) -> tuple[str, dict[str, str]]:
    """What stands before the first keyword, and what follows each; a quoted text contains none."""
    marks = [found for found in TOKEN.finditer(text) if found.group().casefold() in keywords]
    if not marks:
        return text, {}
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    given: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        name = keywords[mark.group().casefold()]
        value = _unquoted(text[mark.end() : end])
        given[name] = f"{given[name]} {value}" if name in given else value  # said twice: neither is dropped in silence
    return text[: marks[0].start()], given


def _unquoted(text: str) -> str:
    return text.strip().strip('"“”')


def _positional(text: str, names: list[str]) -> dict[str, str]:
    """One word or quoted text each; the last takes all that is left."""
    values: dict[str, str] = {}
    rest = text.strip()
    for name in names[:-1]:
        found = TOKEN.match(rest)
        if not found:
            return values
        values[name] = _unquoted(found.group())
        rest = rest[found.end() :].lstrip()
    if names and rest:
        values[names[-1]] = _unquoted(rest)
    return values


def _reason_without_because(
    values: dict[str, str], positional: list[str], given: dict[str, str], last: dict[str, str]
) -> None:
    """`revoke @staffer laptop stolen`: clear enough after a mention."""
    if given or not last or not positional:
        return
    value = values.get(positional[-1], "")
    mention = USER_MENTION.match(value)
    if mention and value[mention.end() :].strip():
        values[positional[-1]] = mention.group()
        given[next(iter(last.values()))] = value[mention.end() :].strip()


def _unknown(first: str, rest: str, registry: Registry) -> NotUnderstood:
    shown = clip(visible(unescape(first)), 40)
    close = get_close_matches(first.lower(), [*registry.by_verb, HELP], n=2, cutoff=0.6)
    if not close:
        return NotUnderstood(f"I do not know “{shown}”. /pm alone shows what you can do here.")
    return NotUnderstood(
        f"I do not know “{shown}”. Did you mean {' or '.join(close)}?",
        suggestions=[
            Suggestion(f"{verb.capitalize()} …", verb, arguments(registry.by_verb[verb], rest) if verb != HELP else {})
            for verb in close
        ],
    )
