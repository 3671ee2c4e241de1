"""Letting time pass, for the page: whoever serves this Slack may offer it, and then moves its app's world along.

`state()`: {"movable": whether it is offered, "ahead": seconds by which it is later here than on the machine, "moving":
whether time passes just now, "coming": [{"at": seconds since 1970, "what": a sentence}]: what time will do, soonest
first}.
"""

from typing import Protocol

from localslack import moment
from localslack.workspace.model import Json


class Passage(Protocol):
    """Time goes forward only."""

    async def state(self) -> Json: ...

    async def advance(self, seconds: float, user: str = "") -> Json:
        """Let so much time pass. Raises `ValueError` for none or too much, `LookupError` where it is not offered."""
        ...


class NoPassage:
    """Time passes by itself."""

    async def state(self) -> Json:
        return {"movable": False, "ahead": moment.ahead(), "moving": False, "coming": []}

    async def advance(self, seconds: float, user: str = "") -> Json:
        raise LookupError("time passes by itself here")
