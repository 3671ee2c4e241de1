"""Slack's rules for an app manifest, for the parts that ours has or may come to have.

From https://github.com/slackapi/manifest-schema (schemas/manifest.schema.1.0.0.json) and
https://docs.slack.dev/reference/app-manifest: fields not named there are refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    least: int = 1
    most: int = 3500
    pattern: str = ""


@dataclass(frozen=True)
class Many:
    """A list; texts in it are each there once."""

    item: Any
    most: int
    least: int = 0


@dataclass(frozen=True)
class Fields:
    known: Mapping[str, Any]
    required: frozenset[str] = field(default_factory=frozenset)


BOOLEAN = bool
# The schema takes http too; Slack's servers ask for https: https://docs.slack.dev/interactivity/handling-user-interaction
ADDRESS = Text(8, 3500, r"https://.*")
SCHEMA = Fields(
    {
        "display_information": Fields(
            {
                "name": Text(1, 35),
                "description": Text(1, 140),
                "background_color": Text(4, 7, r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?"),
                "long_description": Text(175, 4000),
            },
            frozenset({"name"}),
        ),
        "features": Fields(
            {
                "app_home": Fields(
                    {
                        "home_tab_enabled": BOOLEAN,
                        "messages_tab_enabled": BOOLEAN,
                        "messages_tab_read_only_enabled": BOOLEAN,
                    }
                ),
                "bot_user": Fields(
                    {"display_name": Text(1, 80), "always_online": BOOLEAN}, frozenset({"display_name"})
                ),
                "shortcuts": Many(
                    Fields(
                        {
                            "name": Text(1, 24),
                            "type": Text(1, 7, "message|global"),
                            "callback_id": Text(1, 255),
                            "description": Text(1, 150),
                        },
                        frozenset({"name", "type", "callback_id", "description"}),
                    ),
                    most=10,
                    least=1,
                ),
                "slash_commands": Many(
                    Fields(
                        {
                            "command": Text(2, 32, "/.*"),
                            "url": Text(8, 3000, ADDRESS.pattern),
                            "description": Text(1, 2000),
                            "usage_hint": Text(1, 1000),
                            "should_escape": BOOLEAN,
                        },
                        frozenset({"command", "description"}),
                    ),
                    most=50,
                    least=1,
                ),
            }
        ),
        "oauth_config": Fields({"scopes": Fields({"bot": Many(Text(1, 50), most=255)})}),
        "settings": Fields(
            {
                "event_subscriptions": Fields({"request_url": ADDRESS, "bot_events": Many(Text(1, 50), most=100)}),
                "interactivity": Fields(
                    {"is_enabled": BOOLEAN, "request_url": ADDRESS, "message_menu_options_url": ADDRESS},
                    frozenset({"is_enabled"}),
                ),
                "org_deploy_enabled": BOOLEAN,
                "socket_mode_enabled": BOOLEAN,
                "token_rotation_enabled": BOOLEAN,
            }
        ),
    },
    frozenset({"display_information"}),
)


def complaints(manifest: Any) -> list[str]:
    """What Slack would not take, each as `place: why`."""
    return list(_check(manifest, SCHEMA, ""))


def _check(value: Any, rule: Any, where: str) -> Iterator[str]:
    if isinstance(rule, Fields):
        yield from _check_fields(value, rule, where)
    elif isinstance(rule, Many):
        yield from _check_list(value, rule, where)
    elif isinstance(rule, Text):
        if not isinstance(value, str) or not rule.least <= len(value) <= rule.most:
            yield f"{where}: {rule.least} to {rule.most} characters"
        elif rule.pattern and not re.fullmatch(rule.pattern, value):
            yield f"{where}: must look like {rule.pattern}"
    elif not isinstance(value, rule):
        yield f"{where}: must be a {rule.__name__}"


def _check_fields(value: Any, rule: Fields, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: must be an object"
        return
    places = {name: f"{where}.{name}" if where else name for name in {*value, *rule.required}}
    for name in [*rule.known, *sorted(value.keys() - rule.known.keys())]:
        if name in value and name not in rule.known:
            yield f"{places[name]}: is not known"
        elif name in value:
            yield from _check(value[name], rule.known[name], places[name])
        elif name in rule.required:
            yield f"{places[name]}: is required"


def _check_list(value: Any, rule: Many, where: str) -> Iterator[str]:
    if not isinstance(value, list) or not rule.least <= len(value) <= rule.most:
        yield f"{where}: {rule.least} to {rule.most} of them"
        return
    if all(isinstance(item, str) for item in value) and len(set(value)) < len(value):
        yield f"{where}: each once"
    for place, item in enumerate(value):
        yield from _check(item, rule.item, f"{where}.{place}")
