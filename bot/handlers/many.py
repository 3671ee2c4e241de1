"""`suspend all users of acme`: said of many, in words. What somebody would have typed to choose them by a condition."""

import re
from collections.abc import Collection, Iterator

from bot.actions.base import Action
from bot.actions.bulk import Bulk, Selection
from bot.actions.registry import Registry

USERS = "users"
NOUNS = {
    **dict.fromkeys(("users", "people", "accounts", "members", "customers"), (USERS, "")),
    **{f"{role}s": (USERS, f"role={role} ") for role in ("owner", "admin")},
    **{noun: (noun, "") for noun in ("campaigns", "mailboxes", "jobs")},
}
"""What is meant, as a command for many calls it, and what the word says of them besides."""
ALL = r"(?:all|every|each)(?:\s+of)?(?:\s+the)?"
MANY = re.compile(
    rf"(?P<verb>\S+(?:\s+\S+){{0,2}}?)(?:\s+(?:of|for))?\s+"
    rf"(?:everyone|everybody|(?:{ALL}\s+)?(?P<noun>{'|'.join(NOUNS)})|{ALL})"
    r"(?:\s+(?P<whose>of|at|in|from)(?:\s+the)?(?:\s+tenant)?|\s+where|(?=\s+(?:because|for)\s)|\s*$)\s*",
    re.IGNORECASE,
)


def in_conditions(text: str, registry: Registry) -> str | None:
    """The same as the command that chooses by conditions; None where it is that already, or not said of many."""
    found = MANY.match(text)
    if found is None:
        return None
    noun, besides = NOUNS[found["noun"].lower()] if found["noun"] else (USERS, "")
    action = next(_for_many(" ".join(found["verb"].lower().split()), noun, registry), None)
    if action is None:
        return None
    tenant = "tenant=" if found["whose"] else ""
    said = f"{action.verb} {besides}{tenant}{text[found.end() :]}"
    return said if said != text else None


def _for_many(verb: str, noun: str, registry: Registry) -> Iterator[type[Bulk]]:
    """The commands that do to many of these what the verb, by whatever name, does to one."""
    called = registry.called
    verbs = {verb, *(one.verb for words in (verb, f"{verb} {noun}") for one in called.get(words, ()))}
    for action in registry.by_verb.values():
        if issubclass(action, Bulk) and _chooses(action, noun) and not verbs.isdisjoint(_names(action, noun)):
            yield action


def _chooses(action: type[Action], noun: str) -> bool:
    kind = action.parameters().get("selection")
    return kind is not None and issubclass(kind, Selection) and kind.fields.nouns == noun


def _names(action: type[Action], noun: str) -> Collection[str]:
    """Its verb, with and without what it is done to: `user suspend where`, `user suspend`, `suspend`."""
    stem = action.verb.removesuffix(" where")
    thing = noun.removesuffix("s").removesuffix("xe") + ("x" if noun.endswith("xes") else "")
    return {action.verb, stem, stem.removeprefix(f"{thing} "), stem.removesuffix(f" {noun}")}
