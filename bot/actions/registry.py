"""The registry: all actions there are, by name and by what people type. Each is there by its file being there.

Other packages bring actions of their own along (docs/contributing.md): those that name themselves under the entry point
`penguinmails_bot.actions`, with their templates.
"""

import functools
import importlib
import pkgutil
import types
from collections.abc import Collection
from importlib import metadata, resources
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Step
from bot.errors import BotError, Misconfigured
from bot.policy import Risk

GROUP = "penguinmails_bot.actions"


class DuplicateAction(BotError):
    """Two files claim the same action name or verb."""


ActionType = TypeVar("ActionType", bound=type[Action])


class Registry:
    """All actions, by name and by what is typed."""

    def __init__(self) -> None:
        self.by_name: dict[str, type[Action]] = {}
        self.by_verb: dict[str, type[Action]] = {}
        self.by_whole: dict[str, type[Action]] = {}
        """By resource and verb: `staff suspend`."""
        self.called: dict[str, list[type[Action]]] = {}
        """What each other word may mean, in order of use."""
        self.packages: list[str] = []
        """Those that bring actions of their own, each with a folder of templates."""

    def register(self, action: ActionType) -> ActionType:
        """Class decorator. Raises `DuplicateAction`."""
        for key, table in (
            (action.name, self.by_name),
            (action.verb, self.by_verb),
            (action.whole(), self.by_whole),
            *((f"{thing} {action.verb}", self.by_whole) for thing in action.said_of),
        ):
            if not key:
                continue
            if key in table:
                raise DuplicateAction(f"{key} is registered twice: {table[key].__module__} and {action.__module__}")
            table[key] = action
        for word in action.also:
            self.called[word] = sorted([*self.called.get(word, ()), action], key=_in_order_of_use)
        return action

    def sharing(self, word: str) -> list[type[Action]]:
        """The commands that this word may be short for: whose verb it is, or ends. What only looks is meant."""
        if (exact := self.by_verb.get(word)) is not None and exact.risk is Risk.READ:
            return [exact]
        return [
            one
            for verb, one in self.by_verb.items()
            if verb == word or verb == f"{one.resource()} {word}" or one.shares == word
        ]

    def groups(self) -> list[tuple[Group, list[type[Action]]]]:
        """All that can be typed, by what it is about: the groups as they say, within one what looks comes first."""
        titles = {one.resource(): one.group for one in self.by_name.values() if one.group}
        grouped: dict[str, list[type[Action]]] = {}
        for one in sorted(self.by_verb.values(), key=_in_order_of_use):
            grouped.setdefault(one.resource(), []).append(one)
        found = [
            (titles.get(resource) or Group(f"{resource.replace('_', ' ').capitalize()}s"), members)
            for resource, members in grouped.items()
        ]
        return sorted(found, key=lambda group: (group[0].place, group[0].title))

    async def load(self, step: Step, session: AsyncSession) -> Action:
        """The action of a plan's step, with its parameters read from the database."""
        return await self.by_name[step.action].from_step(step, session)


def _in_order_of_use(action: type[Action]) -> tuple[bool, bool, int, str]:
    """One looks, limits the damage, then changes things; short commands before long ones."""
    return action.risk is not Risk.READ, not action.containment, len(action.verb.split()), action.verb


registry = Registry()
register = registry.register


def discover(package: types.ModuleType) -> Registry:
    """Import every module of the package and of its folders, so that each registers what it defines.

    Then those of other packages. Raises `Misconfigured` for one of them that cannot be used, with its name.
    """
    _import_all(package)
    _add_installed()
    return registry


@functools.cache
def _import_all(package: types.ModuleType) -> None:
    """Once a process, unless it fails: looking for all its files takes longer than not importing them again."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


@functools.cache
def _add_installed() -> None:
    """Once a process; where it fails it is tried again, and fails again."""
    for entry in sorted(metadata.entry_points(group=GROUP)):
        add_package(entry)


def add_package(entry: metadata.EntryPoint) -> None:
    """Register the actions of another package. Raises `Misconfigured`: with half of its actions nobody is served."""
    before = set(registry.by_name)
    try:
        package = entry.load()
        _import_all(package)
        _check_templates(package, set(registry.by_name) - before)
    except Exception as error:
        named = f"{entry.dist.name} ({entry.value})" if entry.dist else entry.value
        raise Misconfigured(
            f"The package {named} adds actions, but they cannot be loaded: {_said(error)}. "
            "Correct the package or uninstall it. Until then, the bot does not start."
        ) from error
    registry.packages.append(package.__name__)


def _check_templates(package: types.ModuleType, names: Collection[str]) -> None:
    for name in sorted(names):
        if not resources.files(package).joinpath("templates", "actions", f"{name}.j2").is_file():
            raise Misconfigured(f"its action {name} has no template: templates/actions/{name}.j2")


def _said(error: Exception) -> str:
    return str(error).rstrip(".") if isinstance(error, BotError) else f"{type(error).__name__}: {error}"
