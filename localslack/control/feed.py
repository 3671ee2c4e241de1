"""Live changes for the pages that are open: every change is one JSON object, to those who may see it.

Over WebSockets: of event streams a browser keeps six to one address, then every further request waits.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from localslack.workspace.model import Json


@dataclass(slots=True, eq=False)
class Listener:
    user: str
    queue: asyncio.Queue[Json | None] = field(default_factory=asyncio.Queue)


class Feed:
    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    async def serve(self, socket: WebSocket) -> None:
        """One window of the person named by `as`, until it or the server ends. Other sites' pages are refused."""
        if urlsplit(socket.headers.get("origin", "")).netloc != socket.headers["host"]:
            await socket.close()
            return
        await socket.accept()
        listener = self.listen(socket.query_params.get("as", ""))
        telling = asyncio.create_task(_tell(socket, listener))
        try:
            async for _ in socket.iter_text():
                pass  # a window has nothing to say; this ends when it has gone
        finally:
            self.leave(listener)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    def listen(self, user: str) -> Listener:
        listener = Listener(user)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def hears(self, user: str) -> bool:
        """Whether this person has a window open."""
        return any(listener.user == user for listener in self._listeners)

    def tell(self, change: Json, to: Collection[str] | None = None) -> None:
        """Tell everybody, or only the people named."""
        for listener in self._listeners:
            if to is None or listener.user in to:
                listener.queue.put_nowait(change)

    def close(self) -> None:
        for listener in self._listeners:
            listener.queue.put_nowait(None)


async def _tell(socket: WebSocket, listener: Listener) -> None:
    while (change := await listener.queue.get()) is not None:
        await socket.send_json(change)
    await socket.close()
