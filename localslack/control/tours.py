"""Guided tours of the app in the page: the local Slack passes them on, whoever serves it says what they are.

The page shows `state()`: {"tours": [{"name", "title", "group" (listed under it), "about", "lasts", "done"}], "running":
null or what is being played}. That has "name", "title", "afterwards", "answers" ([{"question", "answer"}]), "cast"
([{"name", "person"}]), "state" ("playing", "done", "failed"), "at" (the index of the step it is at), "part" of "parts"
(what people do, each with what follows from it), "reading" (whether it waits for `play`, so that what was checked can
be read), "checked" and "not_checked" (numbers), and "steps": [{"keyword", "text", "plain" (the same in plain words, or
""), "kind", "mark"}], those that were played also with "expected", "found", "why" and "seen" (what was observed). While
somebody has to do something there are "person" (an id) and "target": {"channel", "text"} to be typed, or {"channel",
"ts", "block_id", "action_id", "times"} to be clicked.
"""

from typing import Protocol

from localslack.workspace.model import Json


class Tours(Protocol):
    """`user` is whoever asks; it is the same tour for everybody who looks."""

    def state(self) -> Json: ...

    async def start(self, name: str, user: str = "") -> Json:
        """Begin a tour, ending one that runs. Raises `LookupError` for a name there is not."""
        ...

    async def play(self, user: str = "") -> Json:
        """Go on: do for the visitor what they are asked to do, if anything."""
        ...

    async def stop(self, user: str = "") -> Json: ...


class NoTours:
    """There are none."""

    def state(self) -> Json:
        return {"tours": [], "running": None}

    async def start(self, name: str, user: str = "") -> Json:
        raise LookupError(f"there is no tour {name!r} here")

    async def play(self, user: str = "") -> Json:
        return self.state()

    async def stop(self, user: str = "") -> Json:
        return self.state()
