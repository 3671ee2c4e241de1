"""What each person has read."""

from collections import defaultdict

from localslack.control.feed import Feed


class ReadMarks:
    """Up to which ts each person has read each place: a channel, or a thread as "channel/thread_ts"."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._marks: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def of(self, user: str) -> dict[str, str]:
        return self._marks[user]

    def mark_read(self, user: str, place: str, ts: str) -> None:
        """Remember it, and tell this person's other windows; what was read stays read."""
        if ts > self._marks[user].get(place, ""):
            self._marks[user][place] = ts
            self._feed.tell({"type": "read", "place": place, "ts": ts}, [user])
