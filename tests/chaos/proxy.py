"""A TCP proxy that can be cut: connections stay open, and nothing goes through them until it is mended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

PIECE = 65_536


class Proxy:
    """Forwards 127.0.0.1:`port` to another port of this machine."""

    def __init__(self, target: int) -> None:
        self._target, self.port = target, 0
        self._open = asyncio.Event()
        self._open.set()
        self._running: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Both sides go on believing that the other is there."""
        self._open.clear()

    def mend(self) -> None:
        """What was sent meanwhile arrives, late."""
        self._open.set()

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(self._running):
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            await self._open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except (OSError, asyncio.CancelledError):
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forward(reader, back))
                both.create_task(self._forward(there, writer))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            back.close()

    async def _forward(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while piece := await source.read(PIECE):
            await self._open.wait()
            to.write(piece)
            await to.drain()
        await self._open.wait()
        if to.can_write_eof():
            to.write_eof()
