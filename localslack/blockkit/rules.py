"""The words the tables are written in: what a JSON value must be, as functions that report what it is not.

A rule takes any JSON value. The complaints are those of https://github.com/slackhq/hack-json-schema, the validator
behind Slack's API, as its users quote them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from localslack.blockkit.problems import Report

Json = dict[str, Any]
Rule = Callable[[Any, str, Report], None]
DOCS = "https://docs.slack.dev/reference/block-kit"


class Needed(NamedTuple):
    """A field that must be there."""

    rule: Rule


class Shape:
    """An object: its fields, the page that documents them, and what must hold between them.

    A field it does not name is refused, as Slack refuses it, unless the shape is not `strict`: for what Slack
    documents only in part, and for what it sends itself and takes back.
    """

    def __init__(self, page: str, fields: Mapping[str, Rule | Needed], *between: Rule, strict: bool = True) -> None:
        self.page = page
        self.fields = {name: field.rule if isinstance(field, Needed) else field for name, field in fields.items()}
        self.needed = [name for name, field in fields.items() if isinstance(field, Needed)]
        self.between = between
        self.strict = strict

    def __call__(self, value: Any, where: str, report: Report) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", where)
            return
        for name in self.needed:
            if name not in value:
                report.add(f"missing required field: {name}", where)
        for name, part in value.items():
            if rule := self.fields.get(name):
                rule(part, f"{where}/{name}", report)
            elif self.strict and name != "type":
                report.add(f"invalid additional property: {name}", where)
        for rule in self.between:
            rule(value, where, report)


def kind_of(value: Any, where: str, report: Report) -> str | None:
    """What the value says it is; None if it does not say, which is reported."""
    if not isinstance(value, dict):
        report.add("must provide an object", where)
    elif "type" not in value:
        report.add("missing required field: type", where)
    elif not isinstance(value["type"], str):
        report.add("must provide a string", f"{where}/type")
    else:
        return value["type"]
    return None


def by_type(shapes: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which of the shapes it has."""

    def rule(value: Any, where: str, report: Report) -> None:
        kind = kind_of(value, where, report)
        if kind is None:
            return
        if shape := shapes.get(kind):
            shape(value, where, report)
        else:
            report.add(f"unsupported type: {kind}", f"{where}/type")

    return rule


def string(least: int = 0, most: int | None = None) -> Rule:
    def rule(value: Any, where: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", where)
        elif len(value) < least:
            report.add(f"must be more than {least - 1} characters", where)
        elif most is not None and len(value) > most:
            report.add(f"must be less than {most + 1} characters", where)

    return rule


def pattern(expression: str, form: str) -> Rule:
    matches = re.compile(expression).fullmatch

    def rule(value: Any, where: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add("must provide a string", where)
        elif not matches(value):
            report.add(f"must match format: {form}", where)

    return rule


def one_of(*allowed: str) -> Rule:
    def rule(value: Any, where: str, report: Report) -> None:
        if not isinstance(value, str) or value not in allowed:
            report.add("must be a valid enum value", where)

    return rule


def boolean(value: Any, where: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add("must be a boolean", where)


def integer(least: int | None = None, most: int | None = None) -> Rule:
    def rule(value: Any, where: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add("must provide an integer", where)
        elif least is not None and value < least:
            report.add(f"must be greater than {least}", where)
        elif most is not None and value > most:
            report.add(f"must be less than {most}", where)

    return rule


def number(value: Any, where: str, report: Report) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        report.add("must provide a number", where)


def positive(value: Any, where: str, report: Report) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        report.add("must provide a number", where)
    elif value <= 0:
        report.add("must be greater than 0", where)


def anything(value: Any, where: str, report: Report) -> None:
    pass


def list_of(rule: Rule, least: int = 0, most: int | None = None) -> Rule:
    def each(value: Any, where: str, report: Report) -> None:
        if not isinstance(value, list):
            report.add("must provide an array", where)
            return
        if len(value) < least:
            report.add(f"must provide at least {least} items", where)
        if most is not None and len(value) > most:
            report.add(f"no more than {most} items allowed", where)
        for place, item in enumerate(value):
            rule(item, f"{where}/{place}", report)

    return each


def or_null(rule: Rule) -> Rule:
    def unless_null(value: Any, where: str, report: Report) -> None:
        if value is not None:
            rule(value, where, report)

    return unless_null


def exactly_one(*names: str) -> Rule:
    """Between fields: one of them, not two."""
    listed = " or ".join(f"`{name}`" for name in names)

    def rule(value: Json, where: str, report: Report) -> None:
        if sum(name in value for name in names) != 1:
            report.add(f"must define either {listed}", where)

    return rule


def at_least_one(*names: str) -> Rule:
    """Between fields: one of them or more."""
    listed = ", ".join(f"`{name}`" for name in names)

    def rule(value: Json, where: str, report: Report) -> None:
        if not any(name in value for name in names):
            report.add(f"must define at least one of {listed}", where)

    return rule


def no_more_than(smaller: str, larger: str) -> Rule:
    """Between fields: one number, or text of a number, is no more than the other."""

    def rule(value: Json, where: str, report: Report) -> None:
        try:
            exceeds = float(value[smaller]) > float(value[larger])
        except (KeyError, TypeError, ValueError, OverflowError):
            return  # absent, or no numbers: their own rules say so
        if exceeds:
            report.add(f"`{smaller}` cannot be greater than `{larger}`", f"{where}/{smaller}")

    return rule


def unique(name: str, among: Callable[[Json], list[tuple[str, Any]]]) -> Rule:
    """Between parts: no two of them have the same `name`. `among` gives the parts and where they are, as Slack does."""

    def rule(value: Any, where: str, report: Report) -> None:
        seen = set()
        for place, part in among(value):
            held = part.get(name) if isinstance(part, dict) else None
            if not isinstance(held, str) or not held:
                continue
            if held in seen:
                report.add(f'`{name}` "{held}" already exists', f"{where}{place}/{name}")
            seen.add(held)

    return rule


# the same on the page of each block
BLOCK_ID = string(0, 255)


def items(holder: Any, name: str) -> list[Any]:
    """The list held under that name, if there is one."""
    held = holder.get(name) if isinstance(holder, dict) else None
    return held if isinstance(held, list) else []


def placed(name: str) -> Callable[[Any], list[tuple[str, Any]]]:
    """For `unique`: what the list under that name holds."""
    return lambda holder: [(f"/{name}/{place}", part) for place, part in enumerate(items(holder, name))]
