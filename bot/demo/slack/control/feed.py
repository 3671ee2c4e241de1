"""Live changes for the pages that are open: every change is one JSON object, to those who may see it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from bot.demo.slack.workspace.model import Json


@dataclass(slots=True, eq=False)
class Listener:
    user: str
    queue: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)


class Feed:
    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def listen(self, user: str) -> Listener:
        listener = Listener(user)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def tell(self, change: Json, to: Collection[str] | None = None) -> None:
        """Tell everybody, or only the people named."""
        for listener in self._listeners:
            if to is None or listener.user in to:
                listener.queue.put_nowait(change)

    def close(self) -> None:
        for listener in self._listeners:
            listener.queue.put_nowait(None)
