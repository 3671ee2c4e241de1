"""What a web process is made of beneath the bot: its socket, its server, its event loop."""

import asyncio
import gc
import importlib.util
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from bot.errors import Misconfigured


def keep_what_is_loaded() -> None:
    """Modules stay until the end: looking through them for garbage would take 80 ms, every 2,000 requests."""
    gc.collect()
    gc.freeze()


class Server(uvicorn.Server):
    """Being told to end is no failure; uvicorn would raise the signal once more at the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything starts. Raises `Misconfigured` when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by name: asyncio switches Nagle's delay off (40 ms an answer) only where the socket says so.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"Port {port} on {host} cannot be used: {error.strerror}. "
            "Set PORT to a free one, or stop the program that uses it."
        ) from None
    return listener


def loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, as uvicorn takes it where it is installed."""
    return importlib.import_module("uvloop").new_event_loop if importlib.util.find_spec("uvloop") else None
