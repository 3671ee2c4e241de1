"""What went wrong in front of somebody and still stands on their screen, where they did it."""

from localslack.hub import Hub
from localslack.workspace.model import Json, Message, View

IN_MESSAGE = "Something went wrong. Try again?"
IN_VIEW = "We had some trouble connecting. Try again?"
IN_MENU = "The options could not be loaded."
OF_SHORTCUT = "This shortcut did not work. Try again?"


class Failing(Hub):
    def failures(self, user: str) -> list[Json]:
        """What this person sees has failed: where, what ("action", "submit", "options", "shortcut"), text and error.

        Where is a view_id, a channel with message_ts, or a shortcut's callback_id, with the element's block_id and
        action_id. It is gone once the same works, and with the view or message.
        """
        return [failure for failure in self.failed[user].values() if self._still_there(failure)]

    def settle(self, user: str, place: Json, what: str, error: str) -> None:
        """Show this failure, or with no error that there is none any more."""
        key = (what, *(place[name] for name in ("view_id", "channel", "message_ts", "callback_id") if name in place))
        before = self.failed[user].pop(key, None)
        if error:
            self.failed[user][key] = {**place, "what": what, "error": error, "text": _text(place, what)}
        if error or before:
            self.feed.tell({"type": "failures", "failures": self.failures(user)}, [user])

    def _still_there(self, failure: Json) -> bool:
        if "view_id" in failure:
            return failure["view_id"] in self.state.views
        return "channel" not in failure or failure["message_ts"] in self.state.messages[failure["channel"]]


def place_of(holder: Message | View) -> Json:
    if isinstance(holder, View):
        return {"view_id": holder.id}
    return {"channel": holder.channel, "message_ts": holder.ts}


def _text(place: Json, what: str) -> str:
    if what == "options":
        return IN_MENU
    if what == "shortcut":
        return OF_SHORTCUT
    return IN_VIEW if "view_id" in place else IN_MESSAGE
