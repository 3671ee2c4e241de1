"""How often the app may call each method: https://docs.slack.dev/apis/web-api/rate-limits

Slack publishes what every method grants at least, in tiers of calls a minute, and about one message a second in a
channel with short bursts; how large bursts may be it does not say. Here a tier's whole minute may come at once, and
ten messages in a channel.
"""

import math
import time
from collections.abc import Callable

MINUTE = 60.0
# Calls a minute. "Special" methods: auth.test and chat.getPermalink take hundreds a minute, chat.postMessage is
# limited for each channel and, generously, for the workspace.
TIER_1, TIER_2, TIER_3, TIER_4, SPECIAL = 1, 20, 50, 100, 300
POSTS_AT_ONCE, POSTS_A_SECOND = 10, 1.0
TIERS = {
    "api.test": TIER_4,
    "apps.connections.open": TIER_3,
    "assistant.threads.setStatus": SPECIAL,
    "assistant.threads.setSuggestedPrompts": TIER_3,
    "assistant.threads.setTitle": TIER_3,
    "auth.revoke": TIER_3,
    "auth.teams.list": TIER_2,
    "auth.test": SPECIAL,
    "bookmarks.add": TIER_2,
    "bookmarks.edit": TIER_2,
    "bookmarks.list": TIER_3,
    "bookmarks.remove": TIER_2,
    "bots.info": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.delete": TIER_3,
    "chat.deleteScheduledMessage": TIER_3,
    "chat.getPermalink": SPECIAL,
    "chat.meMessage": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": SPECIAL,
    "chat.scheduledMessages.list": TIER_3,
    "chat.scheduleMessage": TIER_3,
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "chat.unfurl": TIER_3,
    "chat.update": TIER_3,
    "conversations.archive": TIER_2,
    "conversations.close": TIER_2,
    "conversations.create": TIER_2,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.invite": TIER_3,
    "conversations.join": TIER_3,
    "conversations.kick": TIER_3,
    "conversations.leave": TIER_3,
    "conversations.list": TIER_2,
    "conversations.mark": TIER_3,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.rename": TIER_2,
    "conversations.replies": TIER_3,
    "conversations.setPurpose": TIER_2,
    "conversations.setTopic": TIER_2,
    "conversations.unarchive": TIER_2,
    "dnd.info": TIER_3,
    "dnd.teamInfo": TIER_2,
    "emoji.list": TIER_2,
    "files.completeUploadExternal": TIER_4,
    "files.delete": TIER_3,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "files.list": TIER_3,
    "pins.add": TIER_2,
    "pins.list": TIER_2,
    "pins.remove": TIER_2,
    "reactions.add": TIER_3,
    "reactions.get": TIER_3,
    "reactions.list": TIER_2,
    "reactions.remove": TIER_2,
    "team.info": TIER_3,
    "team.profile.get": TIER_3,
    "usergroups.create": TIER_2,
    "usergroups.disable": TIER_2,
    "usergroups.enable": TIER_2,
    "usergroups.list": TIER_2,
    "usergroups.update": TIER_2,
    "usergroups.users.list": TIER_2,
    "usergroups.users.update": TIER_2,
    "users.conversations": TIER_3,
    "users.getPresence": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "users.profile.get": TIER_4,
    "users.setPresence": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}


class Bucket:
    """So many at once, refilled continuously; full at first."""

    def __init__(self, capacity: float, per_second: float, now: float) -> None:
        self._capacity = capacity
        self._per_second = per_second
        self._left = capacity
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until there is one to take; 0 when there is."""
        self._left = min(self._capacity, self._left + (now - self._at) * self._per_second)
        self._at = now
        return max(0.0, (1 - self._left) / self._per_second)

    def take(self) -> None:
        self._left -= 1


class Limits:
    """`clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, method: str, channel: str = "") -> int:
        """Count a call of a known method; whole seconds to wait when it is one too many, then it is not counted."""
        now = self._clock()
        buckets = [self._bucket(method, "", TIERS[method], TIERS[method] / MINUTE, now)]
        if method == "chat.postMessage":
            buckets.append(self._bucket(method, f"in {channel}", POSTS_AT_ONCE, POSTS_A_SECOND, now))
        # A float's rounding must not ask for a second more.
        if (wait := max(bucket.wait(now) for bucket in buckets)) > 1e-6:
            return math.ceil(wait - 1e-6)
        for bucket in buckets:
            bucket.take()
        return 0

    def _bucket(self, method: str, channel: str, capacity: float, per_second: float, now: float) -> Bucket:
        key = (method, channel)
        if key not in self._buckets:
            self._buckets[key] = Bucket(capacity, per_second, now)
        return self._buckets[key]
