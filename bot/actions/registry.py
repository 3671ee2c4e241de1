"""The registry: all actions there are, by name and by what people type. Each is there by its file being there."""

import importlib
import pkgutil
import types
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Step
from bot.errors import BotError
from bot.policy import Risk


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

    def register(self, action: ActionType) -> ActionType:
        """Class decorator. Raises `DuplicateAction`."""
        for key, table in (
            (action.name, self.by_name),
            (action.verb, self.by_verb),
            (action.whole(), self.by_whole),
        ):
            if not key:
                continue
            if key in table:
                raise DuplicateAction(f"{key} is registered twice: {table[key].__module__} and {action.__module__}")
            table[key] = action
        return action

    def sharing(self, word: str) -> list[type[Action]]:
        """The commands that this word may be short for: of those whose verb it is, or ends."""
        return [one for verb, one in self.by_verb.items() if verb == word or verb == f"{one.resource()} {word}"]

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
    """Import every module of the package and of its folders, so that each registers what it defines."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return registry
