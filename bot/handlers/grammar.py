"""What people type after /pm: a verb, its parameters in order or by keyword, and `because` a reason."""

import contextlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from bot.actions.base import Action
from bot.actions.declared import Declared
from bot.actions.registry import Registry
from bot.drawing.fitting import clip, listed
from bot.drawing.masking import visible
from bot.errors import InvalidParameter, NotUnderstood, Suggestion
from bot.handlers import many, synonyms
from bot.parameters.base import LONGEST, Parameter, unescape
from bot.targets.staff import MENTION

MISSPELT = ("becuase", "becasue", "beacuse", "becouse", "becaus", "becase", "becuse")  # no words of their own
TOKEN = re.compile(r'<@[A-Z0-9]+(?:\|[^>]*)?>|"[^"]*"|“[^”]*”|\S+')
HELP = "help"
NUMBER = re.compile(r"(?:[tT]-?)?[0-9]+")  # of a thing that is called by one: `7`, `T-12`
MOST_SHOWN = 40  # characters of what was typed, where it is said again
ALIKE = 0.75  # how close words have to be to a command to be meant for it
SEPARATING = " \t\r\n,;:.–—-"  # between a mention and the reason
ANOTHER = re.compile(rf"(?:(?:and|&amp;|\+)\s+)?{MENTION.pattern}", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """A command taken apart; the values are still raw."""

    verb: str
    arguments: dict[str, str] = field(default_factory=dict)
    otherwise: tuple["Typed", ...] = field(default=(), compare=False)
    """What the same text says where its word is short for another command: `user suspend` beside `suspend`."""


def parse(text: str, registry: Registry) -> Typed:
    """Take a command apart. Raises `NotUnderstood` with what may have been meant."""
    if len(text) > LONGEST:
        raise NotUnderstood(f"A command may have at most {LONGEST:,} characters. Nothing was done: shorten it.")
    text = synonyms.without_politeness(text)
    first, rest = [*text.split(None, 1), "", ""][:2]
    if not first or first.lower() == HELP:
        return _typed(HELP, rest, registry)
    if (chosen := many.in_conditions(text, registry)) is not None:
        return parse(chosen, registry)
    second, further = [*rest.split(None, 1), "", ""][:2]
    third, last = [*further.split(None, 1), "", ""][:2]
    two = f"{first} {second}".lower()
    turned = (
        ((f"{first} {third}".lower(), f"{second} {last}"),) if NUMBER.fullmatch(second) else ()
    )  # `incident 7 resolve`
    for words, given in ((f"{two} {third}".lower(), last), (two, further), *turned):
        if (whole := registry.by_verb.get(words) or registry.by_whole.get(words)) is not None:
            return _typed(whole.verb, given, registry)
    sharing, known = registry.sharing(first.lower()), first.lower() in registry.by_verb
    if meant := _said_otherwise(text, registry, at_least=2 if known or len(sharing) > 1 else 1):
        return meant
    if len(sharing) > 1:
        return _shared([one.verb for one in sharing], first.lower(), rest, registry)
    if known and not (further and _slipped(first.lower(), second, registry)):
        return _typed(first.lower(), rest, registry)
    raise _unknown(text, registry)


def _slipped(first: str, second: str, registry: Registry) -> bool:
    """Whether a command of two words was meant, and not one of one word with a value of its own: `tickets closed`."""
    declared = registry.by_verb[first].declared().values()
    if any(one.kind.by_looks and one.kind.recognises(second) for one in declared):
        return False
    close = get_close_matches(f"{first} {second}".lower(), _ending_like(second.lower(), registry), n=2, cutoff=ALIKE)
    return bool(close)


def _ending_like(word: str, registry: Registry) -> list[str]:
    """Commands of two words of which this may be the second one: `tenant acme` is no slip in `tenant notice`."""
    pairs = [verb for verb in registry.by_verb if verb.count(" ") == 1]
    return [verb for verb in pairs if get_close_matches(word, [verb.split()[1]], cutoff=ALIKE)]


def _shared(verbs: Sequence[str], word: str, rest: str, registry: Registry) -> Typed:
    """The command that is called just so, with the others that the word is short for: who exists says which."""
    meant = _which(verbs, rest, registry)
    if len(meant) == 1 or word not in meant:
        return _one_of(meant, word, rest, registry)
    otherwise = []
    for verb in meant:
        with contextlib.suppress(InvalidParameter):  # then it is not that one
            otherwise += [_typed(verb, rest, registry)] if verb != word else []
    return replace(_typed(word, rest, registry), otherwise=tuple(otherwise))


def which_one(word: str, meant: Sequence[Typed], registry: Registry) -> NotUnderstood:
    """Ask which of these commands is meant by a word that they share."""
    names = [registry.by_verb[one.verb].whole() for one in meant]
    buttons = [_labelled(one.verb, one.arguments, registry) for one in meant]
    return NotUnderstood(f"“{word}” can mean {listed(names)}. Which one?", suggestions=buttons)


def _typed(verb: str, rest: str, registry: Registry) -> Typed:
    if verb == HELP:
        return Typed(HELP, {"verb": " ".join(rest.lower().split())} if rest.strip() else {})
    return Typed(verb, arguments(registry.by_verb[verb], rest))


def _said_otherwise(text: str, registry: Registry, *, at_least: int = 1) -> Typed | None:
    """A command that begins with another word for its verb. Raises `NotUnderstood` where that may be any of several."""
    for words, rest in synonyms.beginnings(text, at_least=at_least):
        if words in synonyms.HELPS:
            return _typed(HELP, rest, registry)
        if words in registry.called:
            return _one_of([one.verb for one in registry.called[words]], words, rest, registry)
    return None


def _one_of(verbs: Sequence[str], words: str, rest: str, registry: Registry) -> Typed:
    """The command that these words stand for. Raises `NotUnderstood` where what follows does not say which."""
    meant = _which(verbs, rest, registry)
    if len(meant) > 1:
        names = [registry.by_verb[one].whole() if one == words else one for one in meant]
        raise NotUnderstood(
            f"“{words}” can mean {listed(names)}. Which one?",
            suggestions=[_as_button(verb, rest, registry) for verb in meant],
        )
    return _typed(meant[0], rest, registry)


def _which(verbs: Sequence[str], rest: str, registry: Registry) -> Sequence[str]:
    """Of those, the one to which what follows belongs by its looks."""
    first = TOKEN.match(rest)
    kinds = {verb: _first_kind(registry.by_verb[verb]) for verb in verbs if verb in registry.by_verb}
    fitting = [verb for verb, kind in kinds.items() if first and kind and kind.recognises(_unquoted(first.group()))]
    return fitting if len(fitting) == 1 else verbs


def _first_kind(action: type[Action]) -> type[Parameter] | None:
    return next((one.kind for one in action.declared().values() if not one.keywords), None)


def _of_two_words(verbs: Iterable[str]) -> list[str]:
    return [verb for verb in verbs if " " in verb]


def arguments(action: type[Action], text: str) -> dict[str, str]:
    """Raw values by parameter name; what was not given is absent."""
    declared = action.declared()
    last = {word: name for name, one in declared.items() if one.kind.takes_rest for word in one.keywords}
    introduced = {name: one for name, one in declared.items() if one.keywords and not one.kind.takes_rest}
    positional = [name for name, one in declared.items() if not one.keywords and one.usage]
    head, given = _split_last(text, last)
    rest, said = _split_keywords(head, {word for one in introduced.values() for word in one.keywords})
    known, rest = _known_words(rest, {name: declared[name].kind for name in positional})
    left = [name for name in positional if name not in known and not declared[name].kind.by_looks]
    values = {**known, **_positional(rest, left), **_assigned(said, introduced)}
    _reason_without_because(values, given, last)
    return {name: value for name, value in {**values, **given}.items() if value.strip()}


def _split_last(text: str, keywords: dict[str, str]) -> tuple[str, dict[str, str]]:
    """`because` and all that follows it."""
    if not keywords:
        return text, {}
    spelt = [*keywords, *(MISSPELT if "because" in keywords else ())]
    pattern = re.compile(rf"(?:^|\s)({'|'.join(map(re.escape, spelt))})(?:\s+|$)", re.IGNORECASE)
    found = pattern.search(text)
    if not found:
        return text, {}
    name = keywords.get(found.group(1).casefold()) or keywords["because"]
    return text[: found.start()], {name: text[found.end() :]}


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
    """Without its quotation marks, and without the comma that ends it: `@staffer, because …`."""
    return text.strip().rstrip(",; ").strip('"“”')


def _known_words(text: str, kinds: Mapping[str, type[Parameter]]) -> tuple[dict[str, str], str]:
    """Of several values by position those that are one of a few known words: found after any name, quoted or not."""
    found: dict[str, str] = {}
    for name, kind in kinds.items() if len(kinds) > 1 else ():
        meant = [token for token in TOKEN.finditer(text) if kind.recognises(token.group().strip(",;"))]
        if meant:
            found[name] = meant[-1].group().strip(",;")
            before = re.sub(r"\s+to$", "", text[: meant[-1].start()].rstrip(), flags=re.IGNORECASE)
            text = f"{before} {text[meant[-1].end() :].lstrip()}".strip()
    return found, text


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
    """`revoke @staffer laptop stolen`: clear enough after a mention, but for another mention."""
    for name, value in values.items():
        mention = MENTION.match(value)
        said = value[mention.end() :].lstrip(SEPARATING).rstrip() if mention else ""
        if mention is None or ANOTHER.match(said) or (said and (given or not last)):
            continue
        values[name] = mention.group()
        if said:
            given[next(iter(last.values()))] = said


def again(action: type[Action], given: Mapping[str, str]) -> str:
    """What would have to be typed after /pm for these arguments: the inverse of `arguments`."""
    said = [action.verb]
    for name, one in action.declared().items():
        value = unescape(given.get(name, "")).strip()
        if not value or not one.usage:
            continue
        if one.keywords and value.partition(" ")[0].casefold() not in one.keywords:
            said.append(one.keywords[0])
        said.append(f'"{value}"' if " " in value and not one.keywords else value)
    return " ".join(said)


def _unknown(text: str, registry: Registry) -> NotUnderstood:
    first, second, further = [*text.split(None, 2), "", ""][:3]
    two = f"{first} {second}".lower()
    pairs = _of_two_words(registry.by_verb)
    close = _like(two, pairs, registry) if second else []
    close = close or [verb for verb in pairs if verb.startswith(f"{first.lower()} ")]
    rest = further
    if not close:
        close = _like(first.lower(), [*registry.by_verb, HELP], registry)
        rest = text.strip()[len(first) :]
    shown = clip(visible(unescape(two if rest == further and close else first)), MOST_SHOWN).strip()
    if not close:
        return NotUnderstood(f"I do not know “{shown}”. Type just /pm to see what you can do here.")
    return NotUnderstood(
        f"I do not know “{shown}”. Did you mean {' or '.join(close)}?",
        suggestions=[_as_button(verb, rest, registry) for verb in close],
    )


def _like(typed: str, verbs: Iterable[str], registry: Registry) -> list[str]:
    """The verbs that somebody may have meant: those that are written nearly so, or are also called nearly so."""
    words = typed.count(" ")
    called = {word: [one.verb for one in meant] for word, meant in registry.called.items()}
    called |= {word: [HELP] for word in synonyms.HELPS}
    spelled = {verb: [verb] for verb in verbs} | {word: called[word] for word in called if word.count(" ") == words}
    close = get_close_matches(typed, spelled, n=2, cutoff=ALIKE)
    return list(dict.fromkeys(verb for word in close for verb in spelled[word]))


def _as_button(verb: str, rest: str, registry: Registry) -> Suggestion:
    """The verb with what was said after it."""
    if verb == HELP:
        return Suggestion("Help", HELP)
    return _labelled(verb, arguments(registry.by_verb[verb], rest), registry)


def _labelled(verb: str, given: Mapping[str, str], registry: Registry) -> Suggestion:
    action = registry.by_verb[verb]
    what = next((given[name] for name, one in action.declared().items() if name in given and not one.keywords), "")
    label = f"{action.beginning()} {clip(unescape(what), MOST_SHOWN)}" if what else action.offer()
    return Suggestion(f"{label[0].upper()}{label[1:]}", verb, dict(given))
