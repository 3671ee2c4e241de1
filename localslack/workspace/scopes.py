"""Which scope a method or an event needs of the app's bot token.

As the reference says it of each: https://docs.slack.dev/reference/methods and https://docs.slack.dev/reference/events
"""

from collections.abc import Iterable, Mapping
from typing import Literal

Kind = Literal["public_channel", "private_channel", "im", "mpim"]
# Each alternative is enough.
Alternatives = tuple[str, ...]
ByKind = Mapping[Kind, Alternatives]

READ: ByKind = {
    "public_channel": ("channels:read",),
    "private_channel": ("groups:read",),
    "im": ("im:read",),
    "mpim": ("mpim:read",),
}
HISTORY: ByKind = {
    "public_channel": ("channels:history",),
    "private_channel": ("groups:history",),
    "im": ("im:history",),
    "mpim": ("mpim:history",),
}
MANAGE: ByKind = {
    "public_channel": ("channels:manage",),
    "private_channel": ("groups:write",),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
INVITE: ByKind = {
    "public_channel": ("channels:manage", "channels:write.invites", "conversations:write.invites"),
    "private_channel": ("groups:write", "groups:write.invites", "conversations:write.invites"),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
TOPIC: ByKind = {
    "public_channel": ("channels:manage", "channels:write.topic"),
    "private_channel": ("groups:write", "groups:write.topic"),
    "im": ("im:write", "im:write.topic"),
    "mpim": ("mpim:write", "mpim:write.topic"),
}
NONE: Alternatives = ()
WRITE: Alternatives = ("chat:write",)

METHOD_SCOPES: dict[str, Alternatives | ByKind] = {
    "api.test": NONE,
    "apps.connections.open": ("connections:write",),
    "assistant.threads.setStatus": ("chat:write", "assistant:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "assistant.threads.setTitle": ("assistant:write",),
    "auth.revoke": NONE,
    "auth.teams.list": NONE,
    "auth.test": NONE,
    "bookmarks.add": ("bookmarks:write",),
    "bookmarks.edit": ("bookmarks:write",),
    "bookmarks.list": ("bookmarks:read",),
    "bookmarks.remove": ("bookmarks:write",),
    "bots.info": ("users:read",),
    "chat.appendStream": WRITE,
    "chat.delete": WRITE,
    "chat.deleteScheduledMessage": WRITE,
    "chat.getPermalink": NONE,
    "chat.meMessage": WRITE,
    "chat.postEphemeral": WRITE,
    "chat.postMessage": WRITE,
    "chat.scheduledMessages.list": NONE,
    "chat.scheduleMessage": WRITE,
    "chat.startStream": WRITE,
    "chat.stopStream": WRITE,
    "chat.unfurl": ("links:write",),
    "chat.update": WRITE,
    "conversations.archive": MANAGE,
    "conversations.close": MANAGE,
    "conversations.create": MANAGE,
    "conversations.history": HISTORY,
    "conversations.info": READ,
    "conversations.invite": INVITE,
    "conversations.join": ("channels:join",),
    "conversations.kick": MANAGE,
    "conversations.leave": MANAGE,
    "conversations.list": READ,
    "conversations.mark": MANAGE,
    "conversations.members": READ,
    "conversations.open": MANAGE,
    "conversations.rename": MANAGE,
    "conversations.replies": HISTORY,
    "conversations.setPurpose": TOPIC,
    "conversations.setTopic": TOPIC,
    "conversations.unarchive": MANAGE,
    "dnd.info": ("dnd:read",),
    "dnd.teamInfo": ("dnd:read",),
    "emoji.list": ("emoji:read",),
    "files.completeUploadExternal": ("files:write",),
    "files.delete": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "files.list": ("files:read",),
    "pins.add": ("pins:write",),
    "pins.list": ("pins:read",),
    "pins.remove": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "reactions.get": ("reactions:read",),
    "reactions.list": ("reactions:read",),
    "reactions.remove": ("reactions:write",),
    "team.info": ("team:read",),
    "team.profile.get": ("users.profile:read",),
    "usergroups.create": ("usergroups:write",),
    "usergroups.disable": ("usergroups:write",),
    "usergroups.enable": ("usergroups:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.update": ("usergroups:write",),
    "usergroups.users.list": ("usergroups:read",),
    "usergroups.users.update": ("usergroups:write",),
    "users.conversations": READ,
    "users.getPresence": ("users:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "users.profile.get": ("users.profile:read",),
    "users.setPresence": ("users:write",),
    "views.open": NONE,
    "views.publish": NONE,
    "views.push": NONE,
    "views.update": NONE,
}

# Subscription, as bot_events names it → the scopes of which one is needed.
EVENT_SCOPES: dict[str, Alternatives] = {
    "app_home_opened": NONE,
    "app_mention": ("app_mentions:read",),
    "channel_archive": ("channels:read",),
    "channel_created": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_left": ("channels:read",),
    "channel_rename": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "emoji_changed": ("emoji:read",),
    "file_created": ("files:read",),
    "file_deleted": ("files:read",),
    "file_shared": ("files:read",),
    "group_archive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_left": ("groups:read",),
    "group_rename": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "link_shared": ("links:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "message_metadata_deleted": ("metadata.message:read",),
    "message_metadata_posted": ("metadata.message:read",),
    "message_metadata_updated": ("metadata.message:read",),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "subteam_created": ("usergroups:read",),
    "subteam_members_changed": ("usergroups:read",),
    "subteam_updated": ("usergroups:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
}
# Said in a user's JSON only with this: https://docs.slack.dev/reference/scopes/users.read.email
EMAIL_SCOPE = "users:read.email"


def _named(needs: Iterable[Alternatives | ByKind]) -> frozenset[str]:
    alternatives = [one for need in needs for one in (need.values() if isinstance(need, Mapping) else [need])]
    return frozenset(scope for several in alternatives for scope in several)


# Of a bot token: connections:write belongs to the app's own token.
ALL_SCOPES = (_named([*METHOD_SCOPES.values(), *EVENT_SCOPES.values()]) | {"commands"}) - {"connections:write"}


def lacking(method: str, kinds: Iterable[Kind], granted: frozenset[str]) -> Alternatives:
    """The scopes of which one is missing for this method on these kinds of conversation; empty when it may run.

    Without a kind, where the method knows several, the scope for any of them is enough.
    """
    needs = METHOD_SCOPES[method]
    if not isinstance(needs, Mapping):
        wanted = [needs]
    else:
        wanted = [needs[kind] for kind in kinds] or [tuple(scope for several in needs.values() for scope in several)]
    return next((several for several in wanted if several and granted.isdisjoint(several)), ())


def never_sent(subscriptions: Iterable[str]) -> list[str]:
    """Those that Slack may know and this one does not."""
    return sorted(set(subscriptions) - set(EVENT_SCOPES))


def may_hear(subscription: str, granted: frozenset[str]) -> bool:
    """Whether an event of this subscription is delivered to an app with these scopes."""
    needs = EVENT_SCOPES.get(subscription, NONE)
    return not needs or not granted.isdisjoint(needs)
