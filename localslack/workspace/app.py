"""The app as its manifest describes it: commands, shortcuts, tabs, scopes and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """`should_escape`: names of people and channels in its text arrive as ids."""

    command: str
    usage_hint: str = ""
    description: str = ""
    should_escape: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut:
    name: str
    callback_id: str
    type: Literal["message", "global"]
    description: str = ""


def installed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a workspace that an app manifest decides."""
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    bot_user, home = features.get("bot_user", {}), features.get("app_home", {})
    subscriptions = settings.get("event_subscriptions", {})
    interactivity = settings.get("interactivity", {})
    socket_mode = settings.get("socket_mode_enabled", False)
    url = subscriptions.get("request_url") or interactivity.get("request_url")
    return {
        "bot_name": bot_user.get("display_name") or manifest["display_information"]["name"],
        "commands": tuple(_command(one) for one in features.get("slash_commands", [])),
        "shortcuts": tuple(Shortcut(**one) for one in features.get("shortcuts", [])),
        "home_tab": home.get("home_tab_enabled", False),
        "messages_tab": home.get("messages_tab_enabled", False),
        "interactive": interactivity.get("is_enabled", False),
        "unfurl_domains": tuple(features.get("unfurl_domains", [])),
        "events": frozenset(subscriptions.get("bot_events", [])),
        "scopes": frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
        "request_url": None if socket_mode else url,
    }


def _command(one: Mapping[str, Any]) -> SlashCommand:
    """Without the address: in this workspace everything goes to one."""
    return SlashCommand(**{name: value for name, value in one.items() if name != "url"})
