"""The Slack app manifest: what the code needs of Slack, said once."""

from typing import Any

# Each scope with the calls and events that need it; tests hold this list to exactly what the code uses.
SCOPES = (
    "app_mentions:read",  # app_mention: commands in threads
    "bookmarks:read",  # whether an incident's channel has its bookmark already
    "bookmarks:write",  # the link to an incident's card, in the header of its channel
    "channels:history",  # looking up a post whose answer was lost; message.channels: noticing a deleted card
    "channels:manage",  # a channel for an incident, its topic, and who is asked in
    "channels:read",  # finding public channels by name, and whether the bot is in them
    "chat:write",  # cards, their updates, private answers
    "commands",  # /pm
    "files:read",  # a list in a form, a file that is evidence; finding one that was sent when its answer was lost
    "files:write",  # a chart as a picture, where a workspace refuses native ones; exports, for whoever asked
    "groups:history",  # the same as channels:history, in private channels
    "groups:read",  # the same as channels:read, for private channels
    "groups:write",  # the same as channels:manage, for the private channel of a security incident
    "im:history",  # message.im: commands as direct messages; looking up a direct message whose answer was lost
    "im:write",  # opening direct messages: reminders, and answers that are for one person
    "pins:write",  # an incident's card, pinned in its channel
    "reactions:read",  # reaction_added, reaction_removed: messages marked for an incident's timeline
    "users:read",  # user_change: noticing that somebody was deactivated
)
ABOUT_MESSAGE = "about_message"
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "user_change",
)


def manifest(url: str | None) -> dict[str, Any]:
    """For the Events API at `url`, or for Socket Mode without one."""
    request_url = {} if url is None else {"request_url": f"{url.rstrip('/')}/slack/events"}
    address = {} if url is None else {"url": f"{url.rstrip('/')}/slack/events"}
    options = {} if url is None else {"message_menu_options_url": f"{url.rstrip('/')}/slack/events"}
    return {
        "display_information": {
            "name": "PenguinMails Ops",
            "description": "Run PenguinMails from Slack: nothing is done twice, everything is verified and logged",
        },
        "features": _features(address),
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request_url, **options},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _features(address: dict[str, str]) -> dict[str, Any]:
    """The tabs, the shortcut and the command; `address`: where Slack sends the command, if not over a socket."""
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "PenguinMails Ops", "always_online": True},
        "shortcuts": [
            {
                "name": "Ask the bot about this",
                "type": "message",
                "callback_id": ABOUT_MESSAGE,
                "description": "Choose a command; its reason gets a link to this message",
            }
        ],
        "slash_commands": [
            {
                "command": "/pm",
                "description": "Run the PenguinMails platform",
                "usage_hint": "who @staffer · revoke @staffer because … · suspend … · pause … · flag off … · help",
                "should_escape": True,
                **address,
            }
        ],
    }
