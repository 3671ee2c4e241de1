"""What people type after /pm: a verb, its parameters in order or by keyword, and `because` a reason."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.actions.base import Action, Declared, Registry
from bot.actions.parameters import USER_MENTION, unescape
from bot.errors import InvalidParameter, NotUnderstood, Suggestion
from bot.fitting import clip
from bot.rendering import visible

TOKEN = re.compile(r'<@[A-Z0-9]+(?:\|[^>]*)?>|"[^"]*"|“[^”]*”|\S+')
HELP = "help"
ALIKE = 0.75  # how close two words have to be to a command to be meant for it


@dataclass(frozen=True)
class Typed:
    """A command taken apart; the values are still raw."""

    verb: str
    arguments: dict[str, str] = field(default_factory=dict)


def parse(text: str, registry: Registry) -> Typed:
    """Take a command apart. Raises `NotUnderstood` with what may have been meant."""
    first, rest = [*text.split(None, 1), "", ""][:2]
    if not first or first.lower() == HELP:
        return Typed(HELP, {"verb": " ".join(rest.lower().split())} if rest.strip() else {})
    second, further = [*rest.split(None, 1), "", ""][:2]
    two = f"{first} {second}".lower()
    if action := registry.by_verb.get(two):
        return Typed(two, arguments(action, further))
    slipped = further and get_close_matches(two, _of_two_words(registry), n=2, cutoff=ALIKE)
    if (action := registry.by_verb.get(first.lower())) and not slipped:
        return Typed(first.lower(), arguments(action, rest))
    raise _unknown(text, registry)


def _of_two_words(registry: Registry) -> list[str]:
    return [verb for verb in registry.by_verb if " " in verb]


def arguments(action: type[Action], text: str) -> dict[str, str]:
    """Raw values by parameter name; what was not given is absent."""
    declared = action.declared()
    last = {word: name for name, one in declared.items() if one.kind.takes_rest for word in one.keywords}
    introduced = {name: one for name, one in declared.items() if one.keywords and not one.kind.takes_rest}
    positional = [name for name, one in declared.items() if not one.keywords]
    head, given = _split_last(text, last)
    rest, said = _split_keywords(head, {word for one in introduced.values() for word in one.keywords})
    values = {**_positional(rest, positional), **_assigned(said, introduced)}
    _reason_without_because(values, given, last)
    return {name: value for name, value in {**values, **given}.items() if value.strip()}


def _split_last(text: str, keywords: dict[str, str]) -> tuple[str, dict[str, str]]:
    """`because` and all that follows it."""
    if not keywords:
        return text, {}
    pattern = re.compile(rf"(?:^|\s)({'|'.join(map(re.escape, keywords))})(?:\s+|$)", re.IGNORECASE)
    found = pattern.search(text)
    if not found:
        return text, {}
    return text[: found.start()], {keywords[found.group(1).casefold()]: text[found.end() :]}


def _split_keywords(text: str, keywords: Collection[str]) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first keyword, and each keyword with what follows it; a quoted text contains none."""
    marks = [found for found in TOKEN.finditer(text) if found.group().casefold() in keywords]
    if not marks:
        return text, []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    said = [(mark.group().casefold(), text[mark.end() : end].strip()) for mark, end in zip(marks, ends, strict=True)]
    return text[: marks[0].start()], said


def _assigned(said: list[tuple[str, str]], introduced: Mapping[str, Declared]) -> dict[str, str]:
    """Whose value each is; where parameters share a keyword, by what it looks like. Raises `InvalidParameter`."""
    given: dict[str, str] = {}
    for word, value in said:
        meant = [name for name, one in introduced.items() if word in one.keywords]
        free = [name for name in meant if name not in given]
        if not free:
            raise InvalidParameter(
                meant[0], f"“{word}” is there more than once: {given[meant[0]]} and {value}. Say it once."
            )
        name = _most_like(value, free, introduced)
        # The usual word says nothing more; another one, such as `until`, is part of what was said.
        given[name] = _unquoted(value) if word == introduced[name].keywords[0] else f"{word} {_unquoted(value)}"
    return given


def _most_like(value: str, names: Sequence[str], introduced: Mapping[str, Declared]) -> str:
    looks = {name: introduced[name].kind.recognises(value) for name in names}
    return next((name for wanted in (True, None) for name in names if looks[name] is wanted), names[0])


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


def _reason_without_because(values: dict[str, str], given: dict[str, str], last: dict[str, str]) -> None:
    """`revoke @staffer laptop stolen`: clear enough after a mention."""
    if given or not last:
        return
    for name, value in values.items():
        mention = USER_MENTION.match(value)
        if mention and value[mention.end() :].strip():
            values[name] = mention.group()
            given[next(iter(last.values()))] = value[mention.end() :].strip()


def _unknown(text: str, registry: Registry) -> NotUnderstood:
    first, second, further = [*text.split(None, 2), "", ""][:3]
    two = f"{first} {second}".lower()
    close = get_close_matches(two, _of_two_words(registry), n=2, cutoff=ALIKE) if second else []
    close = close or [verb for verb in _of_two_words(registry) if verb.startswith(f"{first.lower()} ")]
    rest = further
    if not close:
        close = get_close_matches(first.lower(), [*registry.by_verb, HELP], n=2, cutoff=0.6)
        rest = text.strip()[len(first) :]
    shown = clip(visible(unescape(two if rest == further and close else first)), 40).strip()
    if not close:
        return NotUnderstood(f"I do not know “{shown}”. /pm alone shows what you can do here.")
    return NotUnderstood(
        f"I do not know “{shown}”. Did you mean {' or '.join(close)}?",
        suggestions=[
            Suggestion(f"{_phrase(verb, registry).capitalize()} …", verb, _kept(verb, rest, registry)) for verb in close
        ],
    )


def _phrase(verb: str, registry: Registry) -> str:
    return verb if verb == HELP else registry.by_verb[verb].phrase()


def _kept(verb: str, rest: str, registry: Registry) -> dict[str, str]:
    """What was said after it."""
    return {} if verb == HELP else arguments(registry.by_verb[verb], rest)
