"""Serving an ASGI app on 127.0.0.1 from within a process that does other things too."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to whoever runs us."""
        yield


def listening(port: int = 0) -> socket.socket:
    """A socket on 127.0.0.1 (port 0: any free one); whoever connects before an app answers there waits.

    Raises `OSError` for a port that cannot be had.
    """
    # TCP by name: asyncio switches Nagle's delay off (40 ms an answer) only where the socket says so.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, where: int | socket.socket = 0, **options: Any) -> AsyncIterator[str]:
    """Answer on a port (0: any free one) or a socket, with the app's lifespan; gives the base URL.

    `options` are uvicorn's. Raises `RuntimeError` when the app does not start.
    """
    with where if isinstance(where, socket.socket) else listening(where) as listener:
        server = _Server(
            uvicorn.Config(app, log_config=None, access_log=False, **{"timeout_graceful_shutdown": 5, **options})
        )
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        if running.done():
            await running
            raise RuntimeError("The server did not start; its log says why.")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
