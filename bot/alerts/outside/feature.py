"""Alerts that others evaluate: the rule that takes their word for it, and what the clock forgets."""

from dataclasses import replace

from bot.alerts.metrics.outside import OUTSIDE, WORST
from bot.alerts.outside.groups import Groups
from bot.alerts.rules import Rule, Watched
from bot.handlers.feature import Feature

NAME = "outside"
MILD = ("low", "medium")  # told in the channel, to nobody else

RULE = Rule.model_validate(
    {
        "name": NAME,
        "metric": OUTSIDE,
        "title": "{name}",
        "over": "{name}",
        "runbook": "Look at this alert in the system that evaluates it.",
        "levels": {
            severity: {"fires": place, "clears": place, **({"escalate": "never"} if severity in MILD else {})}
            for place, severity in enumerate(WORST, 1)
        },
    }
)
"""Its figures are those of `metrics/outside.py`: as bad as its sender says, at once and for as long."""


def feature(groups: Groups) -> Feature:
    return Feature(chores={"outside_alerts": groups.forget})


def listening(watched: Watched) -> Watched:
    """The same, with the rule; a file may have one of that name."""
    return replace(watched, rules={**watched.rules, NAME: watched.rules.get(NAME, RULE)})
